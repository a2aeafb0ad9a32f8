"""Whose containers may be removed: those of brokers that are gone, and no others."""

import os
import time
from dataclasses import replace
from pathlib import Path

from sandbox.reaper import Reaper
from sandbox.settings import Settings

SETTINGS = Settings(socket=Path("/run/a/broker.sock"), labels={"x": "y"})


def test_a_container_carries_who_made_it_and_when_it_is_past_use() -> None:
    labels = Reaper(SETTINGS).labels("candidate")
    assert labels["app"] == "quizapp"
    assert labels["quizapp.role"] == "candidate"
    assert labels["x"] == "y"
    assert int(labels["quizapp.expires"]) > time.time()


def test_own_containers_are_kept() -> None:
    reaper = Reaper(SETTINGS)
    assert not reaper.is_stale(reaper.labels("candidate"))


def test_containers_of_another_living_broker_are_kept() -> None:
    other = Reaper(replace(SETTINGS, socket=Path("/run/b/broker.sock")))
    assert not Reaper(SETTINGS).is_stale(other.labels("grader"))


def test_containers_of_an_earlier_broker_on_the_same_socket_go() -> None:
    reaper = Reaper(SETTINGS)
    earlier = reaper.labels("pause") | {"quizapp.broker": f"{reaper.host} {reaper.path} 1-1"}
    assert reaper.is_stale(earlier)


def test_containers_of_a_broker_whose_process_is_gone_go() -> None:
    reaper = Reaper(SETTINGS)
    reused = reaper.labels("pause") | {"quizapp.broker": f"{reaper.host} /run/c.sock {os.getpid()}-1"}
    assert reaper.is_stale(reused)


def test_containers_of_another_host_go_when_they_expired() -> None:
    reaper = Reaper(SETTINGS)
    far = reaper.labels("candidate") | {"quizapp.broker": "elsewhere /run/a/broker.sock 12-34"}
    assert not reaper.is_stale(far)
    assert reaper.is_stale(far | {"quizapp.expires": str(int(time.time()) - 1)})
