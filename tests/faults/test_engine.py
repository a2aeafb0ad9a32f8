"""The Docker Engine crashes, is restarted, hangs, has no room or no images: submissions wait, and none is judged by it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quizapp import livestatus
from sandbox.client import BrokerUnavailable
from sandbox.engine import Engine
from sandbox.settings import Settings
from tests.faults.desk import HONEST, Desk, stays, until
from tests.faults.second_engine import SecondEngine
from tests.sandbox.conftest import RunningBroker

pytestmark = [pytest.mark.docker, pytest.mark.slow]

SLOW = HONEST.replace("def create():", "def create():\n    import time; time.sleep(2.5)")
OWN = 3  # containers of a broker with one place: candidate, pause, grader

MakeDesk = Callable[[str, Path], Desk]


class Site:
    """A desk, a worker, and a broker on the second engine."""

    def __init__(self, desk: Desk, broker: RunningBroker, second: SecondEngine) -> None:
        self.desk, self.broker, self.second = desk, broker, second

    def containers(self) -> list[dict[str, object]]:
        return self.second.engine.containers("app=quizapp")

    def send_and_see_it_run(self) -> int:
        number = self.desk.send(SLOW)
        until(lambda: self._runs(number) or self.desk.look(number).verdict, "it runs")
        # It may have been over before anybody looked.
        return self.send_and_see_it_run() if self.desk.look(number).verdict else number

    def _runs(self, number: int) -> bool:
        try:
            is_busy = self.broker.client.health().running == 1
        except BrokerUnavailable:
            return False
        return is_busy and self.desk.is_running(number)

    def problem(self) -> str:
        with self.desk.session():
            return livestatus.sandbox_problem() or ""

    def end(self) -> None:
        """Everything is as before: the honest one is graded, and there are no more containers than there should be."""
        self.desk.check()
        until(lambda: len(self.containers()) == OWN, "only the pool is left")
        self.broker.stop()
        assert self.containers() == []


@pytest.fixture
def site(
    make_desk: MakeDesk, store: str, start_broker: Callable[..., RunningBroker], second_engine: SecondEngine
) -> Site:
    broker = start_broker(
        QUIZAPP_SANDBOX_DOCKER_HOST=second_engine.host,
        QUIZAPP_SANDBOX_POOL_SIZE="1",
        QUIZAPP_SANDBOX_MAX_RUNNING="1",
    )
    broker.wait_until(lambda health: health.ready)
    desk = make_desk(store, broker.socket)
    desk.start_worker()
    assert desk.verdict(desk.send()) == "accepted"
    return Site(desk, broker, second_engine)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_engine_that_ends_in_a_run_is_waited_for(site: Site, how: signal.Signals) -> None:
    interrupted = site.send_and_see_it_run()
    site.second.end(how)
    while_away = [site.desk.send(), site.desk.send("raise SystemExit")]
    until(lambda: "does not answer" in site.problem(), "people are told why they wait")
    stays(lambda: not any(site.desk.look(number).verdict for number in while_away), "they wait")
    # An engine that is told to end gives its containers time: what ends by itself in that has its verdict already.
    assert site.desk.look(interrupted).verdict in (None, "accepted")
    site.second.start()
    assert site.desk.verdict(interrupted) == "accepted"
    assert [site.desk.verdict(number) for number in while_away] == ["accepted", "runtime_error"]
    assert site.desk.look(interrupted).internal_errors == 0, (
        "the engine's fault is not counted as the program's"
    )
    site.end()


def test_an_engine_that_hangs_counts_as_away(site: Site) -> None:
    interrupted = site.send_and_see_it_run()
    site.second.freeze()
    until(lambda: "does not answer" in site.problem(), "people are told why they wait")
    waiting = site.desk.send()
    stays(lambda: not site.desk.look(waiting).verdict, "it waits")
    site.second.thaw()
    # It may have come to its end before anybody noticed that the engine hung.
    assert site.desk.verdict(interrupted) == "accepted"
    assert site.desk.verdict(waiting) == "accepted"
    assert site.desk.look(waiting).internal_errors == 0
    site.end()


def test_an_engine_without_room_is_waited_for(site: Site) -> None:
    site.second.fill()
    first = site.desk.send()
    assert site.desk.verdict(first) == "accepted", "its container was there already"
    until(lambda: "container starts" in site.problem(), "people are told why they wait")
    waiting = site.desk.send()
    stays(lambda: not site.desk.look(waiting).verdict, "it waits")
    site.second.make_room()
    assert site.desk.verdict(waiting) == "accepted"
    assert site.desk.look(waiting).internal_errors == 0
    site.end()


def test_without_images_submissions_wait_until_there_are_some(
    make_desk: MakeDesk, store: str, start_broker: Callable[..., RunningBroker], second_engine: SecondEngine
) -> None:
    name = "quizapp-of-a-test"
    broker = start_broker(
        QUIZAPP_SANDBOX_DOCKER_HOST=second_engine.host,
        QUIZAPP_SANDBOX_CANDIDATE_IMAGE=name,
        QUIZAPP_SANDBOX_POOL_SIZE="1",
        QUIZAPP_SANDBOX_MAX_RUNNING="1",
    )
    broker.wait_until(lambda health: name in health.reason and "sandbox build" in health.reason)
    desk = make_desk(store, broker.socket)
    desk.start_worker()
    number = desk.send()
    stays(lambda: not desk.look(number).verdict, "it waits")
    with second_engine.engine._calling() as docker:
        docker.tag(Settings.from_environment().candidate_image, name)
    assert desk.verdict(number) == "accepted"
    assert desk.look(number).internal_errors == 0
    Site(desk, broker, second_engine).end()
    with second_engine.engine._calling() as docker:
        docker.remove_image(name)


def test_what_an_engine_made_too_late_is_removed(second_engine: SecondEngine) -> None:
    """A container that nobody waits for any more, because its maker gave up on an engine that hung."""
    from sandbox.reaper import LIFE_SECONDS, STRAY_SECONDS, Reaper  # noqa: PLC0415

    settings = Settings.from_environment()
    reaper = Reaper(settings)
    engine: Engine = second_engine.engine

    def made(age: float) -> str:
        labels = reaper.labels("candidate") | {"quizapp.expires": str(int(time.time() + LIFE_SECONDS - age))}
        return engine.create({"Image": settings.candidate_image, "Labels": labels}, "")

    young, old, used = made(0), made(2 * STRAY_SECONDS), made(2 * STRAY_SECONDS)
    assert reaper.sweep(engine, in_use={used}) == 1
    left = {one["Id"] for one in engine.containers("app=quizapp", f"quizapp.broker={reaper.broker}")}
    assert left == {young, used}
    assert old not in left
    reaper.remove_own(engine)
