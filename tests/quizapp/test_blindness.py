"""Blind review: one rule says who is hidden, for one attempt, for many, and in searches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Choice, Interview, Review
from quizapp.rules import blindness
from quizapp.services import identities
from tests.quizapp.hirings import hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf


@pytest.mark.parametrize(
    ("is_blind", "is_decided", "hides"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_names_are_hidden_in_blind_mode_until_the_decision(
    is_blind: bool, is_decided: bool, hides: bool
) -> None:
    assert blindness.hides(is_blind=is_blind, is_decided=is_decided) is hides


def test_a_pseudonym_tells_nothing_and_is_always_the_same() -> None:
    hidden = blindness.shown("Ines Okafor", "ines@example.org", 17, is_hidden=True)
    assert hidden == blindness.Shown("Candidate 17", "", is_hidden=True)
    assert hidden == blindness.shown("Bo", "bo@example.org", 17, is_hidden=True)
    assert blindness.shown("Ines Okafor", "i@example.org", 17, is_hidden=False).name == "Ines Okafor"
    assert blindness.pseudonym(None) == "Candidate, not started"


def test_the_candidates_of_many_attempts_at_once(
    app: Flask, library: Shelf, make_person: Callable[..., Person]
) -> None:
    open_, blind = hire(app), hire(app, name="blind", is_blind=True)
    people = [make_person(name=name) for name in ("Ada Open", "Bo Hidden", "Cem Decided")]
    shown = open_.start(people[0])
    hidden, decided = blind.start(people[1]), blind.start(people[2])
    with app.app_context():
        db.session.add(
            Review(attempt_id=hidden.attempt_id, revision=1, decision=Choice.HOLD, reason="Later.")
        )
        db.session.add(
            Review(attempt_id=decided.attempt_id, revision=1, decision=Choice.REJECT, reason="Not yet.")
        )
        db.session.commit()
        found = identities.of_many(db.session.scalars(select(Attempt)))
        assert {id_: one.name for id_, one in found.items()} == {
            shown.attempt_id: "Ada Open",
            hidden.attempt_id: f"Candidate {hidden.attempt_id}",
            decided.attempt_id: "Cem Decided",
        }
        assert found[hidden.attempt_id].email == ""
        assert identities.of(db.session.get_one(Attempt, hidden.attempt_id)).is_hidden
        known = select(Attempt.id).join(Interview).where(identities.is_known())
        assert set(db.session.scalars(known)) == {shown.attempt_id, decided.attempt_id}


def test_a_guest_has_the_address_that_was_invited(
    app: Flask, library: Shelf, make_person: Callable[..., Person]
) -> None:
    sitting = hire(app).start(make_person(name="Dana Petrova"))
    with app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        assert attempt.invitation is not None
        attempt.user.is_guest, attempt.invitation.email = True, "dana@example.com"
        db.session.flush()
        assert identities.of(attempt).email == "dana@example.com"
        attempt.user.is_guest = False
        db.session.flush()
        assert identities.of(attempt).email == attempt.user.email
