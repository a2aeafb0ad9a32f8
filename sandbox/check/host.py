"""The engine and its host: what is there, whether limits hold, who can reach it."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox import hardening, runtimes
from sandbox.check import crun, runc
from sandbox.check.findings import Finding, Level, passed
from sandbox.engine import Engine, NoSuchThing
from sandbox.settings import Settings

Facts = Mapping[str, Any]

OLDEST = (20, 10)
NEWEST_TRIED = (20, 10)


def look(engine: Engine, settings: Settings) -> list[Finding]:
    """Look at the engine and its host. Raises `EngineError`."""
    facts, version = engine.facts(), engine.version()
    try:
        bridge: Facts = engine.network("bridge")
    except NoSuchThing:
        bridge = {}
    return [
        *_engine(settings, facts, version),
        *_rights(settings, facts),
        *_limits(settings, facts),
        *_habits(facts, bridge),
    ]


def not_tried(engine: Engine, settings: Settings) -> list[Finding]:
    """What this machine cannot show, so that nobody takes a table without it for a promise about it."""
    facts = engine.facts()
    runtime, here = runtimes.name_of(settings, facts), "not tried on this machine: "
    control_groups, machine = str(facts.get("CgroupVersion", "1")), str(facts.get("Architecture", ""))
    told = {
        "cgroup v1": control_groups == "1" or f"{here}it has cgroup v{control_groups}",
        "cgroup v2": control_groups == "2" or f"{here}it has cgroup v{control_groups}",
        "engines newer than 20.10": _numbers(facts) > NEWEST_TRIED
        or f"{here}it has {facts.get('ServerVersion')}",
        "runc": runtime == "runc" or f"{here}it uses {runtime}",
        "crun": runtime == "crun" or f"{here}it uses {runtime}",
        "gVisor (runsc)": runtime == "runsc" or f"{here}it uses {runtime}",
        "x86-64": machine in ("x86_64", "amd64") or f"{here}it is {machine}",
        "arm64": machine in ("aarch64", "arm64") or f"{here}it is {machine}",
    }
    return [Finding(subject, Level.NOT_TRIED, why) for subject, why in told.items() if isinstance(why, str)]


def _numbers(facts: Facts) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", str(facts.get("ServerVersion", "")))
    return tuple(map(int, found.groups())) if found else (0, 0)


def _options(facts: Facts) -> set[str]:
    """The names of the engine's security options: seccomp, apparmor, userns, rootless, ..."""
    options = [str(option) for option in facts.get("SecurityOptions") or ()]
    return {part.removeprefix("name=") for option in options for part in option.split(",")}


def _engine(settings: Settings, facts: Facts, version: Facts) -> Iterator[Finding]:
    name = f"Docker {facts.get('ServerVersion', '?')}"
    if _numbers(facts) < OLDEST:
        yield Finding(
            "the engine's version", Level.FAIL, name, "update Docker: 20.10 is the oldest that will do"
        )
    else:
        yield passed("the engine's version", name)
    runtime, known = runtimes.name_of(settings, facts), facts.get("Runtimes") or {}
    if runtime not in known:
        found = f"{runtime} is not among {', '.join(sorted(known))}"
        yield Finding("the runtime", Level.FAIL, found, "install it, or change QUIZAPP_SANDBOX_RUNTIME")
    else:
        yield passed("the runtime", runtime)
    if runtime == "runc":
        parts = {part.get("Name"): part for part in version.get("Components") or ()}
        part = parts.get("runc") or {}
        build = str((part.get("Details") or {}).get("GitCommit") or "")
        is_local = settings.docker_host.startswith(runtimes.LOCAL)
        yield runc.judge(str(part.get("Version") or ""), build, runc.changelog_of(build) if is_local else "")
    elif runtime == "crun":
        yield crun.judge(runtimes.says(settings, facts, runtime))
    else:
        yield Finding(f"{runtime} without known holes", Level.NOT_TRIED, "its holes are not known here")


def has_security_module(engine: Engine) -> bool:
    """Whether the engine says that AppArmor or SELinux confines its containers. Raises `EngineError`."""
    return bool(_options(engine.facts()) & {"apparmor", "selinux"})


def _rights(settings: Settings, facts: Facts) -> Iterator[Finding]:
    options = _options(facts)
    yield _address(settings.docker_host)
    if options & {"rootless", "userns"}:
        yield passed(
            "root of a container is nobody on the host", ", ".join(sorted(options & {"rootless", "userns"}))
        )
    else:
        yield Finding(
            "root of a container is nobody on the host",
            Level.CAUTION,
            "no user name spaces; containers here do not run as root",
            'run a rootless engine for the sandbox, or set "userns-remap": "default" in daemon.json',
        )
    if "seccomp" in options:
        yield passed("seccomp")
    else:
        remedy = "use a kernel and an engine with seccomp (CONFIG_SECCOMP_FILTER)"
        yield Finding("seccomp", Level.FAIL, "the engine has none", remedy)
    module = options & {"apparmor", "selinux"}
    if module:
        yield passed("AppArmor or SELinux", ", ".join(module))
    else:
        remedy = "use a host with AppArmor: the engine then confines containers by docker-default"
        yield Finding("AppArmor or SELinux", Level.CAUTION, "the engine has neither", remedy)


def _address(host: str) -> Finding:
    """Who can reach the engine: whoever can is root on its host."""
    subject, remedy = (
        "only the broker can reach the engine",
        "reach the engine by its unix socket, or by ssh://",
    )
    if not host.startswith(runtimes.LOCAL):
        is_bare = host.startswith(("tcp://", "http://"))
        return Finding(subject, Level.FAIL, f"{host} is neither encrypted nor guarded", remedy) if is_bare else (
            passed(subject, host)
        )  # fmt: skip
    path = host.removeprefix(runtimes.LOCAL)
    try:
        mode = stat.S_IMODE(Path(path).stat().st_mode)
    except OSError as error:
        return Finding(subject, Level.NOT_TRIED, f"{path}: {error.strerror}")
    if mode & stat.S_IWOTH:
        found = f"{path} is open to every user of the host ({mode:04o})"
        return Finding(subject, Level.FAIL, found, f"chmod 660 {path}")
    return passed(subject, f"{path} ({mode:04o})")


def _limits(settings: Settings, facts: Facts) -> Iterator[Finding]:
    control_groups = f"cgroup v{facts.get('CgroupVersion', '1')}, driver {facts.get('CgroupDriver')}"
    if facts.get("CgroupDriver") in (None, "", "none"):
        remedy = "a rootless engine needs cgroup v2 and systemd: without, it drops every limit"
        yield Finding("limits are enforced", Level.FAIL, control_groups, remedy)
    else:
        yield passed("limits are enforced", control_groups)
    for name, subject in {
        "MemoryLimit": "memory",
        "PidsLimit": "processes",
        "CpuCfsQuota": "processor time",
    }.items():
        if facts.get(name) is False:
            remedy = "switch this control group on in the host's kernel"
            yield Finding(f"limits on {subject}", Level.FAIL, "the engine cannot set them", remedy)
    if facts.get("SwapLimit") is False:
        remedy = "boot the host with swapaccount=1, or without swap"
        yield Finding("limits on swap", Level.CAUTION, "the engine cannot set them", remedy)
    else:
        yield passed("limits on swap")
    containers = settings.pool_size + settings.max_running
    most, there = containers * hardening.MEMORY_MIB, int(facts.get("MemTotal") or 0) // hardening.MIB
    found = f"{containers} containers of {hardening.MEMORY_MIB} MiB, a host of {there} MiB"
    if most > there:
        remedy = (
            "lower QUIZAPP_SANDBOX_POOL_SIZE and QUIZAPP_SANDBOX_MAX_RUNNING, or give the host more memory"
        )
        yield Finding("memory for all containers at their limit", Level.CAUTION, found, remedy)
    else:
        yield passed("memory for all containers at their limit", found)


def _habits(facts: Facts, bridge: Facts) -> Iterator[Finding]:
    if facts.get("LiveRestoreEnabled"):
        found = "containers outlive the engine"
        remedy = (
            'remove "live-restore" from daemon.json: the broker cannot end a run while the engine is away'
        )
        yield Finding("live restore is off", Level.CAUTION, found, remedy)
    else:
        yield passed("live restore is off")
    if facts.get("ExperimentalBuild"):
        remedy = 'remove "experimental" from daemon.json'
        yield Finding("experimental features are off", Level.CAUTION, "", remedy)
    else:
        yield passed("experimental features are off")
    if (bridge.get("Options") or {}).get("com.docker.network.bridge.enable_icc") == "true":
        found = "other containers of this engine reach each other; the sandbox's have no network"
        yield Finding(
            "containers cannot reach each other", Level.CAUTION, found, 'set "icc": false in daemon.json'
        )
    else:
        yield passed("containers cannot reach each other")
