"""`quizapp up`: the whole site on this machine, with one command and one Ctrl-C."""

import argparse
import contextlib
import http.client
import json
import math
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from quizapp.cores import web_processes
from sandbox.client import BrokerClient, BrokerUnavailable
from worker import preflight, redis_server
from worker.cli import live_processes
from worker.console import Console
from worker.preflight import CannotStart
from worker.processes import Child, Processes, Stopped
from worker.site import Site

LAST_PORT = 65535
READY_SECONDS = 60.0
SANDBOX_SECONDS = 30.0
ENGINE_RETRY_SECONDS = 30.0


def main(argv: Sequence[str]) -> int:
    """Serve until Ctrl-C or SIGTERM: 0 after an orderly end, 1 when something kept the site from starting."""
    options = _parser().parse_args(argv)
    started = time.monotonic()
    console = Console()
    try:
        with contextlib.ExitStack() as stack:
            return _serve(options, console, stack, started)
    except (CannotStart, redis_server.NoRedis) as problem:
        print(f"quizapp: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="quizapp up",
        description="Serve the site on this machine: web, workers, sandbox, Redis and SQLite.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to answer on (%(default)s)")
    parser.add_argument("--port", type=_port, default=5000, help="port to answer on (%(default)s)")
    parser.add_argument(
        "--workers", type=_count, default=live_processes(), help="grading processes (%(default)s)"
    )
    parser.add_argument(
        "--web", type=_count, default=web_processes(), help="web server processes (%(default)s)"
    )
    parser.add_argument("--no-demo", action="store_true", help="make no accounts for trying out")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port number")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


def _serve(options: argparse.Namespace, console: Console, stack: contextlib.ExitStack, started: float) -> int:
    var = Path(os.environ.get("QUIZAPP_VAR") or "var").resolve()
    listener = stack.enter_context(preflight.listen(options.host, options.port))
    account = preflight.account()
    preflight.var_folder(var, None)
    preflight.lock(var)
    preflight.var_folder(var, account)
    run = preflight.run_folder(var, account)
    redis = None if _redis_settings() else redis_server.find(run / "redis.sock")
    site = Site(var, run, account, redis.url if redis else "")
    console.plain(f"quizapp: starting in {var}" + (f", web and workers as {account.name}" if account else ""))
    processes = Processes(console, str(var / preflight.LOG))
    stack.callback(_say_goodbye, console)
    stack.callback(processes.stop)
    try:
        if redis:
            _start_redis(site, processes, redis)
        up = _Up(site, processes, console, options)
        up.start(listener)
        took = time.monotonic() - started
        console.plain(
            f"\nReady after {took:.1f} s: http://{_shown(options.host)}:{options.port}   (Ctrl-C ends it)"
        )
        up.show_accounts()
        up.keep()
    except Stopped:
        console.plain("\nEnding: answers that are being graded are finished (Ctrl-C again: at once)")
    return 0


def _redis_settings() -> bool:
    return bool(os.environ.get("QUIZAPP_REDIS_URL") or os.environ.get("QUIZAPP_REDIS_URL_FILE"))


def _start_redis(site: Site, processes: Processes, redis: redis_server.RedisServer) -> None:
    child = processes.start(site.redis(redis.command()))
    if not processes.wait_until(redis.answers, 10, child):
        raise CannotStart(f"{redis.program} does not start: {child.last_line or 'it says nothing'}")
    processes.console.line("redis", f"{redis.origin} on {redis.path}")


def _say_goodbye(console: Console) -> None:
    console.plain("Ended.")


class _Up:
    """The start of everything that comes after Redis, and the watch over it."""

    def __init__(
        self, site: Site, processes: Processes, console: Console, options: argparse.Namespace
    ) -> None:
        self._site, self._processes, self._console, self._options = site, processes, console, options
        self._ask_engine_at = 0.0
        self._accounts: list[dict[str, str]] = []

    def start(self, listener: socket.socket) -> None:
        """Start all of it and return when people can use it. Raises `CannotStart`, `Stopped`."""
        broker = self._start_sandbox(is_first=True)
        self._prepare()
        os.set_inheritable(listener.fileno(), True)
        self._processes.start(self._site.workers(self._options.workers))
        web = self._processes.start(self._site.web(listener.fileno(), self._options.web))
        if not self._processes.wait_until(self._web_answers, READY_SECONDS, web):
            raise CannotStart(f"the web server does not start: {web.last_line or 'it says nothing'}")
        if broker:
            self._await_sandbox(broker)

    def keep(self) -> NoReturn:
        """Watch over everything until somebody asks us to end (raises `Stopped`)."""
        while True:
            self._processes.turn(1.0)
            if time.monotonic() > self._ask_engine_at and (broker := self._start_sandbox(is_first=False)):
                self._await_sandbox(broker)

    def show_accounts(self) -> None:
        """Say who can sign in. Passwords are there only when the accounts were made just now."""
        if not self._accounts:
            return
        has_new = any(account.get("password") for account in self._accounts)
        self._console.plain(
            "\nAccounts for trying out" + (" (the passwords are shown only now):" if has_new else ":")
        )
        for account in self._accounts:
            secret = account.get("password") or "(password as before)"
            self._console.plain(f"  {account['role']:<10} {account['email']:<28} {secret}")
        self._console.plain("A new password: .venv/bin/quizapp users reset EMAIL")

    def _start_sandbox(self, *, is_first: bool) -> Child | None:
        if is_first:
            self._console.line("images", "looking for the sandbox images (the first time, they are built)")
        build = self._processes.once(self._site.build(is_quiet=not is_first))
        if build.returncode == 0:
            self._ask_engine_at = math.inf
            return self._processes.start(self._site.broker())
        if is_first:
            self._console.line("sandbox", "code questions cannot be run until that is solved; all else works")
        self._ask_engine_at = time.monotonic() + ENGINE_RETRY_SECONDS
        return None

    def _await_sandbox(self, broker: Child) -> None:
        client = BrokerClient(self._site.broker_socket)
        reason = ""

        def is_ready() -> bool:
            nonlocal reason
            try:
                health = client.health()
            except BrokerUnavailable:
                return False
            reason = health.reason
            return health.ready

        if self._processes.wait_until(is_ready, SANDBOX_SECONDS, broker):
            self._console.line("sandbox", "ready, code questions can be run")
        else:
            self._console.line(
                "sandbox", f"not ready ({broker.last_line or reason}); code questions have to wait"
            )

    def _prepare(self) -> None:
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        try:
            child = self._processes.once(self._site.prepare(writer, with_demo=not self._options.no_demo))
        finally:
            os.close(writer)
        with os.fdopen(reader) as pipe:
            written = pipe.read()
        if child.returncode != 0:
            raise CannotStart(child.last_line or "the database could not be prepared")
        self._accounts = json.loads(written or "[]")

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection(_shown(self._options.host), self._options.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _shown(host: str) -> str:
    """An address that a browser on this machine can open."""
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - recognised, not bound
