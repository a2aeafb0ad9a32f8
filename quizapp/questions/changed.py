"""Which question files a branch changes, by git."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TRUNKS = ("main", "origin/main", "master", "origin/master")


class NotComparable(Exception):
    """There is no git, no checkout or no commit to compare with; the text says which."""


@dataclass(frozen=True)
class Changes:
    """Files that differ (absolute, only such as are there), and a sentence about what they were compared with."""

    paths: frozenset[Path]
    compared: str


def changed_files(roots: Iterable[Path]) -> Changes:
    """Find the files under the roots that differ from the commit where this branch left main.

    On main itself that is the last commit. What is not committed and what git does not know yet counts as changed,
    what git ignores does not. Raises NotComparable.
    """
    paths: set[Path] = set()
    told: list[str] = []
    for root in roots:
        top = Path(_git(root, "rev-parse", "--show-toplevel").strip())
        base, sentence = _base(root)
        listed = _git(root, "diff", "--name-only", "-z", "--diff-filter=d", base, "--", ".")
        listed += _git(root, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ".")
        paths |= {top / name for name in listed.split("\0") if name}
        told.append(sentence)
    return Changes(frozenset(path.resolve() for path in paths), "; ".join(dict.fromkeys(told)))


def _base(root: Path) -> tuple[str, str]:
    """The commit to compare with, and a sentence that names it."""
    head = _git(root, "rev-parse", "--verify", "HEAD").strip()
    for trunk in _TRUNKS:
        try:
            base = _git(root, "merge-base", "HEAD", trunk).strip()
        except NotComparable:
            continue
        if base == head:
            return base, f"compared with the last commit, {base[:10]}, which {trunk} has too"
        return base, f"compared with {base[:10]}, where this branch left {trunk}"
    return head, f"compared with the last commit, {head[:10]}, as there is no branch main"


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotComparable("--changed asks git what changed, and git is not installed") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["git gives no reason"])[0].removeprefix("fatal: ")
        raise NotComparable(f"--changed asks git what changed under {root}: {said}")
    return done.stdout
