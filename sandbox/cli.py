"""`quizapp sandbox build|broker|check`: argument lists in, exit status out."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence

from sandbox.settings import Settings

SWITCH_SECONDS = 0.0005  # after which a busy thread of the broker lets another one go on


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: done, 1: something is wrong with what was checked, 2: it could not be done."""
    parser = argparse.ArgumentParser(
        prog="quizapp sandbox", description="The throwaway containers that run code."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the two images, or do nothing when they are up to date")
    broker = commands.add_parser("broker", help="serve runs on a unix socket until stopped")
    broker.add_argument("--until-stdin-closes", action="store_true", help="stop also when stdin is closed")
    broker.add_argument("--quiet", action="store_true", help="log only what is wrong")
    check = commands.add_parser(
        "check", help="look at the engine and the images, try to get out of a container"
    )
    check.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        return _fail(str(error))
    if options.command == "build":
        return _build(settings)
    if options.command == "broker":
        return _broker(settings, until_stdin_closes=options.until_stdin_closes, is_quiet=options.quiet)
    from sandbox import check as checking  # noqa: PLC0415 - what one command needs is imported when it runs

    return checking.run(settings, is_json=options.json)


def _build(settings: Settings) -> int:
    from sandbox import recipes  # noqa: PLC0415

    if recipes.are_current(settings):
        print("The sandbox images are up to date.")
        return 0
    from sandbox.build import BuildFailed, build  # noqa: PLC0415
    from sandbox.engine import EngineUnavailable  # noqa: PLC0415
    from sandbox.packages import BaseNotMade  # noqa: PLC0415

    try:
        build(settings, lambda line: print(line, flush=True))
    except (BuildFailed, BaseNotMade, EngineUnavailable) as error:
        return _fail(str(error))
    return 0


def _broker(settings: Settings, *, until_stdin_closes: bool, is_quiet: bool) -> int:
    from sandbox.broker import Broker  # noqa: PLC0415

    logging.basicConfig(
        level=logging.WARNING if is_quiet else logging.INFO,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    # Containers are made in threads beside the runs; a run's next frame must not wait 5 ms for each of them.
    sys.setswitchinterval(SWITCH_SECONDS)
    broker = Broker(settings)
    broker.stop_at(signal.SIGTERM, signal.SIGINT)
    if until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_stdin, args=(broker.stop,), daemon=True).start()
    try:
        broker.serve()
    except OSError as error:
        return _fail(f"The broker cannot listen at {settings.socket}: {error}")
    return 0


def _stop_at_end_of_stdin(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
