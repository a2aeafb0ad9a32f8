"""The score table: who is in it, in which order, found by what, and that no page reads all of it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, text, update

from bench import crowd
from quizapp.extensions import db
from quizapp.models import (
    FINAL,
    Attempt,
    AttemptScore,
    Choice,
    Interview,
    InterviewMember,
    InterviewRole,
    Invitation,
    Review,
    Role,
    Team,
    User,
)
from quizapp.services import score_streams, score_summary, score_table
from quizapp.services.score_table import Filters, Row
from tests.quizapp.people import Person

pytestmark = pytest.mark.usefixtures("both_stores")

COUNT = 260
SCORES = "/manage/interviews/backend/scores"


@pytest.fixture
def filled(app: Flask, manager: Person) -> Flask:
    """A hiring interview with many candidates, which the manager sees, and another team's."""
    with app.app_context():
        number = crowd.team(manager.id)
        crowd.interview("backend", number, 1, COUNT)
        other = Team(name="Others", created_at=crowd.NOW)
        db.session.add(other)
        db.session.commit()
        crowd.interview("data", other.id, 2, 20)
        crowd.settle()
    return app


@pytest.fixture
def backend(filled: Flask) -> Iterator[Interview]:
    with filled.app_context():
        yield db.session.get_one(Interview, "backend")


def whole(interview: Interview, size: int = 17, **filters: Any) -> list[Row]:
    return [row for rows in score_table.walk(interview, Filters(**filters), size) for row in rows]


def keys(rows: list[Row]) -> list[int]:
    return [row.invitation.id for row in rows]


def test_everybody_is_in_it_once_and_who_has_not_ended_comes_last(backend: Interview) -> None:
    rows = whole(backend)
    assert len(rows) == len(set(keys(rows))) == COUNT
    ended = [row.has_ended for row in rows]
    assert ended == sorted(ended, reverse=True)
    percents = [row.score.percent for row in rows if row.has_ended and row.score]
    assert percents == sorted(percents, reverse=True)
    assert {row.state for row in rows} == {"final", "waiting", "running", "opened", "invited", "expired"}
    assert {row.invitation.interview_id for row in rows} == {"backend"}


def test_every_order_has_everybody_and_turns_round(backend: Interview) -> None:
    def key(row: Row, order: str) -> Any:
        if "name" in order:
            return row.invitation.name
        score = row.score
        assert score is not None
        return {"score": score.percent, "ended": score.ended_at, "time": score.seconds_used}[
            order.lstrip("-")
        ]

    everybody = sorted(keys(whole(backend)))
    for order in score_streams.ORDERS:
        rows = whole(backend, order=order)
        assert sorted(keys(rows)) == everybody, order
        told = [key(row, order) for row in rows if "name" in order or row.has_ended]
        assert told == sorted(told, reverse=order.startswith("-")), order


def test_the_way_back_shows_the_same_pages(backend: Interview) -> None:
    for order in ("-score", "name", "-ended"):
        filters = Filters(order=order)
        pages, place = [], ""
        while True:
            found = score_table.page(backend, filters, place, 60)
            pages.append(found)
            place = found.behind
            if not place:
                break
        assert [len(page.rows) for page in pages] == [60, 60, 60, 60, 20]
        assert pages[0].before == ""
        for earlier, later in reversed(list(pairwise(pages))):
            back = score_table.page(backend, filters, later.before, 60)
            assert keys(back.rows) == keys(earlier.rows)
            assert (back.before == "") == (earlier is pages[0])
            assert back.behind
        assert [len(set(keys(page.rows)) & set(keys(pages[0].rows))) for page in pages] == [60, 0, 0, 0, 0]


def test_who_comes_in_meanwhile_moves_nothing(backend: Interview) -> None:
    first = score_table.page(backend, Filters(), "", 20)
    second = keys(score_table.page(backend, Filters(), first.behind, 20).rows)
    best = first.rows[0].score
    assert best is not None
    others = select(AttemptScore.attempt_id).where(AttemptScore.percent < 20).limit(5)
    db.session.execute(
        update(AttemptScore).where(AttemptScore.attempt_id.in_(others)).values(percent=best.percent + 0.1)
    )
    assert keys(score_table.page(backend, Filters(), first.behind, 20).rows) == second


def test_a_place_that_is_none_gives_the_first_page(backend: Interview) -> None:
    first = keys(whole(backend)[:5])
    for place in (
        "x",
        "%%%",
        "W10",
        "WzAsImEiLDEsZmFsc2Vd",
        "WzksMSwyLGZhbHNlXQ",
        "WzAsbnVsbCwxLGZhbHNlXQ",
        "9" * 9999,
    ):
        assert keys(score_table.page(backend, Filters(), place, 5).rows) == first, place
        assert len(score_table.page(backend, Filters(order="-ended"), place, 5).rows) == 5, place


def test_filters_take_out_what_does_not_fit(backend: Interview) -> None:
    rows = whole(backend)

    def expected(fits: Callable[[Row], bool]) -> list[int]:
        return [row.invitation.id for row in rows if fits(row)]

    def in_state(state: str) -> Callable[[Row], bool]:
        return lambda row: row.state == state

    for state in ("final", "waiting", "running", "opened", "invited", "expired", "declined", "grading"):
        assert keys(whole(backend, state=state)) == expected(in_state(state)), state
    assert keys(whole(backend, score_from=60, score_to=70)) == expected(
        lambda row: row.has_ended and row.score is not None and 60 <= row.score.percent <= 70
    )
    assert keys(whole(backend, decision="none")) == expected(lambda row: row.has_ended and not row.decision)
    assert keys(whole(backend, decision="hold")) == expected(lambda row: row.decision is Choice.HOLD)
    day = date(2026, 5, 1)
    assert keys(whole(backend, since=day, until=day)) == expected(lambda row: row.has_ended)
    assert keys(whole(backend, since=day + timedelta(days=1))) == []
    assert keys(whole(backend, text="PRIYA")) == expected(lambda row: "Priya" in row.invitation.name)
    assert keys(whole(backend, text="ra pri")) == expected(
        lambda row: "pri" in row.invitation.email and "ra" in row.invitation.email
    )
    assert keys(whole(backend, text="100%")) == []
    assert sorted(keys(whole(backend, text="tan", state="final", order="name"))) == sorted(
        expected(lambda row: "tan" in row.invitation.email and row.state == "final")
    )
    assert sorted(keys(whole(backend, state="running", order="name"))) == sorted(
        expected(lambda row: row.state == "running")
    )


def test_the_reviewer_is_shown_and_found(admin: Person, backend: Interview) -> None:
    decided = db.session.scalars(select(Review.attempt_id).order_by(Review.attempt_id).limit(3)).all()
    number = db.session.scalars(select(User.id).where(User.email == admin.email)).one()
    db.session.execute(update(Review).where(Review.attempt_id.in_(decided)).values(decided_by_id=number))
    assert (number, "Ada Lindqvist") in [tuple(one) for one in score_table.reviewers(backend)]
    found = whole(backend, reviewer_id=number)
    assert sorted(row.attempt.id for row in found if row.attempt) == sorted(decided)
    assert {row.decided_by.name for row in found if row.decided_by} == {"Ada Lindqvist"}


def test_states_before_the_start(backend: Interview) -> None:
    invited = next(row.invitation for row in whole(backend) if row.state == "invited")
    now = datetime.now(UTC)
    for name, state in (
        ("opened_at", "opened"),
        ("closes_at", "expired"),
        ("declined_at", "declined"),
        ("revoked_at", "revoked"),
    ):
        setattr(db.session.get_one(Invitation, invited.id), name, now - timedelta(days=1))
        db.session.commit()
        (row,) = [row for row in whole(backend) if row.invitation.id == invited.id]
        assert row.state == state
        assert invited.id in keys(whole(backend, state=state))
        assert row.attempt is None


# --- what the database does for it ----------------------------------------------------------------------


def plan_of(statement: Any) -> str:
    """How the database would find the rows."""
    written = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(
        str(tuple(row)) for row in db.session.execute(text(f"{explain} {written}".replace(":", r"\:")))
    )


def is_full_scan(plan: str) -> bool:
    """Whether a table is read from end to end, or sorted, to give one page."""
    return bool(re.search(r"Seq Scan|\bSort\b|SCAN (?!.*USING)|USE TEMP B-TREE FOR ORDER BY", plan))


def test_no_order_needs_a_full_scan_or_a_sort(app: Flask, manager: Person) -> None:
    """With enough rows that a database which could use an index will."""
    with app.app_context():
        number = crowd.team(manager.id)
        for index, count in enumerate((1500, 1500, 1500), 1):
            crowd.interview(f"interview-{index}", number, index, count)
        crowd.settle()
        for order in score_streams.ORDERS:
            plans = []
            for stream in score_streams.streams("interview-2", order, ended=[], others=[]):
                order_by = [key.desc() if stream.is_falling else key.asc() for key in stream.keys]
                plans.append(plan_of(stream.rows.order_by(*order_by).limit(51)))
            assert plans, order
            for plan in plans:
                assert not is_full_scan(plan), (order, plan)
                assert re.search(r"ix_attempt_scores_|ix_invitations_(name|unended)", plan), (order, plan)


def test_a_page_asks_as_many_questions_for_many_as_for_few(filled: Flask, manager: Person) -> None:
    counts: list[int] = []
    with filled.app_context():
        engine = db.engine

    def counted(path: str) -> int:
        counts.append(0)
        reply = manager.get(path)
        assert reply.status_code == 200
        return counts[-1]

    def note(*_: Any) -> None:
        if counts:
            counts[-1] += 1

    event.listen(engine, "before_cursor_execute", note)
    try:
        few, many = counted(f"{SCORES}?q=priya+raman"), counted(SCORES)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert many <= few + 1
    assert many < 25


# --- the page -------------------------------------------------------------------------------------------


def names(page: str) -> list[str]:
    return re.findall(r'aria-label="Choose ([^"]+)"', page)


def test_the_page_shows_sorts_filters_and_leads_on(filled: Flask, manager: Person) -> None:
    page = manager.get(SCORES).text
    assert "Backend engineer 260" in page
    assert f"of {COUNT}" in page
    assert 'aria-sort="descending"' in page
    assert len(names(page)) == score_table.PAGE_SIZE
    behind = re.search(r'rel="next" href="([^"]+)"', page)
    assert behind is not None
    second = manager.get(behind[1].replace("&amp;", "&")).text
    assert 'rel="prev"' in second
    assert set(names(second)) != set(names(page))
    found = manager.get(f"{SCORES}?q=kofi&state=final&from=10&to=99.5&since=2026-05-01&order=name").text
    assert names(found)
    assert all("Kofi" in name for name in names(found))
    assert "No candidate fits" in manager.get(f"{SCORES}?q=nobody+at+all").text


def test_columns_are_chosen_and_kept_from_page_to_page(filled: Flask, manager: Person) -> None:
    page = manager.get(f"{SCORES}?column=score&column=state&column=nonsense").text
    body = page.split("<thead", 1)[1]
    assert ">State</th>" in body
    assert ">Decision</th>" not in body
    assert "column=score&amp;column=state" in body
    assert "nonsense" not in body


def test_odd_parameters_are_left_out(filled: Flask, manager: Person) -> None:
    query = "state=x&decision=y&from=nan&to=-3&since=2026-99-99&until=0001-01-01&reviewer=1e9&order=users&at=%20&q=%20"
    assert len(names(manager.get(f"{SCORES}?{query}").text)) == score_table.PAGE_SIZE
    reply = manager.get(f"{SCORES}?_external=1&_scheme=https&_anchor=x&order=name")
    assert "https:" not in reply.text.split("<thead", 1)[1].split("</thead>", 1)[0]


def asked(person: Person, method: str, part: str) -> int:
    """How a page of an interview, or a button on it, answers."""
    act = person.post if method == "POST" else person.get
    return act(f"/manage/interviews/{part}").status_code


def test_only_who_sees_the_interview_sees_its_table(
    filled: Flask, manager: Person, admin: Person, make_person: Callable[..., Person]
) -> None:
    stranger, author = make_person(Role.MANAGER), make_person(Role.AUTHOR)
    for part in (
        "scores",
        "scores.csv",
        "scores.xlsx",
        "statistics",
        "compare?attempt=1000001&attempt=1000002",
    ):
        how = "POST" if part.startswith("scores.") else "GET"
        assert asked(manager, how, f"data/{part}") == 404, part
        assert asked(stranger, how, f"backend/{part}") == 404, part
        assert asked(author, how, f"backend/{part}") == 403, part
    assert admin.get("/manage/interviews/data/scores").status_code == 200


def test_a_blind_interview_tells_no_name_before_the_decision(filled: Flask, manager: Person) -> None:
    with filled.app_context():
        db.session.execute(update(Interview).values(is_blind=True))
        db.session.commit()
        interview = db.session.get_one(Interview, "backend")
        rows = whole(interview)
        assert len(set(keys(rows))) == COUNT
        numbers = [row.attempt.id if row.attempt else 0 for row in rows if not row.has_ended]
        assert numbers[0]
        assert numbers == sorted(numbers, reverse=True), (
            "the order of invitations would tell whose attempts they are"
        )
        hidden = [row for row in rows if row.decision not in FINAL]
        assert any(row.decision is Choice.HOLD for row in hidden)
        assert hidden
        for row in hidden:
            number = row.attempt.id if row.attempt else None
            assert row.shown.name == (f"Candidate {number}" if number else "Candidate, not started")
            assert row.shown.email == ""
        assert keys(whole(interview, order="name")) == keys(rows), "the order of names would tell them"
        sought = hidden[0].invitation.name.split()[0]
        assert all(row.decision in FINAL for row in whole(interview, text=sought))
    page = manager.get(f"{SCORES}?decision=none").text.replace("<wbr>", "")
    assert "Candidate 1" in page
    assert not re.search("|".join(crowd.FIRST), page)
    assert "@example.org" not in page
    assert "order=name" not in page


def test_the_figures_above_are_those_of_the_rows(backend: Interview) -> None:
    rows, summary = whole(backend), score_summary.of("backend")
    final = sorted(row.score.percent for row in rows if row.state == "final" and row.score)
    assert (summary.candidates, summary.ended, summary.running, summary.to_rate) == (
        COUNT,
        sum(row.has_ended for row in rows),
        sum(row.state == "running" for row in rows),
        sum(row.state == "waiting" for row in rows),
    )
    middle = (final[(len(final) - 1) // 2] + final[len(final) // 2]) / 2
    assert summary.median_percent == pytest.approx(middle, abs=0.051)
    assert (summary.final, summary.scores, summary.as_of) == (len(final), [], None)
    assert summary.bars[6] == sum(60 <= one < 70 for one in final)


def test_few_scores_are_drawn_one_by_one_and_none_at_all_is_said(
    filled: Flask, manager: Person, admin: Person
) -> None:
    assert "<circle" in admin.get("/manage/interviews/data/scores").text
    with filled.app_context():
        crowd.interview("empty", db.session.scalars(select(Team.id).where(Team.name == "Crowd")).one(), 3, 0)
    assert "Nobody is invited yet" in manager.get("/manage/interviews/empty/scores").text


def test_large_interviews_are_counted_once_a_minute(
    backend: Interview, monkeypatch: pytest.MonkeyPatch, manager: Person
) -> None:
    monkeypatch.setattr(score_summary, "SMALL", 100)
    first = score_summary.of("backend")
    assert first.as_of is not None
    db.session.execute(update(AttemptScore).values(percent=1.0))
    assert score_summary.of("backend") == first
    assert "The figures above are of" in manager.get(SCORES).text


def test_a_cursor_comes_back_as_it_was_written() -> None:
    chance = random.Random(3)
    for _ in range(200):
        keys_ = (
            chance.choice([chance.random() * 100, "näme", "2026-05-01T09:00:00+00:00"]),
            chance.randrange(9**9),
        )
        place = score_streams.Cursor(chance.randrange(2), keys_, chance.random() < 0.5)
        assert score_streams.cursor(place.written()) == place


def role_of(app: Flask, person: Person, role: InterviewRole) -> None:
    with app.app_context():
        given = InterviewMember(interview_id="backend", user_id=person.id, role=role, given_at=crowd.NOW)
        db.session.merge(given)
        db.session.commit()


def test_answers_are_taken_along_by_reviewers_only(filled: Flask, manager: Person) -> None:
    assert "with all answers" not in manager.get(SCORES).text
    assert manager.post(f"{SCORES}.csv").status_code == 200
    assert manager.post(f"{SCORES}.csv?answers=1").status_code == 403
    role_of(filled, manager, InterviewRole.REVIEWER)
    assert "with all answers" in manager.get(SCORES).text
    assert manager.post(f"{SCORES}.csv?answers=1").status_code == 200


def test_a_deleted_person_leaves_no_row_behind(filled: Flask) -> None:
    with filled.app_context():
        attempt = db.session.scalars(select(Attempt).limit(1)).one()
        number = attempt.id
        db.session.execute(text("DELETE FROM users WHERE id = :id"), {"id": attempt.user_id})
        db.session.commit()
        assert db.session.get(AttemptScore, number) is None
        assert db.session.get(User, number) is None
