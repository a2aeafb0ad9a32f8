"""The page cache's backend: Redis with JSON values, because a pickle in Redis would be code for whoever can write there.

What is kept belongs to the code that made it: another version of quizapp may expect other figures, so it keeps its own.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_caching.backends.rediscache import RedisCache

if TYPE_CHECKING:
    from flask import Flask


class JsonSerializer:
    """What cachelib asks of a serializer, with JSON; an entry that does not parse is a miss."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:  # noqa: ARG002 - cachelib's signature
        return json.dumps(value).encode()

    def loads(self, stored: bytes | None) -> Any:
        if not stored:
            return None
        try:
            return json.loads(stored)
        except ValueError:
            return None


class JsonRedisCache(RedisCache):
    """Flask-Caching's Redis backend with JSON instead of pickle."""

    # cachelib asks for two methods and names a class with pickle.
    serializer = JsonSerializer()  # type: ignore[assignment]


def json_cache(app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> JsonRedisCache:  # noqa: ARG001 - Flask-Caching's signature
    """Make the backend for Flask-Caching's `CACHE_TYPE`."""
    return JsonRedisCache(
        app.extensions["redis"],
        default_timeout=config["CACHE_DEFAULT_TIMEOUT"],
        key_prefix=f"{config['CACHE_KEY_PREFIX']}{code_print()}:",
    )


@cache
def code_print(folder: Path = Path(__file__).parent) -> str:
    """A fingerprint of the modules that work out what is kept; `folder` is that of the package."""
    digest = hashlib.sha256()
    for part in ("rules", "services"):
        for path in sorted((folder / part).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
