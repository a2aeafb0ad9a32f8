"""Many question files at once: spread over processes, and not read again while they are what they were."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from quizapp.questions.content import content_hash
from quizapp.questions.document import MAX_BYTES, read_bytes, read_file
from quizapp.questions.finding import Finding
from quizapp.questions.loading import checked
from quizapp.questions.memory import Memory, digest_of
from quizapp.questions.schema import QUESTION, Question

MANY = 200  # fewer files are read sooner than other processes are there
_CHUNK = 50


@dataclass(frozen=True)
class Reading:
    """What one file gave: a question, unless it has not the form of one, its hash, and what is wrong."""

    path: Path
    question: Question | None
    findings: list[Finding] = field(default_factory=list)
    hash: str = ""

    @property
    def sound(self) -> Question:
        """The question of a reading that has one; for those that are known to be sound."""
        if self.question is None:
            raise ValueError(self.path)
        return self.question


def read_all(paths: Sequence[Path], processes: int = 1, cache: Path | None = None) -> list[Reading]:
    """Read question files, in the order they are given."""
    memory = Memory(cache)
    known = {path: reading for path in paths if (reading := _remembered(path, memory)) is not None}
    unknown = [path for path in paths if path not in known]
    if processes > 1 and len(unknown) >= MANY:
        known |= _read_together(unknown, processes, memory)
    else:
        for path in unknown:
            known[path], digest, content = _read(path)
            if cache is not None and known[path].hash:
                memory.keep(digest, known[path].hash, content)
    memory.save()
    return [known[path] for path in paths]


def _read(path: Path) -> tuple[Reading, str, str]:
    """Read one file: what it gives, the digest to remember it by, and what it says as JSON.

    That is not the stored content of the question, which leaves out what candidates have nothing to do with.
    """
    raw = _raw(path)
    document = read_file(path) if raw is None else read_bytes(raw, path)
    question, findings = checked(document)
    hash_ = content_hash(question) if question is not None and not findings else ""
    content = json.dumps(document.value, ensure_ascii=False) if question is not None else ""
    return Reading(path, question, findings, hash_), digest_of(path, raw or b""), content


def _raw(path: Path) -> bytes | None:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError:
        return None


def _remembered(path: Path, memory: Memory) -> Reading | None:
    raw = None if memory.is_empty else _raw(path)
    found = None if raw is None else memory.recall(digest_of(path, raw))
    if found is None:
        return None
    hash_, content = found
    try:
        return Reading(path, QUESTION.validate_json(content), hash=hash_)
    except ValidationError:
        return None  # somebody has written into the memory


def _read_together(paths: Sequence[Path], processes: int, memory: Memory) -> dict[Path, Reading]:
    """Read in forked processes, which give questions back as JSON: that is quicker than pickling them."""
    known: dict[Path, Reading] = {}
    # What this process does when it is told to end is not for its children to do: they would never end.
    ends_when_told = (signal.SIGTERM, signal.SIG_DFL)
    with multiprocessing.get_context("fork").Pool(processes, signal.signal, ends_when_told) as pool:
        for path, content, hash_, digest, findings in pool.imap_unordered(_read_apart, paths, _CHUNK):
            question = QUESTION.validate_json(content) if content else None
            known[path] = Reading(path, question, findings, hash_)
            if hash_:
                memory.keep(digest, hash_, content)
        pool.close()
        pool.join()
    return known


def _read_apart(path: Path) -> tuple[Path, str, str, str, list[Finding]]:
    reading, digest, content = _read(path)
    return path, content, reading.hash, digest, reading.findings
