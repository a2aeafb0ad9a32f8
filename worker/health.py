"""`python -m worker.health`: whether the workers of this host are alive, for a container's health check."""

import socket
import sys
from pathlib import Path

import redis
from rq import Worker
from rq.serializers import JSONSerializer

from quizapp import config


def main() -> int:
    """Exit status 0 when a worker of this host is registered in Redis and was heard of within its time to live."""
    # The address alone is needed; a whole application would take seconds of every check.
    url = config.secret_or_file("REDIS_URL") or f"unix://{Path(config.var_folder()) / 'run' / 'redis.sock'}"
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2) as connection:
            workers = Worker.all(connection=connection, serializer=JSONSerializer)
    except redis.RedisError:
        return 1
    here = f"-{socket.gethostname()}-"
    return 0 if any(here in worker.name for worker in workers) else 1


if __name__ == "__main__":
    sys.exit(main())
