"""Drawing from several banks, the order of questions, one question at a time, and what an invitation brings along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Interview,
    InterviewVersion,
    Invitation,
    Team,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import selection, stages
from quizapp.rules.selection import Candidate
from quizapp.services import attempts, drawing, regrades, retakes
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice

SECTION: dict[str, Any] = {"title": "Any", "count": 1}


def blueprint(*sections: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"title": "Backend", "bank": "basics", "minutes": 30, "sections": list(sections), **changes}


@pytest.mark.parametrize(
    ("sections", "named", "each"),
    [
        ([{}], ("basics",), [["basics"]]),
        ([{"banks": ["secret"]}], ("secret",), [["secret"]]),
        ([{"banks": ["secret"]}, {}], ("basics", "secret"), [["secret"], ["basics"]]),
        (
            [{"banks": ["secret", "basics"]}, {"banks": ["secret"]}],
            ("secret", "basics"),
            [["secret", "basics"], ["secret"]],
        ),
        ([{"banks": []}], ("basics",), [["basics"]]),
    ],
)
def test_a_section_draws_from_its_banks_or_from_the_blueprints(sections, named, each):
    whole = blueprint(*(SECTION | section for section in sections))
    assert selection.banks(whole) == named
    assert [section["banks"] for section in selection.settled(whole)] == each


def test_a_section_admits_questions_of_its_banks_only():
    ours, theirs = (Candidate("a", "api", "code", 1, bank=bank) for bank in ("ours", "theirs"))
    assert selection.admits({"banks": ["ours"]}, ours)
    assert not selection.admits({"banks": ["ours"]}, theirs)
    assert selection.admits({}, theirs), "a section without banks takes what it is given"


def test_questions_open_one_at_a_time_become_sections_with_barriers():
    told = [
        {"title": "Warm up", "count": 2},
        {"title": "Quick ones", "count": 2, "open": "one", "own_minutes": 3},
        {"title": "Alone", "count": 1, "open": "one"},
        {"title": "At the end", "count": 1},
    ]
    wide, ids = stages.spread(told, [["a", "b"], ["c", "d"], ["e"], ["f"]])
    assert ids == [["a", "b"], ["c"], ["d"], ["e"], ["f"]]
    assert [section["title"] for section in wide] == [
        "Warm up", "Quick ones, 1 of 2", "Quick ones, 2 of 2", "Alone", "At the end"
    ]  # fmt: skip
    assert [stage.sections for stage in stages.stages({"sections": wide})] == [(0,), (1,), (2,), (3,), (4,)]
    assert [stage.minutes for stage in stages.stages({"sections": wide})] == [None, 3, 3, None, None]
    assert "barrier" not in told[0], "what was given stays as it was"
    assert [(one.title, one.sections) for one in stages.asked(wide)] == [
        ("Warm up", (0,)), ("Quick ones", (1, 2)), ("Alone", (3,)), ("At the end", (4,))
    ]  # fmt: skip
    assert [one["title"] for one in stages.as_sat({"sections": told})["sections"]] == [
        one["title"] for one in wide
    ]


@pytest.fixture
def version(app: Flask, library: Shelf) -> int:
    """A published interview: two hiring questions one at a time, then two of the public bank from easy to hard."""
    library.question(choice("hired-2"), bank="secret")
    for number, difficulty in ((1, 4), (2, 1)):
        library.question(choice(f"graded-{number}", difficulty=difficulty, topic="api"))
    library.publish(app)
    whole = blueprint(
        {"title": "Ours", "banks": ["secret"], "count": 2, "open": "one"},
        {"title": "Known", "topics": ["api"], "count": 2, "barrier": False},
        shuffle=False,
        attempts=2,
        cool_down=24,
    )
    with app.app_context():
        now = database_now()
        interview = Interview(
            id="backend", bank_id="basics", kind="hiring", title="Backend", blueprint=whole, created_at=now
        )
        interview.team = Team(name="Backend", created_at=now)
        made = InterviewVersion(
            interview=interview, number=1, title="Backend", blueprint=whole, created_at=now
        )
        db.session.add(made)
        db.session.commit()
        return made.id


def invitation(version_id: int, **changes: Any) -> Invitation:
    made = Invitation(
        interview_id="backend",
        version_id=version_id,
        email="cara@example.org",
        created_at=database_now(),
        **changes,
    )
    db.session.add(made)
    db.session.commit()
    return made


def start(person: Person, invited: Invitation) -> Attempt:
    user = db.session.get_one(User, person.id)
    attempt = drawing.new_attempt(user, drawing.plan_of(invited.version), invited)
    db.session.commit()
    return attempt


def test_an_attempt_by_invitation_is_drawn_from_the_version(app, candidate, version):
    with app.app_context():
        closes = database_now() + timedelta(hours=2)
        attempt = start(candidate, invitation(version, closes_at=closes, extra_share=0.25))
        assert attempt.kind is AttemptKind.HIRING
        assert (attempt.interview_id, attempt.interview_version_id) == ("backend", version)
        assert attempt.window_end == closes
        assert attempt.extra_share == 0.25
        assert {one.question_id for one in attempt.responses[:2]} == {"hired", "hired-2"}
        assert [one.question_id for one in attempt.responses[2:]] == ["graded-2", "graded-1"], (
            "the easiest first"
        )
        assert [one.section for one in attempt.responses] == [0, 1, 2, 2]
        assert [one.section for one in attempt.passes] == [0]


def test_what_a_person_met_is_drawn_last_and_a_try_is_not_met(app, candidate, library):
    whole = blueprint({"title": "One", "kinds": ["choice"], "count": 1})
    with app.app_context():
        user = db.session.get_one(User, candidate.id)
        trial = drawing.new_attempt(user, drawing.Plan("basics", whole, None, AttemptKind.TRIAL))
        met = {one.question_id for one in trial.responses}
        db.session.commit()
        assert drawing._seen(user) == set()
        seen = set()
        for _ in range(4):
            attempt = drawing.new_attempt(user, drawing.Plan("basics", whole))
            attempt.finished_at = attempt.started_at
            db.session.commit()
            seen |= {one.question_id for one in attempt.responses}
        assert seen == {f"choice-{number}" for number in range(1, 5)} >= met


def test_the_same_address_sits_an_interview_as_often_as_its_blueprint_says(app, candidate, version):
    with app.app_context():
        first = start(candidate, invitation(version))
        second = invitation(version)
        first.finished_at = database_now()
        db.session.commit()
        with pytest.raises(Conflict, match="You can sit this again from"):
            start(candidate, second)
        first.finished_at -= timedelta(hours=25)
        first.started_at -= timedelta(hours=26)
        db.session.commit()
        assert retakes.problem_of(second, second.version.blueprint) == ""
        again = start(candidate, second)
        again.finished_at = database_now() - timedelta(hours=25)
        db.session.commit()
        with pytest.raises(Conflict, match="2 of 2 times"):
            start(candidate, invitation(version))
        other = invitation(version)
        other.email = "omar@example.org"
        assert retakes.problem_of(other, other.version.blueprint) == ""


def test_a_mock_says_how_often_it_can_be_sat(app, candidate, library):
    library.blueprint(attempts=1)
    library.publish(app)
    assert "It can be sat once" in candidate.get("/interviews/first-round").text
    reply = candidate.post("/interviews/first-round/start", {"consent": "1"})
    candidate.post(f"{reply.location}/finish")
    assert "You have sat it 1 of 1 times." in candidate.get("/interviews/first-round").text
    assert candidate.post("/interviews/first-round/start", {"consent": "1"}).status_code == 409


def test_a_trial_is_in_no_history_and_no_regrade(app, candidate, library):
    whole = blueprint({"title": "One", "kinds": ["choice"], "count": 1})
    with app.app_context():
        user = db.session.get_one(User, candidate.id)
        trial = drawing.new_attempt(user, drawing.Plan("basics", whole, None, AttemptKind.TRIAL))
        trial.finished_at = trial.started_at
        db.session.commit()
        assert attempts.own(trial.id, user) is trial
        assert attempts.of_user(user) == []
        question = trial.responses[0].question
    library.question(choice(question.id, topic=question.topic, prompt="Which one is right now?"))
    library.publish(app)
    with app.app_context():
        assert regrades._finished(db.session.merge(question)) == []


def test_a_sync_leaves_interviews_alone_that_people_made(app, library, version):
    library.publish(app)
    with app.app_context():
        assert db.session.get_one(Interview, "backend").is_open
        assert db.session.get_one(Interview, "first-round").is_open


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sections": [{"title": "A", "banks": ["secret"], "count": 1}]}, "hiring-in-mock"),
        (
            {"sections": [{"title": "A", "banks": ["secret"], "count": 2}], "interview": "hiring"},
            "too-few-questions",
        ),
        ({"sections": [{"title": "A", "banks": ["nowhere"], "count": 1}]}, "unknown-bank"),
        ({"sections": [{"title": "A", "count": 3, "open": "one", "own_minutes": 1}]}, "too-little-time"),
    ],
)
def test_a_file_that_names_banks_is_checked(app, shelf, changes, code):
    shelf.blueprint(**changes)
    assert code in {finding.code for finding in shelf.publish(app).findings}
