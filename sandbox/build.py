"""Building the two images.

The Python packages are fetched on the host against their hashes and copied in: the build itself has no network.
"""

from __future__ import annotations

import importlib.util
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox.engine import Engine, EngineError, EngineUnavailable, NoSuchThing
from sandbox.packages import make_base
from sandbox.recipes import LABEL, ROOT, Recipe, recipes
from sandbox.settings import Settings

PULL_TIMEOUT = 20  # seconds without a word from the registry
PYTHON = "3.11"


class BuildFailed(Exception):
    """An image could not be built; the text says why and what to do."""


def is_current(engine: Engine, recipe: Recipe) -> bool:
    """Whether the engine has this image with exactly this content."""
    try:
        labels = engine.image(recipe.image)["Config"].get("Labels") or {}
    except NoSuchThing:
        return False
    return bool(labels.get(LABEL) == recipe.content())


def build(settings: Settings, say: Callable[[str], None]) -> bool:
    """Bring both images up to date; whether anything had to be done. Raises `BuildFailed`, `EngineUnavailable`."""
    engine = Engine(settings.docker_host, settings.engine_timeout)
    missing = [recipe for recipe in recipes(settings) if not is_current(engine, recipe)]
    if not missing:
        return False
    steps = 1 + 2 * len(missing)
    try:
        say(f"Step 1 of {steps}: the base image {settings.base}")
        have_base(engine, settings.base, lambda text: say(f"  {text}"))
        for number, recipe in enumerate(missing):
            say(
                f"Step {2 * number + 2} of {steps}: the Python packages of the {recipe.role} image, by their hashes"
            )
            with tempfile.TemporaryDirectory(prefix="quizapp-image-") as folder:
                site = Path(folder, "site")
                fetch_packages(recipe.requirements, site)
                say(f"Step {2 * number + 3} of {steps}: the {recipe.role} image {recipe.image}")
                _build_image(engine, recipe, site, say)
    except EngineUnavailable:
        raise
    except EngineError as error:
        raise BuildFailed(str(error)) from error
    return True


def _build_image(engine: Engine, recipe: Recipe, site: Path, say: Callable[[str], None]) -> None:
    labels = {"app": "quizapp", LABEL: recipe.content()}
    lines: list[str] = []
    try:
        for line in engine.build(_context(recipe, site), recipe.image, labels, {"BASE": recipe.base}):
            lines.append(line)
            if line.startswith("Step "):
                say(f"  {line.removeprefix('Step ')}")
    except EngineUnavailable:
        raise
    except EngineError as error:
        raise BuildFailed("\n".join([*lines[-20:], str(error)])) from error


def have_base(engine: Engine, base: str, say: Callable[[str], None]) -> None:
    """Make sure the engine has the base: there already, from its registry, or made of Debian packages."""
    try:
        engine.image(base)
    except NoSuchThing:
        pass
    else:
        say(f"{base} is there")
        return
    say(f"asking the registry for {base}")
    try:
        engine.pull(base, PULL_TIMEOUT)
        engine.image(base)
    except EngineError as error:
        say(f"the registry does not give it ({str(error).splitlines()[0]:.120})")
        make_base(engine, base, say)
    else:
        say(f"{base} came from the registry")


def fetch_packages(requirements: Path, target: Path) -> None:
    """Install the pinned wheels into `target` for the image's Python, whatever Python runs here."""
    machine = os.uname().machine
    installer = _installer()
    command = [*installer, "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:",
               "--target", str(target), "--python-version", PYTHON, "-r", str(requirements)]  # fmt: skip
    if installer[-1] == "pip" and "uv" in Path(installer[0]).name + " ".join(installer[:-1]):
        command += ["--python-platform", f"{machine}-manylinux_2_28", "--link-mode", "copy"]
    else:
        for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
            command += ["--platform", f"{tag}_{machine}"]
        command += [
            "--implementation",
            "cp",
            "--no-compile",
            "--disable-pip-version-check",
            "--root-user-action",
            "ignore",
        ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = (
            f"The Python packages of {requirements.name} could not be fetched:\n{done.stderr.strip()[-2000:]}"
        )
        raise BuildFailed(msg)
    shutil.rmtree(target / "bin", ignore_errors=True)


def _installer() -> list[str]:
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "pip"]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    msg = "Neither uv nor pip is here to fetch the images' Python packages: install uv."
    raise BuildFailed(msg)


def _context(recipe: Recipe, site: Path) -> io.BufferedRandom:
    """The builder's context as a tar file: owned by root, without times, so that the same content gives the same tar."""
    archive = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    with tarfile.open(fileobj=archive, mode="w") as tar:
        _add(tar, recipe.dockerfile, "Dockerfile")
        _add(tar, ROOT / "images" / "tidy.py", "tidy.py")
        for name, path in recipe.code().items():
            _add(tar, path, f"code/sandbox/{name}")
        for path in sorted(site.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                _add(tar, path, f"site/{path.relative_to(site)}")
    archive.seek(0)
    return archive


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    content = path.read_bytes()
    info.size, info.mode = len(content), 0o644
    tar.addfile(info, io.BytesIO(content))
