"""Numbers that no row can have, in addresses, forms and settings: an answer in words, never a fault."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from flask import Flask

from quizapp.config import ConfigurationError
from tests.quizapp.hirings import OWNER, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start

HUGE = str(2**70)
ENDLESS = "9" * 5000  # more digits than Python reads


def cursor(*keys: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([0, *keys, False]).encode()).decode().rstrip("=")


@pytest.mark.parametrize("number", [HUGE, ENDLESS, "-1"])
def test_a_candidates_pages_take_them_for_none(candidate: Person, library: Shelf, number: str) -> None:
    sitting = start(candidate)
    assert candidate.get(f"/practice/basics/code-1?sent={number}").status_code == 200
    form = {"options": "1", "revision": number, "goto": number}
    assert candidate.post(f"{sitting.path}/save?q=1", form).status_code == 303
    assert sitting.response("choice").answer == {"options": [1]}


@pytest.mark.parametrize("number", [HUGE, ENDLESS, "-1"])
def test_a_managers_pages_do_too(
    app: Flask, candidate: Person, manager: Person, library: Shelf, number: str
) -> None:
    hiring = hire(app, {OWNER: manager})
    sitting, at = hiring.sat(candidate), f"/manage/interviews/{hiring.interview_id}"
    pages = (
        f"{at}/scores?reviewer={number}",
        f"{at}/invitations?older_than={number}",
        f"/manage?page={number}",
        f"/manage/attempts/{sitting.attempt_id}/answers/{sitting.response('code').id}/run?run={number}",
    )
    assert [manager.get(page).status_code for page in pages] == [200] * len(pages)
    assert manager.get(f"{at}/compare?attempt={number}&attempt={number}").status_code == 422
    assert manager.post(f"{at}/edit", {"revision": number, "do": "save"}).status_code in (409, 422)
    comment = {"text": "Fine.", "response": number}
    assert manager.post(f"/manage/attempts/{sitting.attempt_id}/comments", comment).status_code == 303
    share = {"email": candidate.email, "percent": number}
    assert manager.post("/manage/extra-time", share).status_code == 422


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        *(("-score", keys) for keys in ((50.0, 2**70), (50.0, -1), (10**400, 1))),
        ("-ended", ("0001-01-01T00:00:00+14:00", 1)),
        ("name", ("\0", 1)),
        ("name", ("\ud800", 1)),
    ],
)
def test_a_place_in_the_score_table_that_cannot_be_is_its_beginning(
    app: Flask, candidate: Person, manager: Person, library: Shelf, order: str, keys: tuple[object, ...]
) -> None:
    hiring = hire(app, {OWNER: manager})
    hiring.sat(candidate)
    page = manager.get(f"/manage/interviews/{hiring.interview_id}/scores?order={order}&at={cursor(*keys)}")
    assert page.status_code == 200
    assert "Ines Okafor" in page.text


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "QUEUE_USER_MOST", "RETENTION_DAYS"])
@pytest.mark.parametrize("number", ["two", "-1", ENDLESS])
def test_a_setting_that_is_no_number_is_named(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, name: str, number: str
) -> None:
    monkeypatch.setenv(f"QUIZAPP_{name}", number)
    with pytest.raises(ConfigurationError, match=f"QUIZAPP_{name}"):
        make_app()
