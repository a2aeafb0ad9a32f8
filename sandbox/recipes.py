"""What goes into the two images, and whether the engine has exactly that already.

An image carries a hash of everything that went into it as a label, so a build that would change nothing is over
at once. For that first look this module asks the engine by itself: loading the docker package takes longer than
everything else.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sandbox.settings import Settings

ROOT = Path(__file__).resolve().parent
LABEL = "quizapp.content"
SHARED = tuple(
    f"{name}.py"
    for name in ("__init__", "decoding", "demand", "encoding", "frames", "shapes", "shortcut", "values")
)


@dataclass(frozen=True)
class Recipe:
    """One image: its name, what goes into it, and a hash of all of that."""

    role: str  # "candidate" or "grader": names the Dockerfile, the code folder and the requirements
    image: str
    base: str

    @property
    def dockerfile(self) -> Path:
        return ROOT / "images" / f"{self.role}.Dockerfile"

    @property
    def requirements(self) -> Path:
        return requirements_folder() / f"sandbox-{self.role}.txt"

    def code(self) -> dict[str, Path]:
        """Path in the image's code folder -> file here."""
        files = [ROOT / name for name in SHARED] + sorted((ROOT / self.role).rglob("*.py"))
        return {str(path.relative_to(ROOT)): path for path in files}

    def content(self) -> str:
        """A hash of all that decides what the image holds."""
        digest = hashlib.sha256(self.base.encode())
        tidy = ROOT / "images" / "tidy.py"
        for name, path in {
            "Dockerfile": self.dockerfile,
            "tidy": tidy,
            "packages": self.requirements,
            **self.code(),
        }.items():
            digest.update(f"\0{name}\0".encode() + path.read_bytes())
        return digest.hexdigest()[:32]


def recipes(settings: Settings) -> tuple[Recipe, Recipe]:
    """The candidate's and the grader's recipe."""
    return (
        Recipe("candidate", settings.candidate_image, settings.base),
        Recipe("grader", settings.grader_image, settings.base),
    )


def requirements_folder() -> Path:
    """Where the pinned lists lie: beside the packages in a checkout, inside the package when installed."""
    beside = ROOT.parent / "requirements"
    return beside if (beside / "sandbox-candidate.txt").is_file() else ROOT / "requirements"


def are_current(settings: Settings) -> bool:
    """Whether both images are up to date, as far as a quick look at a local engine tells; False when in doubt."""
    if not settings.docker_host.startswith("unix://"):
        return False
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return all(_label(settings, recipe.image) == recipe.content() for recipe in recipes(settings))
    return False


def _label(settings: Settings, image: str) -> str:
    connection = http.client.HTTPConnection("engine", timeout=settings.engine_timeout)
    with contextlib.closing(connection):
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(settings.engine_timeout)
        connection.sock.connect(settings.docker_host.removeprefix("unix://"))
        connection.request("GET", f"/images/{quote(image)}/json")
        return str(json.load(connection.getresponse())["Config"]["Labels"][LABEL])
