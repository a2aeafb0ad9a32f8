"""Links to reports: they show what they say, to whoever has one, for as long as they work, and change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import AuditEntry, Role, ShareLink
from quizapp.services import share_links
from tests.quizapp.hirings import OWNER, REVIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting


@pytest.fixture
def hiring(app: Flask, library: Shelf, manager: Person) -> Hiring:
    return hire(app, {OWNER: manager})


@pytest.fixture
def sat(hiring: Hiring, candidate: Person) -> Sitting:
    return hiring.sat(candidate, code=1)


def share(person: Person, sitting: Sitting, **form: str) -> str:
    """Make a link and give its path."""
    page = f"/manage/attempts/{sitting.attempt_id}/share"
    reply = person.post(page, {"depth": "score", "days": "14", **form})
    assert reply.status_code == 303, reply.text
    found = re.search(r'value="http://localhost(/shared/[^"]+)"', person.get(page).text)
    assert found
    return found[1]


def link_of(app: Flask) -> ShareLink:
    with app.app_context():
        return db.session.scalars(select(ShareLink)).one()


def test_a_score_link_shows_the_score_and_no_answer(app: Flask, sat: Sitting, manager: Person) -> None:
    reply = app.test_client().get(share(manager, sat, note="The board"))
    assert reply.status_code == 200
    for shown in ("Ines Okafor", "of 44 points", "Line to pass", "Concepts", "Write code"):
        assert shown in reply.text, shown
    for private in ("Their answer", "Title of", sat.person.email, "The board", "/manage/", "Comment"):
        assert private not in reply.text, private


def test_a_full_link_shows_the_answers_and_nothing_of_the_reviewers(
    app: Flask, sat: Sitting, manager: Person
) -> None:
    manager.post(f"/manage/attempts/{sat.attempt_id}/comments", {"text": "Canary of comments"})
    form = {"choice": "advance", "reason": "Canary of reasons", "revision": "0"}
    manager.post(f"/manage/attempts/{sat.attempt_id}/decision", form)
    page = app.test_client().get(share(manager, sat, depth="full")).text
    for shown in ("Their answer", "Title of", "Worked answer"):
        assert shown in page, shown
    for private in ("Canary", "canary_of_hidden_tests():", sat.person.email, "/manage/", "/practice/"):
        assert private not in page, private


def test_no_search_engine_keeps_it_and_no_other_site_learns_its_address(
    app: Flask, sat: Sitting, manager: Person
) -> None:
    reply = app.test_client().get(share(manager, sat))
    assert "noindex" in reply.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, nofollow">' in reply.text
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cache-Control"] == "no-store"


def test_opening_it_writes_nothing_and_is_counted(app: Flask, sat: Sitting, manager: Person) -> None:
    address = share(manager, sat)
    page = f"/manage/attempts/{sat.attempt_id}/share"
    assert "opened 0 times" in manager.get(page).text
    for _ in range(3):
        app.test_client().get(address)
    app.test_client().head(address)
    assert link_of(app).openings == 0
    assert "opened 3 times" in manager.get(page).text
    with app.app_context():
        assert share_links.keep_counts() == 1
        assert share_links.keep_counts() == 0
    assert link_of(app).openings == 3
    assert link_of(app).opened_at is not None
    app.test_client().get(address)
    assert "opened 4 times" in manager.get(page).text


def test_a_revoked_link_is_gone_for_ever(app: Flask, sat: Sitting, manager: Person) -> None:
    address = share(manager, sat)
    assert manager.post(f"/manage/share-links/{link_of(app).id}/revoke").status_code == 303
    assert app.test_client().get(address).status_code == 410
    page = manager.get(f"/manage/attempts/{sat.attempt_id}/share").text
    assert "revoked" in page
    assert "/shared/" not in page
    with app.app_context():
        new = share_links.token(db.session.scalars(select(ShareLink)).one())
        actions = list(
            db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("share")))
        )
    assert app.test_client().get(f"/shared/{new}").status_code == 404, "the next generation is no link yet"
    assert actions == ["share_link.made", "share_link.revoked"]


def test_an_expired_link_is_gone(app: Flask, sat: Sitting, manager: Person) -> None:
    address = share(manager, sat, days="1")
    with app.app_context():
        db.session.scalars(select(ShareLink)).one().expires_at -= timedelta(days=1, seconds=5)
        db.session.commit()
    assert app.test_client().get(address).status_code == 410
    assert "expired" in manager.get(f"/manage/attempts/{sat.attempt_id}/share").text


def test_a_link_that_was_changed_is_none(app: Flask, sat: Sitting, manager: Person) -> None:
    token = share(manager, sat).rsplit("/", 1)[1]
    number, _, code = token.partition(".")
    for changed in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        f"9{token}",
        number,
        f"{token}A",
        f"{number}.{code.swapcase()}",
        "x.y",
        "99999999999999999999.abc",
        "\N{ARABIC-INDIC DIGIT ONE}.abc",
    ):
        assert app.test_client().get(f"/shared/{changed}").status_code == 404, changed
    assert app.test_client().get(f"/shared/{token}").status_code == 200


def test_what_does_not_fit_makes_no_link(sat: Sitting, manager: Person) -> None:
    page = f"/manage/attempts/{sat.attempt_id}/share"
    for form in (
        {"depth": "all"},
        {"days": "0"},
        {"days": "91"},
        {"days": "two"},
        {"depth": ""},
        {"days": ""},
    ):
        assert manager.post(page, {"depth": "score", "days": "3", **form}).status_code == 422
    assert "/shared/" not in manager.get(page).text


def test_only_owners_make_see_and_revoke_links(
    app: Flask, hiring: Hiring, sat: Sitting, manager: Person, make_person: Callable[..., Person]
) -> None:
    share(manager, sat)
    reviewer = make_person(Role.MANAGER, name="Rea Viewer")
    hiring.give(reviewer, REVIEWER)
    page = f"/manage/attempts/{sat.attempt_id}/share"
    assert reviewer.get(page).status_code == 403
    assert reviewer.post(page, {"depth": "full", "days": "3"}).status_code == 403
    assert reviewer.post(f"/manage/share-links/{link_of(app).id}/revoke").status_code == 403
    assert make_person(Role.MANAGER).post(f"/manage/share-links/{link_of(app).id}/revoke").status_code == 404
    assert link_of(app).revoked_at is None
