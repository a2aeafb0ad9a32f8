"""How gunicorn serves the site, on one machine and in a container: named as its `--config`.

What is given on its command line goes before what stands here.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from quizapp import pulse
from quizapp.cores import web_processes

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - every process proves there once a second that it is alive

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or web_processes())  # gunicorn's own name for it
# Half of a process's threads may wait for verdicts; the others compute one at a time.
threads = 32
# The application opens no connection while it is put together, so one import serves all processes.
preload_app = True
# A page that saves what is typed asks again within seconds; an idle connection takes no thread.
keepalive = 30
timeout = 60
control_socket_disable = True
worker_tmp_dir = str(_IN_MEMORY) if _IN_MEMORY.is_dir() else None


def when_ready(_server: Any) -> None:
    """Keep the collector away from what was imported before the forks: looking through it would halt every thread."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Give signs of life from before the first request: an outage is credited when the first page asks for its clock."""
    pulse.start(worker.wsgi, "web")
