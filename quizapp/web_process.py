"""How gunicorn serves the site, on one machine and in a container: named as its `--config`.

What is given on its command line goes before what stands here.
"""

from __future__ import annotations

import gc
import os
import selectors
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.workers import gthread  # type: ignore[import-untyped]

from quizapp import pulse
from quizapp.cores import web_processes
from quizapp.crew import Crew
from quizapp.rehearsal import look_for_room, rehearse

if TYPE_CHECKING:
    from concurrent.futures import Future

# Seconds after which a thread that computes has to let another one compute that asked for it. One request takes less, and
# each change costs about a tenth of a millisecond on an idle machine and much more on a busy one.
_TURN = 0.05
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - every process proves there once a second that it is alive


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """A web process whose requests are done by a crew; `threads` is how many of them compute."""

    tpool: Crew
    _told_at = 0.0

    def get_thread_pool(self) -> Crew:
        """A crew in place of a pool of threads."""
        return Crew(self.cfg.threads)

    def notify(self) -> None:
        """Between two looks at the connections: look after the crew, and tell the arbiter, once a second, that it lives."""
        if time.monotonic() - self._told_at > 1.0:
            self._told_at = time.monotonic()
            super().notify()
        self.tpool.replace_waiting()

    def enqueue_req(self, conn: Any) -> None:
        """Let the crew do the next request of a connection."""
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._answered, conn))

    def _answered(self, conn: Any, done: Future[Any]) -> None:
        """Let the connection wait for its next request. Whatever else becomes of it is for the main thread, as gunicorn has it.

        This is the thread that answered. To wake the other one for this would take a pipe and two changes of threads.
        """
        is_kept = self.alive and not done.cancelled() and not done.exception() and done.result() is True
        if is_kept and not conn.parser.unreader.buf.getvalue():  # else its next request is here already
            self._keep(conn)
        else:
            self.method_queue.defer(self.finish_request, conn, done)

    def _keep(self, conn: Any) -> None:
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        if not self.alive:  # since a moment ago; what comes later finds it in the list (`_cap_keepalive`)
            conn.timeout = min(conn.timeout, time.monotonic() + gthread.STOP_KEEPALIVE_LINGER)
        try:
            # Last, since from here on the main thread may give it to somebody. The poller may be told while it waits.
            self.poller.register(
                conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn)
            )
        except (KeyError, OSError, ValueError):
            conn.close()  # the process ended meanwhile, and closed it or the poller

    def _cap_keepalive(self, deadline: float) -> None:
        """The same as gunicorn's, while another thread may add one."""
        for conn in tuple(self.keepalived_conns):
            conn.timeout = min(conn.timeout, deadline)

    def handle(self, conn: Any) -> Any:
        """Do one request. A new connection that has sent nothing yet waits at the poller, where it takes no thread."""
        if not conn.initialized and not conn.wait_for_data(0.0):
            return gthread._DEFER  # noqa: SLF001 - what it gives itself, after five seconds
        return super().handle(conn)


worker_class = Worker
workers = int(os.environ.get("WEB_CONCURRENCY") or web_processes())  # gunicorn's own name for it
# Threads that compute; those that wait come on top. While one waits for the database, the other goes on (`quizapp.crew`).
threads = 2
# The application opens no connection while it is put together, so one import serves all processes.
preload_app = True
# A page that saves what is typed asks again within seconds; an idle connection takes no thread.
keepalive = 30
timeout = 60
control_socket_disable = True
worker_tmp_dir = str(_IN_MEMORY) if _IN_MEMORY.is_dir() else None


def when_ready(server: Any) -> None:
    """Rehearse for all processes, and keep the collector away from what they share: it would halt every thread."""
    app = server.app.wsgi()
    rehearse(app)
    look_for_room(app, server.cfg.workers)
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Give signs of life from before the first request: an outage is credited when the first page asks for its clock."""
    sys.setswitchinterval(_TURN)
    pulse.start(worker.wsgi, "web")
