"""Mocks that candidates compose."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Attempt, Response
from quizapp.rules import selection
from quizapp.rules.composing import Wishes, compose
from quizapp.rules.selection import Candidate
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice
from tests.quizapp.sittings import Sitting

MINUTES = {"choice": 2, "text": 2, "output": 3, "bug": 4, "order": 3, "code": 15, "tests": 20, "free": 5}


def bank(number: int = 12) -> list[Candidate]:
    """So many questions of each kind, in three topics."""
    topics = ("routing", "templates", "testing")
    return [
        Candidate(f"{kind}-{n}", topics[n % 3], kind, 1 + n % 5, minutes, 5)
        for kind, minutes in MINUTES.items()
        for n in range(number)
    ]


def wish(**changes: Any) -> Wishes:
    return Wishes("basics", **changes)


@pytest.mark.parametrize("minutes", [5, 10, 20, 30, 45, 60, 90, 120, 180])
def test_what_is_drawn_fits_the_minutes_and_can_be_drawn(minutes: int) -> None:
    made = compose(wish(minutes=minutes), bank())
    assert 0.6 * minutes <= made.minutes <= 0.9 * minutes
    sections = made.blueprint("A", "B")["sections"]
    drawn = selection.draw(sections, bank(), frozenset(), 7)
    assert [len(ids) for ids in drawn] == [section["count"] for section in sections]
    assert not any(id_.startswith("free") for ids in drawn for id_ in ids)


def test_half_an_hour_has_something_of_each_part() -> None:
    made = compose(wish(minutes=40), bank())
    assert [part.title for part in made.parts] == ["Concepts", "Read code", "Write code"]
    assert all(part.count for part in made.parts)


def test_wishes_narrow_every_section() -> None:
    made = compose(wish(topics=("testing",), kinds=("choice", "bug"), difficulty=(2, 4)), bank())
    sections = made.blueprint("A", "B")["sections"]
    assert [section["kinds"] for section in sections] == [["choice"], ["bug"]]
    assert all(section["topics"] == ["testing"] for section in sections)
    assert all(section["difficulty"] == [2, 4] for section in sections)


@pytest.mark.parametrize("minutes", [10, 30, 60])
def test_as_many_of_each_difficulty_as_the_bank_has(minutes: int) -> None:
    made = compose(wish(minutes=minutes, difficulty=(2, 4), is_even=True), bank())
    sections = made.blueprint("A", "B")["sections"]
    degrees = {one.id: one.difficulty for one in bank()}
    for part, ids in zip(sections, selection.draw(sections, bank(), frozenset(), 7), strict=True):
        met = [sum(degrees[id_] == degree for id_ in ids) for degree in (2, 3, 4)]
        assert max(met) - min(met) <= 1
        assert part["count"] == len(ids) == sum(part["mix"].values())
    scarce = [one for one in bank() if one.difficulty != 2 or one.id == "choice-1"]
    (only,) = compose(wish(minutes=20, kinds=("choice",), difficulty=(2, 3), is_even=True), scarce).parts
    assert (only.section["mix"]["2"], only.section["mix"]["3"]) == (1, only.count - 1)


def test_what_the_bank_lacks_is_said() -> None:
    made = compose(wish(minutes=10, topics=("routing", "auth")), bank(3))
    assert made.empty_topics == ["auth"]
    notes = {part.title: part.note for part in made.parts}
    assert notes["Concepts"] == "all there are; the next mock asks the same"
    assert notes["Write code"] == "only longer ones fit; ask for more minutes"
    assert compose(wish(minutes=60, kinds=("text",)), bank(3)).is_short


def test_nothing_that_fits_draws_nothing() -> None:
    made = compose(wish(topics=("auth",)), bank())
    assert (made.count, made.minutes) == (0, 0)
    assert {part.note for part in made.parts} == {"nothing fits your choice"}


def test_code_alone_may_take_nearly_all_of_the_time() -> None:
    assert compose(wish(minutes=20, kinds=("code",)), bank()).count == 1
    assert compose(wish(minutes=20), bank()).parts[2].count == 0


WISHES = {"bank": "basics", "minutes": "30", "topic": ["routing"], "kind": ["choice", "text"]}


@pytest.fixture
def composed(candidate: Person, library: Shelf) -> Sitting:
    """A composed mock that runs."""
    reply = candidate.post("/compose/start", {**WISHES, "consent": "1"})
    assert reply.status_code == 303, reply.text
    return Sitting(candidate, int(reply.location.rsplit("/", 1)[1]))


def test_the_preview_shows_what_there_is_and_starts_nothing(candidate: Person, library: Shelf) -> None:
    page = candidate.get("/compose", query_string={**WISHES, "topic": ["routing", "auth"]}).text
    assert "Rules and start" in page
    assert "Nothing fits for" in page
    assert "Sign-in and rights" in page
    lobby = candidate.get("/compose/lobby", query_string=WISHES).text
    assert "Own mock, Bank basics: Routing, 30 min" in lobby
    assert 'name="topic" value="routing"' in lobby
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count(Attempt.id))) == 0


def test_a_composed_mock_draws_what_was_wished(composed: Sitting) -> None:
    attempt = composed.attempt()
    assert attempt.interview_id is None
    assert attempt.consented_at is not None
    assert attempt.blueprint is not None
    assert attempt.blueprint["composed"]["topics"] == ["routing"]
    with composed.person.app.app_context():
        asked = db.session.scalars(
            select(Response.question_id).where(Response.attempt_id == composed.attempt_id)
        ).all()
    assert sorted(asked) == ["choice-1", "choice-3", "text-1"]


def test_an_even_mix_goes_the_whole_way(candidate: Person, library: Shelf) -> None:
    for number in range(3):
        library.question(choice(f"hard-{number}", difficulty=4))
    library.publish(candidate.app)
    wishes = WISHES | {"kind": ["choice"], "even": "1"}
    page = candidate.get("/compose", query_string=wishes).text
    assert 'name="even" value="1" autocomplete="off" checked' in page
    assert " at difficulty 2, " in page, "the preview says how many of each difficulty"
    lobby = candidate.get("/compose/lobby", query_string=wishes).text
    assert 'name="even" value="1"' in lobby
    assert "as many questions of each" in lobby
    reply = candidate.post("/compose/start", {**wishes, "consent": "1"})
    sitting = Sitting(candidate, int(reply.location.rsplit("/", 1)[1]))
    sitting.hand_in()
    assert "even=1" in candidate.get(f"{sitting.path}/report").text, "another one like it is as even"


def test_without_consent_the_lobby_comes_back_with_the_wishes(candidate: Person, library: Shelf) -> None:
    page = candidate.post("/compose/start", WISHES, follow_redirects=True).text
    assert "Tick that you know what is recorded" in page
    assert "Own mock, Bank basics: Routing, 30 min" in page


def test_one_composed_mock_runs_at_a_time(composed: Sitting) -> None:
    other = {"bank": "basics", "minutes": "20", "kind": ["code"]}
    page = composed.person.get("/compose/lobby", query_string=other).text
    assert "Of the mocks you compose one runs at a time" in page
    reply = composed.person.post("/compose/start", {**other, "consent": "1"})
    assert reply.location.endswith(composed.path)


def test_history_and_report_name_it(composed: Sitting) -> None:
    composed.answer_all()
    composed.hand_in()
    title = "Own mock, Bank basics: Routing, 30 min"
    assert title in composed.person.get("/history").text
    report = composed.person.get(f"{composed.path}/report").text
    assert title in report
    assert "Composed by yourself, number 1" in report
    assert "/compose/lobby?bank=basics&amp;minutes=30&amp;topic=routing" in report


def test_a_shared_one_is_named_for_managers(composed: Sitting, manager: Person) -> None:
    composed.hand_in()
    composed.person.post(f"{composed.path}/share", {"shared": "1"})
    assert "Own mock, Bank basics" in manager.get("/manage").text
    assert "Composed by the candidate" in manager.get(f"/manage/mocks/{composed.attempt_id}").text


@pytest.mark.parametrize("bank_id", ["secret", "_try_out", "no-such"])
def test_only_public_banks_are_drawn_from(bank_id: str, candidate: Person, library: Shelf) -> None:
    wishes = {"bank": bank_id, "minutes": "30"}
    for page in ("/compose", "/compose/lobby"):
        assert candidate.get(page, query_string=wishes).status_code == 404
    assert candidate.post("/compose/start", {**wishes, "consent": "1"}).status_code == 404


def test_what_nobody_can_mean_is_put_right(candidate: Person, library: Shelf) -> None:
    odd = {"minutes": "-3", "least": "5", "most": "1", "topic": ["<b>", "routing"], "kind": ["free"]}
    page = candidate.get("/compose", query_string=odd)
    assert page.status_code == 200
    assert "&lt;b&gt;" not in page.text
    assert candidate.get("/compose", query_string={"minutes": "9" * 400}).status_code == 200


def test_wishes_that_nothing_fits_have_no_lobby(candidate: Person, library: Shelf) -> None:
    nothing = {"bank": "basics", "minutes": "30", "topic": ["auth"]}
    assert "Nothing can be drawn" in candidate.get("/compose", query_string=nothing).text
    assert candidate.get("/compose/lobby", query_string=nothing).status_code == 404
