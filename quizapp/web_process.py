"""What gunicorn does in each web process, named as its `--config`."""

from __future__ import annotations

import gc
from typing import Any

from quizapp import pulse


def when_ready(_server: Any) -> None:
    """Keep the collector away from what was imported before the forks: looking through it would halt every thread."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Give signs of life from before the first request: an outage is credited when the first page asks for its clock."""
    pulse.start(worker.wsgi, "web")
