"""The HTTP side of a full queue and of stopping: what scripts are told, and what a plain form gets."""

import re
from typing import Any

import pytest

from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf

PAGE = "/practice/basics/code-1"
STOPPED = "Stopped. It counts nothing."


@pytest.fixture
def address(candidate: Person, library: Shelf) -> str:
    """Where the candidate's code for one question is sent to; nobody judges it, and a second one is too many."""
    candidate.app.config.update(NO_WAITING=True, QUEUE_USER_MOST=1)
    draft = {"answer": {"files": {"app.py": "x = 0"}}, "revision": 0}
    reply = candidate.send_json("PUT", f"{PAGE}/draft", draft)
    assert reply.json is not None
    return str(reply.json["submissions_url"])


def sending(number: int) -> dict[str, Any]:
    return {"scope": "full", "files": {"app.py": f"x = {number}"}, "key": f"key-{number}"}


def test_scripts_are_told_what_to_do_and_when(candidate: Person, address: str) -> None:
    assert candidate.send_json("POST", address, sending(1)).status_code == 202
    reply = candidate.send_json("POST", address, sending(2))
    assert reply.status_code == 429
    assert reply.json is not None
    assert reply.json["error"]["code"] == "queue_full"
    assert reply.json["error"]["message"] == "1 of your submissions wait already"
    assert "Your code is saved" in reply.json["error"]["what_to_do"]
    assert 1 <= int(reply.headers["Retry-After"]) <= 60


def test_there_is_room_again_once_the_first_is_stopped(candidate: Person, address: str) -> None:
    first = candidate.send_json("POST", address, sending(1)).json
    assert first is not None
    stopped = candidate.send_json("POST", f"/submissions/{first['submission']['id']}/stop", {})
    assert stopped.json is not None
    told = stopped.json["submission"]
    assert (told["verdict"], told["verdict_text"], told["points"]) == ("cancelled", STOPPED, None)
    assert candidate.send_json("POST", address, sending(2)).status_code == 202


def test_a_plain_form_keeps_its_code_when_the_queue_is_full(candidate: Person, address: str) -> None:
    assert candidate.send_json("POST", address, sending(1)).status_code == 202
    form = {"scope": "full", "file:app.py": "typed = 'and kept'"}
    page = candidate.post(f"{PAGE}/answer", form, follow_redirects=True).text
    assert "1 of your submissions wait already. This one was not taken." in page
    assert re.search(r"Send it again in about \d+ s\.", page)
    assert "typed = &#39;and kept&#39;" in page


def test_a_plain_form_stops_what_waits(candidate: Person, address: str) -> None:
    form = {"scope": "full", "file:app.py": "x = 7"}
    page = candidate.post(f"{PAGE}/answer", form, follow_redirects=True).text
    stop = re.search(r'action="(/submissions/\d+/stop)"', page)
    assert stop
    reply = candidate.post(stop[1])
    assert reply.status_code == 303
    page = candidate.get(reply.location).text
    assert STOPPED in page
    assert stop[1] not in page
