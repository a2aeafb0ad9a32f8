"""Checking a transcript offline: what of it is sound, what was altered, and what cannot be told."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from quizapp.transcripts.archive import FORMAT, MANIFEST, SIGNATURE, VERSION, packed
from quizapp.transcripts.keys import PublicKey, public_key

MOST_BYTES = 64 * 1024 * 1024  # of a file that is looked at; members are not compressed, so it cannot grow
MOST_MEMBERS = 10_000


class State(StrEnum):
    """What was found out about one part."""

    SOUND = "sound"
    ALTERED = "altered"
    UNKNOWN = "unknown"  # it cannot be told, as of a signature whose key nobody gave


@dataclass(frozen=True)
class Part:
    """One part of a transcript: the container, the signature, or a member."""

    name: str
    state: State
    told: str


@dataclass(frozen=True)
class Check:
    """What was found out about a file. `about` is what its manifest tells, where its signature is good."""

    parts: list[Part]
    about: Mapping[str, Any]

    @property
    def state(self) -> State:
        """Altered when any part is, else unknown when any part is, else sound."""
        states = {part.state for part in self.parts}
        return next((one for one in (State.ALTERED, State.UNKNOWN) if one in states), State.SOUND)


class NoTranscriptError(ValueError):
    """The file cannot be read as a transcript at all; the text says why."""


def check(path: Path, trusted: Iterable[PublicKey]) -> Check:
    """Check a file against the keys that are trusted. Raises NoTranscriptError, OSError."""
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise NoTranscriptError(f"it is larger than {MOST_BYTES // 1024 // 1024} MiB, which no transcript is")
    return check_bytes(raw, trusted)


def check_bytes(raw: bytes, trusted: Iterable[PublicKey]) -> Check:
    """The same for a file that was read already."""
    members, problems = _members(raw)
    manifest = _json(members, MANIFEST)
    if manifest.get("format") != FORMAT:
        raise NoTranscriptError("its manifest is not that of a transcript")
    if manifest.get("version") != VERSION:
        raise NoTranscriptError(f"it has version {manifest.get('version')!r}; this program reads {VERSION}")
    signature = _signature(members, manifest, list(trusted))
    parts = [_container(raw, members, problems), signature, *_listed(members, manifest)]
    return Check(parts, manifest if signature.state is State.SOUND else {})


def _members(raw: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The members that lie there as a transcript has them, and what is odd about others."""
    members: dict[str, bytes] = {}
    problems: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_MEMBERS:
                raise NoTranscriptError(f"it has {len(entries)} members, which no transcript has")
            if sum(entry.file_size for entry in entries) > len(raw):
                raise NoTranscriptError("its members are larger than itself")
            for entry in entries:
                if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 0x1:
                    problems.append(f"{entry.filename!r} is compressed or encrypted")
                elif entry.filename in members:
                    problems.append(f"{entry.filename!r} is there twice")
                else:
                    with archive.open(entry) as stream:
                        members[entry.filename] = stream.read(MOST_BYTES)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, NoTranscriptError):
            raise
        raise NoTranscriptError(f"it is no sound zip file: {error}") from error
    return members, problems


def _container(raw: bytes, members: Mapping[str, bytes], problems: list[str]) -> Part:
    """Whether the file is the one that its members make: there is one way to write it."""
    if problems:
        return Part("container", State.ALTERED, "; ".join(problems))
    if packed(members) != raw:
        told = (
            "it was packed anew, or holds something beside its members; ask for the file as the site gave it"
        )
        return Part("container", State.ALTERED, told)
    return Part("container", State.SOUND, f"{len(members)} members")


def _signature(members: Mapping[str, bytes], manifest: Mapping[str, Any], trusted: list[PublicKey]) -> Part:
    told = _json(members, SIGNATURE)
    name = "signature"
    try:
        signature = base64.b64decode(str(told.get("signature")), validate=True)
        enclosed = public_key(str(told.get("public_key")))
    except (binascii.Error, ValueError):
        return Part(name, State.ALTERED, "it is no signature")
    signed = members[MANIFEST]
    key = next((one for one in trusted if one.id == manifest.get("key")), None)
    if key is not None:
        if key.verifies(signature, signed) and told.get("key") == key.id and enclosed == key:
            return Part(name, State.SOUND, f"by the key {key.id}, which is trusted")
        return Part(name, State.ALTERED, f"the manifest is not what the key {key.id} signed")
    if enclosed.id != manifest.get("key") or told.get("key") != enclosed.id:
        return Part(name, State.ALTERED, "the manifest names another key than the signature")
    if not enclosed.verifies(signature, signed):
        return Part(name, State.ALTERED, f"the manifest is not what the key {enclosed.id} signed")
    words = f"by the key {enclosed.id}, which is none that is trusted here; --key names those of a site"
    return Part(name, State.UNKNOWN, words)


def _listed(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Part]:
    """Each member that the manifest lists, then those it does not."""
    listed = manifest.get("files")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    known = {MANIFEST, SIGNATURE}
    for entry in entries:
        path = str(entry.get("path"))
        known.add(path)
        content = members.get(path)
        if content is None:
            yield Part(path, State.ALTERED, "it is missing")
        elif len(content) != entry.get("size") or hashlib.sha256(content).hexdigest() != entry.get("sha256"):
            yield Part(path, State.ALTERED, "its content is another one")
        else:
            yield Part(path, State.SOUND, f"{len(content)} bytes")
    for path in sorted(set(members) - known):
        yield Part(path, State.ALTERED, "the manifest does not list it")


def _json(members: Mapping[str, bytes], path: str) -> dict[str, Any]:
    try:
        value = json.loads(members[path])
    except KeyError as error:
        raise NoTranscriptError(f"it has no {path}") from error
    except (ValueError, RecursionError) as error:
        raise NoTranscriptError(f"its {path} cannot be read") from error
    if not isinstance(value, dict):
        raise NoTranscriptError(f"its {path} cannot be read")
    return value
