"""The page cache's backend: Redis with JSON values, because a pickle in Redis would be code for whoever can write there."""

from __future__ import annotations

import json
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
        key_prefix=config["CACHE_KEY_PREFIX"],
    )
