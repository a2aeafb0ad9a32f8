"""The file of a transcript: a zip in one form only, so that whatever was done to it shows.

Its members lie one behind the other, uncompressed, with one date, in the order of their names; the manifest lists them with
length and SHA-256, and the signature is over the bytes of the manifest. As there is only one way to write it, a reader
writes it again from what was read and compares: repeated names, hidden members, text before or behind, odd attributes and
everything else that a zip may hold make another file.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from quizapp.transcripts.keys import SigningKey

FORMAT = "quizapp-transcript"
VERSION = 1
MANIFEST, SIGNATURE = "manifest.json", "signature.json"
_DATE = (1980, 1, 1, 0, 0, 0)  # the first one that a zip can hold


def signed(files: Mapping[str, bytes], about: Mapping[str, Any], key: SigningKey) -> bytes:
    """The whole file: the members, a manifest that tells `about` beside them, and its signature."""
    manifest = as_json(
        {
            "format": FORMAT,
            "version": VERSION,
            "key": key.public.id,
            **about,
            "files": [listed(path, files[path]) for path in sorted(files)],
        }
    )
    signature = as_json(
        {
            "algorithm": "Ed25519",
            "key": key.public.id,
            "public_key": key.public.text,
            "signature": base64.b64encode(key.sign(manifest)).decode(),
        }
    )
    return packed({**files, MANIFEST: manifest, SIGNATURE: signature})


def listed(path: str, content: bytes) -> dict[str, Any]:
    """A member as the manifest lists it."""
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip with these members, in the one form that a transcript has."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            member = zipfile.ZipInfo(path, _DATE)
            member.create_system = 3  # the same whatever system this runs on
            member.external_attr = 0o100644 << 16
            archive.writestr(member, files[path])
    return written.getvalue()


def as_json(value: Any) -> bytes:
    """JSON for people and programs: sorted keys, two spaces, real characters."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "surrogatepass")
