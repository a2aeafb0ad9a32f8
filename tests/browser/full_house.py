"""A site with everything that its pages can show: verdicts of each kind, long names, full lists, what failed and what waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench import crowd
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Branch,
    Export,
    PublicLink,
    Role,
    SimilarPair,
    Submission,
    SubmissionState,
    User,
)
from quizapp.receipt import database_now
from quizapp.services import (
    accommodations,
    accounts,
    alarms,
    blueprints,
    crediting,
    link_keys,
    matching,
    publishing,
    responses,
    scores,
)
from tests.browser import own_site
from tests.browser.shelf import question
from tests.quizapp import shelf as files
from tests.quizapp import similarity_set
from tests.quizapp.hiring_site import TYPED
from tests.quizapp.hirings import OWNER, REVIEWER, Hiring, hire
from tests.quizapp.invitations_desk import Guest, set_columns, stored, token_of
from tests.quizapp.pages_recorded import RecordingPage
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, Sitting, start
from tests.quizapp.test_score_export import copies

STAFF = {
    "manager": ("mara@example.org", "Mara Haugen", Role.MANAGER),
    "reviewer": ("anders@example.org", "Anders Lindqvist", Role.MANAGER),
    "author": ("alex@example.org", "Alex Nakamura", Role.AUTHOR),
    "admin": ("ada@example.org", "Ada Lindqvist", Role.ADMIN),
    "newcomer": ("noa@example.org", "Noa Berg", Role.CANDIDATE),
    "new manager": ("nils@example.org", "Nils Berg", Role.MANAGER),
}
LONG = "Maria-Theresia Konstantinopoulou de la Fuente y Hohenberg"
# Everybody who sat the team's interview, and what became of their code; the last two sit it now.
CANDIDATES = {
    LONG: "wrong_answer",
    "Kofi Mensah": "accepted",
    "Hanna Virtanen": "syntax_error",
    "Diego Ferreyra": "runtime_error",
    "Noor el Amrani": "time_limit",
    "Wei-Ling Tan": "memory_limit",
    "Jonas Weidner": "output_limit",
    "Ama Boateng": "internal_error",
    "Lucas Moreau": "",
}
SECTIONS = [
    {"title": "Concepts and words", "kinds": ["choice"], "count": 3, "points": 20},
    {"title": "A word", "kinds": ["text"], "count": 1, "points": 10},
    {"title": "Read", "kinds": ["output"], "count": 1, "points": 10},
    {"title": "Find", "kinds": ["bug"], "count": 1, "points": 10},
    {"title": "Put in order", "kinds": ["order"], "count": 1, "points": 10},
    {"title": "Write code, with tests that nobody has seen", "kinds": ["code"], "count": 1, "points": 30},
    {"title": "Explain", "kinds": ["free"], "count": 1, "points": 10},
]
EXERCISE = next(one for one in similarity_set.exercises() if one.name == "bookings")
TESTS: list[dict[str, Any]] = [
    {"name": "test_hidden.py::test_one_booking_after_the_other", "status": "passed"},
    {
        "name": "test_hidden.py::test_an_overlap_is_refused_however_small_it_is_and_wherever_it_lies",
        "status": "failed",
        "message": "book(60, 90) overlaps book(80, 120), and should be refused",
    },
    {
        "name": "test_hidden.py::test_a_gap_at_the_end",
        "status": "error",
        "message": "free() should give [(60, 120)]",
        "error": {"type": "IndexError", "message": "list index out of range", "file": "app.py", "line": 6},
    },
]
FAULT = {"type": "SyntaxError", "message": "expected ':'", "file": "app.py", "line": 4}


def outcome(verdict: str) -> dict[str, Any]:
    """What a worker stores with a verdict."""
    told: dict[str, Any] = {"status": "finished", "expected_tests": len(TESTS), "wall_seconds": 0.31}
    if verdict == "accepted":
        return told | {"tests": [{**test, "status": "passed", "message": ""} for test in TESTS]}
    if verdict == "syntax_error":
        return told | {"tests": [], "error": FAULT}
    if verdict in ("internal_error", "memory_limit", "output_limit"):
        return told | {"tests": [], "detail": "What happened, in a sentence."}
    return told | {"tests": TESTS}


@dataclass
class House:
    """The application, who is there, and what addresses lead to."""

    app: Flask
    shelf: Shelf
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def clients(self) -> dict[str, FlaskClient]:
        """Everybody's browser."""
        guests = {name: self.ids[name].client for name in ("guest", "second")}
        return guests | {name: person.client for name, person in self.people.items()}

    def person(self, email: str, name: str = "", role: Role = Role.CANDIDATE) -> Person:
        """Somebody with an account, signed in."""
        if name:
            with self.app.app_context():
                accounts.register(email, name, PASSWORD, role, action="user.created")
        person = Person(self.app, self.app.test_client(), email)
        assert person.sign_in().status_code == 302
        return person

    def judge(self, verdict: str, share: float) -> None:
        """Give what waits this verdict, as a worker does."""
        with self.app.app_context():
            waiting = select(Submission).where(Submission.state != SubmissionState.DONE)
            for submission in db.session.scalars(waiting.order_by(Submission.id)).all():
                submission.state, submission.verdict, submission.share = SubmissionState.DONE, verdict, share
                submission.finished_at, submission.outcome = database_now(), outcome(verdict)
                db.session.flush()
                responses.settle(submission.response)
                scores.refresh(submission.response.attempt)
            db.session.commit()


@contextmanager
def built(folder: Path, redis_url: str) -> Iterator[House]:
    """The site, on SQLite in this folder."""
    settings = {"RETENTION_DAYS": 400, "RETENTION": "anonymise", "NO_WAITING": True}
    with own_site.application(folder, redis_url, STAFF.values(), **settings) as app:
        house = House(app, Shelf(folder / "questions"))
        fill(house.shelf)
        house.shelf.publish(app)
        house.people = {name: house.person(email) for name, (email, _, _) in STAFF.items()}
        for furnish in (practised, hired, reviewed, edited, invited, running, mocked, operated):
            furnish(house)
        yield house


def fill(shelf: Shelf) -> None:
    """Questions of every kind, most of them the repository's own."""
    shelf.fill()
    for name in (
        "redirect-after-post", "inside-the-session", "query-string-values", "a-request-passes",
        "tests-for-a-slug", "why-a-post-redirects", "rule-endpoint-view",
    ):  # fmt: skip
        made = {**question(name), "covers": ["rm-routing"]}
        del made["bank"]
        shelf.question(made)
    shelf.blueprint(sections=[one for one in SECTIONS if one["title"] != "Explain"])
    shelf.blueprint(
        id="two-parts",
        title="Two parts, the first of which is left for good",
        sections=[
            {"title": "In your own words", "kinds": ["free", "text"], "count": 2, "barrier": True},
            {"title": "Then", "kinds": ["choice"], "count": 1, "own_minutes": 5},
        ],
    )
    shelf.remove(files.code("code-2"))
    shelf.question(files.bug("bug-1"))
    shelf.question(files.code("code-1", files={"app.py": EXERCISE.given}, title="Bookings of a room"))


def practised(house: House) -> None:
    """Somebody has practised, and reported an error, which was settled, and another, which was not."""
    person = house.people["candidate"] = house.person("ines@example.org", "Ines Okafor")
    for name, option in (("choice-1", "1"), ("choice-2", "0"), ("choice-3", "1")):
        person.post(f"/practice/basics/{name}/answer", {"options": option})
    person.post("/practice/basics/text-1/answer", {"text": "redirect"})
    for words in ("`flask.url_for` is right as well: " + "it is the same function. " * 12, "A typing error."):
        person.post("/practice/basics/text-1/error-reports", {"text": words, "with_answer": "1"})
    house.people["author"].post("/author/questions/text-1/reports/1", {"note": "You are right, mended."})
    house.ids |= {"bank_id": "basics", "question_id": "text-1"}


def hired(house: House) -> None:
    """A team's interview that people sat: each verdict once, a pair of similar answers, a recording."""
    manager, reviewer = house.people["manager"], house.people["reviewer"]
    sections = [{"topics": "any", "difficulty": [1, 5], **one} for one in SECTIONS]
    hiring = hire(house.app, {OWNER: manager, REVIEWER: reviewer}, blueprint={"sections": sections})
    sources = [*EXERCISE.independent.values(), *EXERCISE.copies.values()]
    for number, (name, verdict) in enumerate(CANDIDATES.items()):
        person = house.person(f"candidate{number}@example.org", name)
        sitting = hiring.start(person, is_recorded=number == 0)
        sitting.answer_all(right=number % 2 == 1)
        if number == 0:
            record(sitting)
        if verdict:
            source = sources[number % len(sources)] if number else sources[0]
            sitting.save(
                "code", {"files": {"app.py": EXERCISE.copies["copy renamed"] if number == 1 else source}}
            )
        sitting.let_pass(minutes=17 + number)
        sitting.hand_in()
        if verdict != "internal_error":
            house.judge(verdict or "wrong_answer", {"accepted": 1.0, "wrong_answer": 1 / 3}.get(verdict, 0.0))
        if number == 0:
            code = sitting.response("code")
            house.ids |= {"attempt_id": sitting.attempt_id, "response_id": code.id, "sat": sitting}
            house.people["sitter"] = person
            house.ids["free_id"] = sitting.response("free").id
        else:
            house.ids.setdefault("others", []).append(sitting.attempt_id)
        house.ids["last"] = sitting
    with house.app.app_context():
        matching.compare_waiting()
        house.ids["pair_id"] = db.session.scalars(select(SimilarPair.id)).first()
        house.ids["sat_ids"] = [one.attempt_id for one in (house.ids["sat"], house.ids["last"])]
        copies(house.ids["last"], 34)
        db.session.commit()
    house.ids |= {"interview_id": hiring.interview_id, "team_id": hiring.team_id, "hiring": hiring}


def record(sitting: Sitting) -> None:
    """What its code page recorded: typing, a paste, a while away."""
    page = RecordingPage(sitting.person, sitting.response("code").id, age=60_000)
    typed = "# first thoughts\n"
    entries: list[list[Any]] = [[0, "o", ["app.py"], {}]]
    entries += [[200 + 20 * at, 0, at, 0, letter] for at, letter in enumerate(typed)]
    entries += [[9000, "a", 20, "hidden"], [14_000, 0, len(typed), 0, "import bisect\n" * 12]]
    reply = page.send(*entries)
    assert reply.status_code == 200, reply.text


def reviewed(house: House) -> None:
    """What reviewers wrote about one candidate, points they gave, a decision, links, exports, a try."""
    manager, reviewer, sitting = house.people["manager"], house.people["reviewer"], house.ids["sat"]
    at = f"/manage/attempts/{sitting.attempt_id}"
    answers = f"{at}/answers/{house.ids['free_id']}"

    def seen(address: str) -> str:
        found = re.search(rf'action="{address}(?:#[^"]*)?">(.*?)</form>', manager.get(at).text, re.DOTALL)
        assert found, address
        told = re.search(r'name="seen" value="([^"]*)"', found[1])
        assert told
        return told[1]

    given = {f"criterion-{number}": "0.5" for number in range(4)} | {"comment": "Says what, not why."}
    reply = manager.post(f"{answers}/rating", {"seen": seen(f"{answers}/rating"), **given})
    assert reply.status_code == 303, reply.text
    text = f"{at}/answers/{sitting.response('text').id}/points"
    manager.post(text, {"seen": seen(text), "points": "1", "reason": "Right in substance."})
    reviewer.post(
        f"{at}/comments", {"text": "@Mara Haugen, on the **whole** good:\n\n- reads well\n- no tests"}
    )
    reviewer.post(f"{at}/comments", {"text": "Look at line six.", "response": str(house.ids["response_id"])})
    manager.post(f"{at}/recommendation", {"choice": "hold", "reason": "Two more answers to see."})
    reviewer.post(f"{at}/recommendation", {"choice": "advance", "reason": "Clear words."})
    manager.post(f"{at}/decision", {"choice": "hold", "reason": "Not enough yet.", "revision": "0"})
    manager.post(f"{at}/decision", {"choice": "advance", "reason": "Both of us agree.", "revision": "1"})
    for depth, note in (("full", "The board, and whoever it asks for advice"), ("score", "")):
        manager.post(f"{at}/share", {"depth": depth, "days": "14", "note": note})
    house.ids["shared"] = re.findall(
        r'value="http://localhost(/shared/[^"]+)"', manager.get(f"{at}/share").text
    )
    sitting.person.post(f"/attempts/{sitting.attempt_id}/events", {"text": "From my own notes."})
    with house.app.app_context():
        now = database_now()
        asked = db.session.scalars(select(User.id).where(User.email == manager.email)).one()
        common = {"interview_id": house.ids["interview_id"], "asked_by_id": asked, "asked_at": now}
        later = now + timedelta(days=1)
        db.session.add_all(
            [
                Export(**common, form="csv", with_answers=False, filters={"text": "maria"}, total=9, done=4),
                Export(**common, form="xlsx", with_answers=True, filters={}, total=9, done=9, made_at=now, size=81_234,
                       expires_at=later),
                Export(**common, form="csv", with_answers=True, filters={}, failed_at=now, problem="The disk is full",
                       expires_at=later),
            ]
        )  # fmt: skip
        db.session.commit()


def edited(house: House) -> None:
    """An interview made in the browser, published twice, and its draft in which much is wrong; one that is empty; a crowd's."""
    with house.app.app_context():
        manager, admin = (accounts.by_email(STAFF[name][0]) for name in ("manager", "admin"))
        made = blueprints.create(
            manager, "Backend engineer for the platform team, second round", house.ids["team_id"]
        )
        blueprints.save(manager, made.id, TYPED, 0)
        publishing.publish(manager, made.id, 1, "The first one.")
        blueprints.save(manager, made.id, replace(TYPED, minutes="60", ending="We **call** you."), 1)
        publishing.publish(manager, made.id, 2, "More time, because nobody came to the last section in time.")
        short = replace(TYPED.sections[0], count="90")
        blueprints.save(
            manager, made.id, replace(TYPED, minutes="50", sections=(short, *TYPED.sections[1:])), 2
        )
        house.ids["edited"] = made.id
        house.ids["empty"] = blueprints.create(manager, "Nobody was invited yet", house.ids["team_id"]).id
        crowd.interview("many", crowd.team(manager.id, admin.id), 9, 160)
    house.people["manager"].post(f"/manage/interviews/{house.ids['edited']}/tries", {"of": "version"})


def invited(house: House) -> None:
    """Invitations in each state, a public link, and somebody on their way in."""
    manager, at = house.people["manager"], f"/manage/interviews/{house.ids['interview_id']}/invitations"
    people = "\n".join(
        f"{name}@example.org, {called}"
        for name, called in {
            "waits": LONG, "opened": "Sara Nikolaou", "declined": "Mateusz Wójcik", "revoked": "Priya Raman",
            "over": "", "guest": "Ama Serwaa", "second": "Bo Lund", "fresh": "Bea Ito",
        }.items()
    )  # fmt: skip
    form = {
        "closes": "2099-03-20T18:00",
        "time_zone": "Europe/Berlin",
        "extra": "25",
        "message": "We **look forward**.",
    }
    reply = manager.post(at, {"people": people, **form})
    assert reply.status_code == 303, reply.text
    made = {name: stored(house.app, f"{name}@example.org") for name in
            ("waits", "opened", "declined", "revoked", "over", "guest", "second", "fresh")}  # fmt: skip
    token = {name: token_of(house.app, one) for name, one in made.items()}
    Guest(house.app, token["opened"]).open()
    declining = Guest(house.app, token["declined"])
    declining.open()
    declining.post("/invitation/decline")
    manager.post(f"{at}/{made['revoked'].id}/revoke")
    set_columns(house.app, made["over"], closes_at=made["over"].created_at - timedelta(days=1))
    for name in ("guest", "second"):
        guest = Guest(house.app, token[name])
        assert guest.accept().status_code == 303
        house.ids[name] = guest
    second = house.ids["second"].start(made["second"])
    house.ids |= {"guest_invitation": made["guest"].id, "guest_attempt": second, "token": token}
    house.ids["invitation_id"] = made["waits"].id
    manager.post(f"{at}/public-link", {"places": "20", "open": "1", "message": "Welcome, **all** of you."})
    with house.app.app_context():
        house.ids["public"] = link_keys.public_token(
            db.session.get_one(PublicLink, house.ids["interview_id"])
        )


def running(house: House) -> None:
    """Two who sit the interview now, one of whom was given time, and for whom another version is kept."""
    hiring: Hiring = house.ids["hiring"]
    for number, name in enumerate(("Olga Ivanova", LONG + " junior")):
        person = house.person(f"running{number}@example.org", name)
        sitting = hiring.start(person)
        sitting.save("text", {"text": "url"})
        with house.app.app_context():
            crediting.give(
                sitting.attempt_id, 330, "the fire alarm rang and everybody had to leave the building"
            )
        house.people[f"running {number}"], house.ids[f"running {number}"] = person, sitting
    person, sitting = house.people["running 0"], house.ids["running 0"]
    conflict = sitting.save("text", {"text": "redirect"})
    assert conflict.status_code == 409, conflict.text
    house.ids["branched"] = sitting.response("text").id
    with house.app.app_context():
        assert db.session.scalars(select(Branch)).first()
        accommodations.give(person.email, "25", actor=None)


def mocked(house: House) -> None:
    """A mock that was shared, after whose end a question was corrected: answers are regraded; a second one runs."""
    person = house.people["candidate"]
    first = start(person, recorded=True)
    first.answer_all(right=False)
    record(first)
    response = first.response("text")
    path = f"/responses/{response.id}/draft"
    person.send_json("PUT", path, {"answer": {"text": "flask.url_for"}, "revision": response.revision})
    first.save("code", CHANGED)
    first.let_pass(minutes=12)
    first.hand_in()
    house.judge("wrong_answer", 0.5)
    person.post(f"/attempts/{first.attempt_id}/share", {"shared": "1"})
    house.ids |= {"mock": first, "mock_code": first.response("code").id}
    house.shelf.question(files.text("text-1", accept=["url_for", "flask.url_for"], near_misses=[]))
    house.shelf.publish(house.app)
    author = house.people["author"]
    reply = author.post("/regrades", {"question": "text-1"})
    assert reply.status_code == 303, reply.text
    house.ids["regrade_id"] = int(reply.location.rsplit("/", 1)[1])
    house.ids["parts_running"] = start(house.people["running 1"], "two-parts", recorded=True)
    parts = start(person, "two-parts")
    parts.save(
        "free", {"text": "Because a reload would send the form again.\n\nAnd so on, " + "at length. " * 40}
    )
    parts.hand_in()
    person.post(f"/attempts/{parts.attempt_id}/share", {"shared": "1"})
    house.ids["reading"] = parts.response("free").id


def operated(house: House) -> None:
    """What an operator looks at: what is due, alarms, and a submission on which the sandbox failed; and a link to a new password."""
    made = house.people["admin"].post(f"/admin/users/{house.people['newcomer'].id}/reset-link").text
    found = re.search(r"http://localhost(/reset/[^\"<]+)", made)
    assert found
    house.ids["reset"] = found[1]
    with house.app.app_context():
        number = db.session.scalars(select(func.min(Submission.id))).one()
        for one in db.session.scalars(select(Attempt).where(Attempt.kind == AttemptKind.HIRING).limit(3)):
            one.finished_at = database_now() - timedelta(days=500)
        submission = db.session.get_one(Submission, number)
        submission.state, submission.verdict, submission.share = SubmissionState.DONE, "internal_error", 0.0
        submission.finished_at = database_now()
        submission.outcome = {"detail": "The sandbox went away twice.", "tests": [], "is_quarantined": True}
        db.session.commit()
        alarms.raise_alarm(
            "sandbox", "The engine is away: it did not answer within 10 seconds, three times in a row."
        )
        alarms.raise_alarm("quarantined", "Look at it.", alarms.of_submission(number))
        house.ids["submission_id"] = number
