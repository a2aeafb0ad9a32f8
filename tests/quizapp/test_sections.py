"""Interviews whose sections have barriers and clocks of their own."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Branch, Response, ResponseState, SectionPass
from quizapp.services import crediting, expiry, reports
from quizapp.services.sections import PartTime
from tests.quizapp.hirings import OWNER, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, Sitting, judge, start

SECTIONS = [
    {"title": "Concepts", "kinds": ["choice"], "count": 3, "own_minutes": 10},
    {"title": "Read code", "kinds": ["output", "order", "text"], "count": 3, "barrier": True},
    {"title": "Write code", "kinds": ["code"], "count": 1, "points": 20},
]


@pytest.fixture
def sitting(candidate: Person, library: Shelf) -> Sitting:
    library.blueprint(sections=SECTIONS)
    library.publish(candidate.app)
    return start(candidate)


def passes(sitting: Sitting) -> list[SectionPass]:
    with sitting.person.app.app_context():
        wanted = select(SectionPass).where(SectionPass.attempt_id == sitting.attempt_id)
        return list(db.session.scalars(wanted.order_by(SectionPass.section)))


def go_on(sitting: Sitting, number: int) -> int:
    return sitting.person.post(f"{sitting.path}/part", {"part": str(number)}).status_code


def late(sitting: Sitting) -> list[bool]:
    with sitting.person.app.app_context():
        return list(db.session.scalars(select(Branch.is_late)))


def test_the_lobby_says_what_barriers_and_clocks_mean(candidate: Person, library: Shelf) -> None:
    page = candidate.get("/interviews/first-round").text
    assert "Leaving a part is final" not in page
    assert "no way back after it" not in page
    library.blueprint(sections=SECTIONS)
    library.publish(candidate.app)
    page = candidate.get("/interviews/first-round").text
    assert "Leaving a part is final" in page
    assert "its own clock, which begins when you enter it" in page
    assert "10 min</span>" in page
    assert page.count("no way back after it") == 2
    assert "7 questions, 3 sections" in page


def test_when_sections_are_entered_and_left_is_stored(sitting: Sitting) -> None:
    (first,) = passes(sitting)
    assert (first.section, first.entered_at, first.left_at) == (0, sitting.attempt().started_at, None)
    assert go_on(sitting, 0) == 303
    first, second = passes(sitting)
    assert first.left_at is not None
    assert second.entered_at >= first.left_at
    assert go_on(sitting, 1) == 303
    sitting.hand_in()
    assert [one.left_at is not None for one in passes(sitting)] == [True] * 3


def test_going_on_twice_skips_nothing(sitting: Sitting) -> None:
    assert go_on(sitting, 0) == 303
    assert go_on(sitting, 0) == 303
    assert [one.section for one in passes(sitting)] == [0, 1]
    assert go_on(sitting, 5) == 303
    assert [one.section for one in passes(sitting)] == [0, 1]


def test_only_the_part_that_was_entered_is_shown(sitting: Sitting) -> None:
    page = sitting.person.get(f"{sitting.path}?q=5").text
    assert "Part 1 of 3: Concepts" in page
    assert "<title>Question 1 of 7" in page
    assert page.count('class="shut"') == 4
    titles = [sitting.response(kind).content["title"] for kind in ("text", "order", "output", "code")]
    finish = sitting.person.get(f"{sitting.path}/finish").text
    assert not any(title in page + finish for title in titles), "what comes later is not told"
    assert "2 parts were not begun" in finish
    go_on(sitting, 0)
    page = sitting.person.get(f"{sitting.path}?q=1").text
    assert "Part 2 of 3: Read code" in page
    assert "<title>Question 4 of 7" in page


def test_the_last_question_of_a_part_leads_to_its_barrier_which_asks(sitting: Sitting) -> None:
    assert "Finish this part…" not in sitting.person.get(f"{sitting.path}?q=2").text
    assert "Finish this part…" in sitting.person.get(f"{sitting.path}?q=3").text
    reply = sitting.person.post(f"{sitting.path}/save?q=3", {"options": "1", "revision": "0", "goto": "part"})
    assert reply.location == f"{sitting.path}/part"
    page = sitting.person.get(reply.location).text
    assert "2 questions of 3 are not answered. There is no way back into this part." in page
    assert "Begin part 2" in page
    assert "what is left of the interview" in page
    assert len(passes(sitting)) == 1, "asking leaves nothing"


def test_what_is_saved_in_a_part_that_was_left_is_kept_as_late_and_not_graded(sitting: Sitting) -> None:
    sitting.save("choice", {"options": [0]})
    go_on(sitting, 0)
    reply = sitting.save("choice", {"options": [1]}, revision=1)
    assert reply.status_code == 409
    assert "This part is over" in reply.text
    assert sitting.response("choice").answer == {"options": [0]}
    assert late(sitting) == [True]
    page = sitting.person.post(
        f"{sitting.path}/save?q=2", {"options": "1", "revision": "0"}, follow_redirects=True
    )
    assert "That part was over when this arrived" in page.text
    assert sitting.person.post(f"{sitting.path}/flag?q=1", {"flagged": "1"}).status_code == 409
    sitting.hand_in()
    assert sitting.response("choice").points == 0
    assert "late edit" in sitting.person.get(f"{sitting.path}/report").text


def test_what_was_not_entered_takes_neither_saves_nor_code(sitting: Sitting) -> None:
    assert sitting.save("text", {"text": "url_for"}).status_code == 409
    assert sitting.response("text").answer is None
    path = f"/responses/{sitting.response('code').id}/submissions"
    body = {"scope": "full", "files": CHANGED["files"], "key": "early"}
    assert sitting.person.send_json("POST", path, body).status_code == 409
    assert late(sitting) == [True, True], "and both are kept"


def test_no_page_beside_tells_what_was_not_entered(sitting: Sitting) -> None:
    code = sitting.response("code")
    versions, reports_of = (f"/responses/{code.id}/{name}" for name in ("versions", "error-reports"))
    person = sitting.person
    assert person.get(versions).status_code == 404
    assert person.post(reports_of, {"text": "What is this?"}).status_code == 404
    assert code.content["title"] not in person.get("/error-reports").text
    wrong = {"files": {"guessed.py": ""}}
    sent = {"scope": "full", "key": "a", **wrong}
    refused = [
        sitting.save("code", wrong),
        person.send_json("POST", f"/responses/{code.id}/submissions", sent),
    ]
    assert [reply.status_code for reply in refused] == [404, 404]
    assert "app.py" not in str([reply.text for reply in refused])
    go_on(sitting, 0)
    go_on(sitting, 1)
    assert sitting.save("code", wrong).status_code == 422
    assert code.content["title"] in person.get(versions).text
    assert person.post(reports_of, {"text": "What is this?"}).status_code == 303
    assert code.content["title"] in person.get("/error-reports").text


def test_code_that_is_sent_for_a_part_that_was_left_is_kept_as_late_and_not_graded(
    candidate: Person, library: Shelf
) -> None:
    library.blueprint(sections=[SECTIONS[2] | {"barrier": True}, SECTIONS[0]])
    library.publish(candidate.app)
    sitting = start(candidate)
    path = f"/responses/{sitting.response('code').id}/submissions"
    assert go_on(sitting, 0) == 303
    for key, scope in (("late", "full"), ("run", "sample")):
        body = {"scope": scope, "files": CHANGED["files"], "key": key}
        assert sitting.person.send_json("POST", path, body).status_code == 409
    assert late(sitting) == [True]
    sitting.hand_in()
    assert judge(candidate, "accepted", 1.0) == 0
    assert sitting.response("code").points == 0


def test_the_time_of_a_part_ends_it_and_not_the_interview(sitting: Sitting) -> None:
    sitting.person.app.config["GRACE_SECONDS"] = 120
    sitting.let_pass(minutes=10, seconds=1)
    assert sitting.save("choice", {"options": [1]}).status_code == 200
    sitting.let_pass(minutes=2, seconds=7)  # past the grace
    assert sitting.save("choice", {"options": [0]}, revision=1).status_code == 409
    assert sitting.person.get(sitting.path).location == f"{sitting.path}/part"
    page = sitting.person.get(f"{sitting.path}/part").text
    assert "The time of this part is over" in page
    assert "Begin part 2" in page
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert (told["is_closed"], told["part"]["is_closed"], told["part"]["is_last"]) == (False, True, False)
    assert go_on(sitting, 0) == 303
    first, second = passes(sitting)
    assert first.left_at is not None
    assert (first.left_at - first.entered_at).total_seconds() == 600, (
        "its time, however late somebody went on"
    )
    assert second.entered_at > first.left_at
    assert "Part 2 of 3" in sitting.person.get(sitting.path).text


def test_the_clock_of_a_part_knows_extra_time_and_credits_given_in_it(sitting: Sitting) -> None:
    with sitting.person.app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        attempt.extra_share = 0.5
        attempt.passes[0].credit_seconds = attempt.credit_seconds = 60
        db.session.commit()
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert 900 < told["part"]["remaining_seconds"] <= 960
    assert told["part"]["total_seconds"] == 960
    assert 2700 < told["remaining_seconds"] <= 2760
    assert go_on(sitting, 0) == 303
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert told["part"]["remaining_seconds"] == told["remaining_seconds"], "no clock of its own"


def test_pages_beside_the_player_tell_the_time_of_the_part_where_it_ends_first(sitting: Sitting) -> None:
    def told(path: str) -> tuple[int, bool]:
        found = re.search(
            r'data-seconds-left="(\d+)".*?data-in-part( hidden)?', sitting.person.get(path).text
        )
        assert found, path
        return int(found[1]), found[2] is None

    pages = ("/", f"{sitting.path}/finish", f"{sitting.path}/part")
    for path in pages:
        seconds, is_of_part = told(path)
        assert (540 < seconds <= 600, is_of_part) == (True, True), path
    sitting.let_pass(minutes=11)  # that part is over: what is left is the interview's
    for path in pages[:2]:
        seconds, is_of_part = told(path)
        assert (1080 < seconds <= 1140, is_of_part) == (True, False), path


def test_a_part_never_outlives_its_interview(sitting: Sitting) -> None:
    sitting.let_pass(minutes=31)
    assert sitting.person.get(sitting.path).location == f"{sitting.path}/report"
    assert sitting.person.post(f"{sitting.path}/part", {"part": "0"}).status_code == 409
    assert len(passes(sitting)) == 1


def test_code_of_a_part_that_was_left_is_graded_at_the_end(sitting: Sitting, library: Shelf) -> None:
    sitting.hand_in()
    library.blueprint(sections=[SECTIONS[2] | {"own_minutes": 15}, SECTIONS[0]])
    library.publish(sitting.person.app)
    again = start(sitting.person)
    assert again.save("code", CHANGED).status_code == 200
    assert go_on(again, 0) == 303
    again.let_pass(minutes=11)
    assert again.person.get(again.path).location == f"{again.path}/part"
    assert again.person.get(f"{again.path}/part").location == f"{again.path}/finish"
    page = again.person.get(f"{again.path}/finish").text
    assert "Your time is over" in page
    again.hand_in()
    judge(again.person, "accepted", 1.0)
    assert again.response("code").points == 20


def test_handing_in_from_the_first_part_ends_the_interview(sitting: Sitting) -> None:
    sitting.hand_in()
    with sitting.person.app.app_context():
        states = db.session.scalars(
            select(Response.state).where(Response.attempt_id == sitting.attempt_id)
        ).all()
        assert set(states) == {ResponseState.MARKED}
        assert expiry.finish_expired().closed == 0


def test_the_report_says_how_long_each_part_took_and_what_time_was_given(sitting: Sitting) -> None:
    with sitting.person.app.app_context():
        crediting.give(sitting.attempt_id, 90, "fire alarm")
    sitting.let_pass(minutes=4)
    go_on(sitting, 0)
    sitting.let_pass(minutes=3)
    sitting.hand_in()
    with sitting.person.app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        for one, minutes in zip(attempt.passes, (4, 3), strict=True):  # less what this test itself took
            assert one.left_at is not None
            assert one.left_at - one.entered_at >= timedelta(minutes=minutes)
            one.left_at = one.entered_at + timedelta(minutes=minutes)
        db.session.commit()
        report = reports.report(attempt)
    assert [(part.title, part.minutes_used, part.minutes_allowed) for part in report.parts] == [
        ("Concepts", 4, 11.5),
        ("Read code", 3, None),
        ("Write code", None, None),
    ]
    page = sitting.person.get(f"{sitting.path}/report").text
    assert '4 min <span class="faint">of 11.5</span>' in page
    assert "not begun" in page
    assert "1 min 30 s, within the limit above" in page


def test_interviews_without_barriers_store_no_sections(candidate: Person, library: Shelf) -> None:
    plain = start(candidate)
    assert passes(plain) == []
    assert plain.person.get(f"{plain.path}/part").location == f"{plain.path}/finish"
    assert go_on(plain, 0) == 409
    told = plain.person.get(f"{plain.path}/clock").json
    assert told is not None
    assert told["part"] is None


SINGLES = [
    {"title": "Quick ones", "kinds": ["choice"], "count": 3, "open": "one", "own_minutes": 2},
    {"title": "Read code", "kinds": ["output", "order"], "count": 2},
]


def test_a_section_whose_questions_open_one_at_a_time_is_told_as_one(
    app: Flask, library: Shelf, candidate: Person, manager: Person
) -> None:
    library.blueprint(sections=SINGLES)
    library.publish(app)
    lobby = candidate.get("/interviews/first-round").text
    assert "It has 2 parts that come one after the other." in lobby
    assert "In Quick ones the questions are open one at a time" in lobby
    hiring = hire(app, {OWNER: manager}, blueprint={"sections": SINGLES})
    sitting = hiring.start(candidate)
    sitting.let_pass(minutes=1)
    assert go_on(sitting, 0) == 303
    sitting.let_pass(minutes=1)
    sitting.hand_in()
    with app.app_context():
        found = reports.report(db.session.get_one(Attempt, sitting.attempt_id))
        assert [bar.title for bar in found.section_bars] == ["Quick ones", "Read code"]
        assert [bar.total.count for bar in found.section_bars] == [3, 2]
        singles, rest = found.parts
        assert (singles.title, rest) == ("Quick ones", PartTime("Read code", None, None))
        assert singles.minutes_used is not None
        assert 2 <= singles.minutes_used < 3
        assert singles.minutes_allowed == pytest.approx(4, abs=0.2), "of the two that were opened"
    table = f"/manage/interviews/{hiring.interview_id}/scores"
    assert "1 of 3" not in manager.get(table).text
    with manager.post(f"{table}.csv?answers=1") as reply:
        rows = list(
            csv.DictReader(io.StringIO(reply.get_data(as_text=True).removeprefix("\ufeff"), newline=""))
        )
    assert [row["Section"] for row in rows] == ["Quick ones"] * 3 + ["Read code"] * 2
    assert {float(row["Quick ones"]) for row in rows} == {0}
