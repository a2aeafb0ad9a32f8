"""Strip the image down to what it needs, as the last step of its build: the fewer tools, the fewer surprises.

Keeps Python and a handful of harmless commands, removes package managers, installers and documentation, takes
every setuid, setgid and foreign write bit away, and compiles all Python ahead of time.
"""

# ruff: noqa: INP001 - runs inside an image, is no part of a package
from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

HOME = Path("/opt/quizapp")
COMMANDS = {
    "python",
    "python3",
    "python3.11",
    "sh",
    "dash",
    "cat",
    "echo",
    "env",
    "ls",
    "sleep",
    "true",
    "false",
}
FOLDERS_OF_COMMANDS = (
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/games",
)
NEEDLESS = (
    "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/locale", "/usr/share/perl5",
    "/usr/lib/x86_64-linux-gnu/perl-base", "/usr/lib/aarch64-linux-gnu/perl-base",
    "/usr/lib/apt", "/usr/lib/dpkg", "/etc/apt", "/var/lib/apt", "/var/lib/dpkg", "/var/cache", "/var/log",
    "/usr/src", "/root/.cache",
)  # fmt: skip
NEEDLESS_MODULES = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "ensurepip", "idlelib",
                    "lib2to3", "pydoc_data", "test", "tkinter", "turtledemo")  # fmt: skip
USERS = range(20000, 20128)  # see hardening.py: each slot and grader runs under one of these


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)


def remove_tools() -> None:
    for folder in {os.path.realpath(name) for name in FOLDERS_OF_COMMANDS if Path(name).is_dir()}:
        for command in Path(folder).iterdir():
            if command.name not in COMMANDS:
                remove(command)
    for name in NEEDLESS:
        remove(Path(name))


def remove_installers() -> None:
    stdlib = Path(sysconfig.get_path("stdlib"))
    for folder in {stdlib, stdlib / "site-packages", Path(sysconfig.get_path("purelib")),
                   Path("/usr/lib/python3/dist-packages")}:  # fmt: skip
        for name in NEEDLESS_MODULES:
            remove(folder / name)
            for metadata in folder.glob(f"{name}-*.dist-info"):
                remove(metadata)


def add_users() -> None:
    with Path("/etc/passwd").open("a") as passwd, Path("/etc/group").open("a") as group:
        for uid in USERS:
            passwd.write(f"candidate{uid}:x:{uid}:{uid}::/box:/bin/false\n")
            group.write(f"candidate{uid}:x:{uid}:\n")


def compile_all() -> None:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH  # the files cannot change: no need to look at them
    for folder in (Path(sysconfig.get_path("stdlib")), HOME):
        compileall.compile_dir(folder, quiet=2, force=folder == HOME, invalidation_mode=mode)


def make_tables() -> None:
    """The agent's code and regular expressions; a grader starts too seldom for such tables."""
    if (HOME / "sandbox" / "candidate").exists():
        for name in ("patterns", "bytecode"):
            command = [sys.executable, "-P", "-s", "-m", f"sandbox.candidate.{name}", str(HOME / name)]
            subprocess.run(command, check=True)


def take_rights() -> None:
    for folder, folders, files in os.walk("/", followlinks=False):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.is_symlink():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            ours = path.is_relative_to(HOME)
            wanted = mode & ~(0o6222 if ours else 0o6022)
            if wanted != mode:
                path.chmod(wanted)
            if ours:
                os.chown(path, 0, 0)


def main() -> None:
    remove_tools()
    remove_installers()
    add_users()
    compile_all()
    make_tables()
    (HOME / "tidy.py").unlink()
    Path("/box").mkdir(mode=0o755, exist_ok=True)
    take_rights()


if __name__ == "__main__":
    main()
