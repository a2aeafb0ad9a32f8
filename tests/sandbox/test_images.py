"""What the images hold, and where their base comes from."""

import json
import re
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import build, recipes
from sandbox.client import BrokerClient
from sandbox.engine import Engine, NoSuchThing
from sandbox.protocol import Program
from sandbox.settings import DEFAULT_BASE, Settings
from tests.worker.site_program import free_port

pytestmark = pytest.mark.docker

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK = """
import importlib.metadata, importlib.util, json, os, pathlib
print(json.dumps({
    "packages": sorted(one.metadata["Name"].lower().replace("_", "-") for one in importlib.metadata.distributions()),
    "commands": sorted({name for folder in os.get_exec_path() for name in (os.listdir(folder) if os.path.isdir(folder) else [])}),
    "tools": [name for name in ("pip", "ensurepip", "setuptools", "pytest", "docker") if importlib.util.find_spec(name)],
    "uncompiled": [str(path) for path in pathlib.Path("/opt/quizapp").rglob("*.py")
                   if not pathlib.Path(importlib.util.cache_from_source(path)).exists()],
    "certificates": [str(path) for path in pathlib.Path("/usr/local/share/ca-certificates").rglob("*")],
    "writable": [folder for folder, _, _ in os.walk("/") if os.access(folder, os.W_OK)
                 and not folder.startswith(("/proc", "/sys", "/dev", "/box", "/tmp"))],
}))
"""


def pinned(role: str) -> set[str]:
    text = (ROOT / "requirements" / f"sandbox-{role}.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def test_the_candidate_image_holds_what_exercises_need_and_no_tools(client: BrokerClient) -> None:
    seen = json.loads(client.run(Program(files={"app.py": LOOK})).stdout)
    assert set(seen["packages"]) == pinned("candidate")
    assert seen["tools"] == []
    assert set(seen["commands"]) <= {
        "cat", "dash", "echo", "env", "false", "ls", "python", "python3", "python3.11", "sh", "sleep", "true",
    }  # fmt: skip
    assert seen["uncompiled"] == []
    assert seen["certificates"] == []
    assert seen["writable"] == []


def test_the_lists_of_packages_are_pinned_by_hash_and_name_no_host() -> None:
    for role in ("candidate", "grader"):
        text = (ROOT / "requirements" / f"sandbox-{role}.txt").read_text()
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        requirements = text.replace("\\\n", "").strip().splitlines()
        assert all("==" in line and "--hash=sha256:" in line for line in requirements)
    assert pinned("candidate") < pinned("grader")
    assert "pytest" not in pinned("candidate")


def test_images_that_are_up_to_date_are_left_alone_at_once() -> None:
    """What takes the time is not even loaded: the docker package, and what builds."""
    script = "import sys; from sandbox import cli; print(cli.main(['build']))\n"
    script += (
        "print([name for name in ('docker', 'sandbox.build', 'sandbox.packages') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "The sandbox images are up to date.\n0\n[]\n"


def test_any_change_of_what_goes_in_asks_for_a_new_image(engine: Engine, tmp_path: Path) -> None:
    settings = Settings.from_environment()
    candidate, _ = recipes.recipes(settings)
    assert build.is_current(engine, candidate)
    assert not build.is_current(engine, replace(candidate, base="debian:other"))
    assert not build.is_current(engine, replace(candidate, image="quizapp-no-such-image"))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/"):
            return True
    except OSError:
        return False


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of a real, empty image registry on this machine."""
    program = shutil.which("docker-registry")
    assert program is not None, "docker-registry is missing: apt-get install docker-registry"
    port = free_port()
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path}/images\n"
        f"http:\n  addr: 127.0.0.1:{port}\nlog:\n  level: error\n"
    )
    with subprocess.Popen(
        [program, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        address = f"localhost:{port}"
        give_up = time.monotonic() + 120
        while not _answers(address):
            assert time.monotonic() < give_up, "the registry does not start"
            time.sleep(0.05)
        yield address
        server.terminate()


def test_the_base_comes_from_the_registry_when_it_is_reachable(engine: Engine, registry: str) -> None:
    repository = f"{registry}/python-{secrets.token_hex(4)}"
    base = f"{repository}:3.11"
    build.have_base(engine, DEFAULT_BASE, print)
    with engine._calling() as docker:
        docker.tag(DEFAULT_BASE, repository, "3.11")
        for line in docker.push(repository, "3.11", stream=True, decode=True):
            assert "error" not in line
        docker.remove_image(base)
    with pytest.raises(NoSuchThing):
        engine.image(base)
    said: list[str] = []
    try:
        build.have_base(engine, base, said.append)
        assert engine.image(base)["Id"] == engine.image(DEFAULT_BASE)["Id"]
        assert said == [f"asking the registry for {base}", f"{base} came from the registry"]
    finally:
        with engine._calling() as docker:
            docker.remove_image(base)


def test_a_base_that_nobody_has_is_made_of_packages_or_says_what_is_missing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without debootstrap on the path the way through packages ends early, with a line that says what to install.
    monkeypatch.setenv("PATH", "/nowhere")
    said: list[str] = []
    with pytest.raises(Exception, match=r"debootstrap|root"):
        build.have_base(engine, "localhost:9/quizapp-no-such-base:1", said.append)
    assert said[1].startswith("the registry does not give it")
