"""Mock interviews from the lobby to the finish."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Attempt, Branch, Response, ResponseState, Scope, Submission, User
from quizapp.services import attempts, expiry
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice
from tests.quizapp.sittings import CHANGED, Sitting, judge, start


def submissions(sitting: Sitting) -> list[Submission]:
    with sitting.person.app.app_context():
        return list(db.session.scalars(select(Submission).order_by(Submission.id)))


def send(sitting: Sitting, files: dict[str, str], *, key: str) -> None:
    """Put a full submission into the queue as the editor does."""
    path = f"/responses/{sitting.response('code').id}/submissions"
    sitting.person.app.config["NO_WAITING"] = True
    body = {"scope": "full", "files": files, "key": key}
    reply = sitting.person.send_json("POST", path, body)
    assert reply.status_code == 202, reply.text


def test_interviews_are_offered_from_the_shortest_and_home_shows_one_of_each_bank(
    candidate: Person, library: Shelf
) -> None:
    for minutes in (90, 45):
        library.blueprint(id=f"round-{minutes}", title=f"Of {minutes}", minutes=minutes)
    library.publish(candidate.app)
    page = candidate.get("/interviews").text
    places = [page.index(title) for title in ("First round", "Of 45", "Of 90")]
    assert places == sorted(places)
    home = candidate.get("/").text
    assert "First round" in home
    assert "Of 45" not in home
    assert "All 3 mock interviews" in home
    start(candidate).hand_in()
    home = candidate.get("/").text
    assert "/interviews/round-45" in home, "the next one that was not sat yet"
    assert "/interviews/round-90" not in home


def test_the_lobby_says_the_rules_and_starts_nothing(candidate: Person, library: Shelf) -> None:
    assert "First round" in candidate.get("/interviews").text
    page = candidate.get("/interviews/first-round").text
    for told in ("30 min", "7 questions, 3 parts", "60 % of the points", "Start the clock", "last save"):
        assert told in page
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count(Attempt.id))) == 0


def test_starting_draws_by_the_blueprint_and_pins_versions(sitting: Sitting) -> None:
    with sitting.person.app.app_context():
        found = db.session.scalars(
            select(Response).where(Response.attempt_id == sitting.attempt_id).order_by(Response.position)
        ).all()
        kinds = [one.version.content["kind"] for one in found]
        assert [one.position for one in found] == list(range(1, 8))
        assert [one.section for one in found] == [0, 0, 0, 1, 1, 1, 2]
        assert kinds[:3] == ["choice"] * 3
        assert sorted(kinds[3:6]) == ["order", "output", "text"]
        assert found[6].max_points == 20  # the blueprint's, not the question's 10
        assert len({one.question_id for one in found}) == 7


def test_a_second_start_gives_the_running_attempt(sitting: Sitting) -> None:
    assert start(sitting.person).attempt_id == sitting.attempt_id
    assert "Continue" in sitting.person.get("/interviews/first-round").text


def test_a_new_start_after_the_time_ran_out_closes_the_old_one(sitting: Sitting) -> None:
    sitting.let_pass(minutes=31)
    second = start(sitting.person)
    assert second.attempt_id != sitting.attempt_id
    old = sitting.attempt()
    assert old.finished_at == old.started_at + timedelta(minutes=30)


def test_questions_met_before_are_avoided(candidate: Person, library: Shelf) -> None:
    first = start(candidate)
    first.hand_in()
    second = start(candidate)
    with candidate.app.app_context():
        drawn = [
            set(db.session.scalars(select(Response.question_id).where(Response.attempt_id == one.attempt_id)))
            for one in (first, second)
        ]
    choices = [{id_ for id_ in ids if id_.startswith("choice")} for ids in drawn]
    assert choices[0] | choices[1] == {f"choice-{number}" for number in range(1, 5)}
    assert {id_ for id_ in drawn[0] | drawn[1] if id_.startswith("code")} == {"code-1", "code-2"}


def test_a_bank_with_too_few_questions_is_refused_before_the_start(candidate: Person, library: Shelf) -> None:
    for number in (1, 2):
        library.remove(choice(f"choice-{number}", topic="routing" if number % 2 else "templates"))
    library.publish(candidate.app)  # the blueprint no longer loads; the published one stays
    page = candidate.get("/interviews/first-round").text
    assert "It cannot be started now" in page
    assert "Start the clock" not in page
    reply = candidate.post("/interviews/first-round/start", {"consent": "1"})
    assert reply.status_code == 409
    assert "needs 3 questions" in reply.text
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count(Attempt.id))) == 0


def test_interviews_of_hiring_banks_are_not_found(candidate: Person, library: Shelf) -> None:
    library.blueprint(id="hiring-round", bank="secret", sections=[{"title": "All", "count": 1}])
    library.publish(candidate.app)
    assert "hiring-round" not in candidate.get("/interviews").text
    assert candidate.get("/interviews/hiring-round").status_code == 404
    assert candidate.post("/interviews/hiring-round/start").status_code == 404


def test_the_player_shows_the_question_and_nothing_of_its_answer(sitting: Sitting) -> None:
    for position in range(1, 8):
        page = sitting.person.get(f"{sitting.path}?q={position}")
        assert page.status_code == 200
        for secret in ("It is so.", "url_for", "Because the rule", "test_canary", "number * 2", "Multiply"):
            assert secret not in page.text
    assert sitting.person.get(f"{sitting.path}?q=8").status_code == 404
    assert sitting.person.get(f"{sitting.path}?q=-1").status_code == 404


def test_without_a_position_the_first_open_question_is_shown(sitting: Sitting) -> None:
    user_id = sitting.person.id

    def shown() -> int:
        with sitting.person.app.app_context():
            return attempts.sit(db.session.get_one(User, user_id), sitting.attempt_id, None).position

    assert sitting.person.get(sitting.path).status_code == 200
    assert shown() == 1
    sitting.person.post(f"{sitting.path}/save?q=1", {"options": "1", "revision": "0"})
    assert shown() == 2


def test_answers_are_saved_by_plain_forms_too(sitting: Sitting) -> None:
    position = sitting.response("text").position
    reply = sitting.person.post(
        f"{sitting.path}/save?q={position}", {"text": "plain", "revision": "0", "goto": str(position + 1)}
    )
    assert reply.status_code == 303
    assert reply.location == f"{sitting.path}?q={position + 1}"
    assert sitting.response("text").answer == {"text": "plain"}
    reply = sitting.person.post(
        f"{sitting.path}/save?q={position}", {"text": "more", "revision": "1", "goto": "finish"}
    )
    assert reply.location == f"{sitting.path}/finish"
    assert sitting.response("text").answer == {"text": "more"}


def test_code_is_saved_by_a_plain_form_as_well(sitting: Sitting) -> None:
    position = sitting.response("code").position
    page = sitting.person.get(f"{sitting.path}?q={position}").text
    assert f'action="{sitting.path}/save?q={position}"' in page
    source = CHANGED["files"]["app.py"]
    form = {"file:app.py": source.replace("\n", "\r\n"), "revision": "0", "goto": str(position)}
    assert (
        sitting.person.post(f"{sitting.path}/save?q={position}", form).location
        == f"{sitting.path}?q={position}"
    )
    assert sitting.response("code").answer == CHANGED


@pytest.mark.parametrize(
    "button", [{"flag": "1"}, {"goto": "notes"}, {"goto": "leave"}, {"goto": "versions"}]
)
def test_every_button_of_a_plain_page_takes_answer_and_notes_along(
    button: dict[str, str], sitting: Sitting
) -> None:
    response = sitting.response("text")
    here = f"{sitting.path}?q={response.position}"
    page = sitting.person.get(here).text
    given = page.split('name="notes_given" value="')[1].split('"')[0]
    form = {
        "text": "typed",
        "revision": "0",
        "notes": "look\r\nagain",
        "notes_revision": "0",
        "notes_given": given,
    }
    reply = sitting.person.post(f"{sitting.path}/save?q={response.position}", form | button)
    assert reply.status_code == 303
    assert reply.location == {
        "notes": f"{here}#notes",
        "leave": "/interviews",
        "versions": f"/responses/{response.id}/versions",
    }.get(button.get("goto", ""), here)
    assert sitting.response("text").answer == {"text": "typed"}
    assert sitting.response("text").is_flagged is ("flag" in button)
    page = sitting.person.get(here).text
    assert "look\nagain</textarea>" in page
    if "flag" in button:
        assert 'name="flag" value="0"' in page
        sitting.person.post(f"{sitting.path}/save?q={response.position}", {"text": "typed", "flag": "0"})
        assert not sitting.response("text").is_flagged


def test_notes_that_were_not_touched_undo_nothing(sitting: Sitting) -> None:
    notes, position = f"{sitting.path}/notes", sitting.response("text").position
    page = sitting.person.get(f"{sitting.path}?q={position}").text
    sitting.person.send_json("PUT", notes, {"text": "from the other window", "revision": 0})
    given = page.split('name="notes_given" value="')[1].split('"')[0]
    form = {"text": "typed", "revision": "0", "notes": "", "notes_revision": "0", "notes_given": given}
    page = sitting.person.post(f"{sitting.path}/save?q={position}", form, follow_redirects=True).text
    assert "from the other window</textarea>" in page
    form |= {"notes": "from here", "revision": "1"}
    page = sitting.person.post(f"{sitting.path}/save?q={position}", form, follow_redirects=True).text
    assert "from the other window\n\n(From another window:)\nfrom here</textarea>" in page


def test_notes_that_cannot_be_kept_keep_no_answer_back_and_stand_there_again(sitting: Sitting) -> None:
    position = sitting.response("text").position
    form = {"text": "typed", "revision": "0", "notes": "n" * 20_001, "goto": "finish"}
    reply = sitting.person.post(f"{sitting.path}/save?q={position}", form)
    assert reply.status_code == 422
    assert "Your notes are not saved" in reply.text
    assert f"\n{form['notes']}</textarea>" in reply.text
    assert sitting.response("text").answer == {"text": "typed"}
    form |= {"text": "x" * 40_000, "revision": "1"}
    reply = sitting.person.post(f"{sitting.path}/save?q={position}", form)
    assert reply.status_code == 422
    assert form["notes"] in reply.text
    assert form["text"] in reply.text


def test_notes_of_a_plain_form_are_kept_when_the_time_is_over(sitting: Sitting) -> None:
    position = sitting.response("text").position
    sitting.let_pass(minutes=31)
    form = {"text": "typed", "revision": "0", "notes": "read up on this", "flag": "1"}
    reply = sitting.person.post(f"{sitting.path}/save?q={position}", form)
    assert reply.location == f"{sitting.path}/report"
    assert not sitting.response("text").is_flagged
    sitting.hand_in()
    assert "read up on this" in sitting.person.get(f"{sitting.path}/report").text


def test_an_empty_plain_form_is_no_answer(sitting: Sitting) -> None:
    position = sitting.response("choice").position
    sitting.person.post(f"{sitting.path}/save?q={position}", {"revision": "0", "goto": "2"})
    assert sitting.response("choice").answer is None


def test_a_stale_plain_form_says_so_and_keeps_both(sitting: Sitting) -> None:
    position = sitting.response("text").position
    sitting.save("text", {"text": "newer"})
    page = sitting.person.post(
        f"{sitting.path}/save?q={position}", {"text": "older", "revision": "0"}, follow_redirects=True
    )
    assert "Another window saved" in page.text
    assert sitting.response("text").answer == {"text": "newer"}


def test_a_window_in_which_nothing_was_changed_makes_no_version_and_overwrites_nothing(
    sitting: Sitting,
) -> None:
    sitting.answer_all()
    untouched = {kind: sent_as_it_is(sitting, kind) for kind in ("text", "choice", "output", "order", "code")}
    newer: dict[str, Any] = {
        "text": {"text": "newer"},
        "choice": {"options": [2]},
        "output": {"text": "43\n44"},
        "order": {"lines": [2, 1]},
        "code": CHANGED,
    }
    for kind, answer in newer.items():
        assert sitting.save(kind, answer, int(untouched[kind]["revision"])).status_code == 200
    for kind, form in untouched.items():
        position = sitting.response(kind).position
        reply = sitting.person.post(f"{sitting.path}/save?q={position}", form | {"goto": "1"})
        assert reply.location == f"{sitting.path}?q=1", "it goes where its button goes"
        assert sitting.response(kind).answer == newer[kind]
    assert versions(sitting) == []
    assert "Another window saved the answer to question" in sitting.person.get(sitting.path).text
    position = sitting.response("text").position
    form = untouched["text"] | {"text": "changed here"}
    page = sitting.person.post(f"{sitting.path}/save?q={position}", form, follow_redirects=True).text
    assert "It is shown here; yours is kept" in page
    assert versions(sitting) == [{"text": "changed here"}]


def test_an_untouched_window_is_no_late_edit(sitting: Sitting) -> None:
    form = sent_as_it_is(sitting, "text")
    sitting.save("text", {"text": "newer"})
    position = sitting.response("text").position
    sitting.let_pass(minutes=31)
    sitting.person.post(f"{sitting.path}/save?q={position}", form)
    sitting.hand_in()
    assert versions(sitting) == []


def versions(sitting: Sitting) -> list[dict[str, Any]]:
    """The other versions of answers that are kept."""
    with sitting.person.app.app_context():
        return list(db.session.scalars(select(Branch.answer).order_by(Branch.id)))


def sent_as_it_is(sitting: Sitting, kind: str) -> dict[str, Any]:
    """What the form of a question sends when nothing in it was touched."""
    page = Form()
    page.feed(sitting.person.get(f"{sitting.path}?q={sitting.response(kind).position}").text)
    return page.fields


class Form(HTMLParser):
    """The fields of a page's answer form, as a browser sends them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self._form, self._area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = told.get("id", "")
        if "name" not in told or told.get("form", self._form) != "answer-form":
            return
        if tag == "textarea":
            self._area, self.fields[told["name"]] = told["name"], ""
        elif tag == "input" and (told.get("type") not in ("radio", "checkbox") or "checked" in told):
            self.fields[told["name"]] = told.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            text = self.fields[self._area].removeprefix("\n")
            self.fields[self._area], self._area = text.replace("\n", "\r\n"), ""
        elif tag == "form":
            self._form = ""


@pytest.mark.parametrize(
    ("kind", "field", "typed"), [("text", "text", "x" * 40_000), ("code", "file:app.py", "#" * 66_000)]
)
def test_what_a_plain_form_cannot_save_stands_in_its_field_again(
    kind: str, field: str, typed: str, sitting: Sitting
) -> None:
    position = sitting.response(kind).position
    reply = sitting.person.post(f"{sitting.path}/save?q={position}", {field: typed, "revision": "0"})
    assert reply.status_code == 422
    assert "This answer cannot be kept" in reply.text
    assert typed in reply.text
    assert 'name="revision" value="0"' in reply.text, "a save of another window is still seen as one"
    assert sitting.response(kind).answer is None


def test_flags_are_set_and_taken_off(sitting: Sitting) -> None:
    sitting.person.post(f"{sitting.path}/flag?q=2", {"flagged": "1"})
    assert "Flagged" in sitting.person.get(f"{sitting.path}/finish").text
    sitting.person.post(f"{sitting.path}/flag?q=2", {"flagged": "0"})
    assert "Flagged" not in sitting.person.get(f"{sitting.path}/finish").text


def test_the_clock_is_the_servers(sitting: Sitting) -> None:
    sitting.let_pass(minutes=10)
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert 1140 < told["remaining_seconds"] <= 1200
    assert told["is_closed"] is False
    sitting.let_pass(minutes=25)
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert (told["remaining_seconds"], told["is_closed"]) == (0, True)


def test_handing_in_asks_first_with_what_is_empty(sitting: Sitting) -> None:
    sitting.save("text", {"text": "url_for"})
    page = sitting.person.get(f"{sitting.path}/finish").text
    assert "6 questions of 7 are not answered" in page
    assert "Hand in now" in page
    assert sitting.attempt().finished_at is None


def test_everything_right_earns_everything_but_the_code(sitting: Sitting) -> None:
    sitting.answer_all()
    assert sitting.hand_in().location == f"{sitting.path}/report"
    with sitting.person.app.app_context():
        found = db.session.scalars(select(Response).where(Response.attempt_id == sitting.attempt_id)).all()
        assert {one.state for one in found} == {ResponseState.MARKED}
        assert sum(one.points or 0 for one in found) == 24
        assert [one.points for one in found if one.version.content["kind"] == "code"] == [0]


def test_handing_in_twice_changes_nothing(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.hand_in()
    first = sitting.attempt().finished_at
    assert sitting.hand_in().status_code == 303
    assert sitting.attempt().finished_at == first


def test_after_handing_in_nothing_can_be_changed(sitting: Sitting) -> None:
    sitting.hand_in()
    assert sitting.person.get(sitting.path).location == f"{sitting.path}/report"
    assert sitting.person.post(f"{sitting.path}/flag?q=1", {"flagged": "1"}).status_code == 409
    page = sitting.person.post(f"{sitting.path}/save?q=1", {"options": "1", "revision": "0"})
    assert page.location == f"{sitting.path}/report"
    assert sitting.response("choice").answer is None


def test_a_draft_of_code_is_graded_when_it_was_never_submitted(sitting: Sitting) -> None:
    sitting.save("code", CHANGED)
    sitting.hand_in()
    (sent,) = submissions(sitting)
    assert (sent.is_from_draft, sent.queue, sent.scope, sent.files) == (
        True,
        "expiry",
        Scope.FULL,
        CHANGED["files"],
    )
    assert sitting.response("code").state is ResponseState.GRADING
    assert judge(sitting.person, "accepted", 1.0) == 1
    response = sitting.response("code")
    assert (response.state, response.points, response.is_solved) == (ResponseState.MARKED, 20, True)


def test_the_starter_is_no_draft(sitting: Sitting) -> None:
    sitting.save("code", {"files": {"app.py": "def double(number):\n    return number\n"}})
    sitting.hand_in()
    assert submissions(sitting) == []
    assert sitting.response("code").points == 0


def test_an_unfinished_edit_never_lowers_a_score(sitting: Sitting) -> None:
    send(sitting, CHANGED["files"], key="one")
    judge(sitting.person, "accepted", 1.0)
    sitting.save("code", {"files": {"app.py": "def double(numb"}})
    sitting.hand_in()
    assert [one.is_from_draft for one in submissions(sitting)] == [False, True]
    judge(sitting.person, "syntax_error", 0.0)
    response = sitting.response("code")
    assert (response.points, response.state) == (20, ResponseState.MARKED)


def test_a_draft_that_was_submitted_is_not_graded_again(sitting: Sitting) -> None:
    sitting.save("code", CHANGED)
    send(sitting, CHANGED["files"], key="one")
    judge(sitting.person, "wrong_answer", 0.5)
    sitting.hand_in()
    assert len(submissions(sitting)) == 1
    assert sitting.response("code").points == 10


def test_a_submission_still_running_at_the_finish_counts_when_it_is_judged(sitting: Sitting) -> None:
    send(sitting, CHANGED["files"], key="one")
    sitting.hand_in()
    assert sitting.response("code").state is ResponseState.GRADING
    judge(sitting.person, "accepted", 1.0)
    assert sitting.response("code").points == 20


def test_a_fault_of_ours_is_not_a_zero(sitting: Sitting) -> None:
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(sitting.person, "internal_error", 0.0)
    response = sitting.response("code")
    assert (response.state, response.points) == (ResponseState.NOT_GRADED, None)


def test_an_attempt_whose_page_is_closed_is_finished_by_the_sweeper(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.save("code", CHANGED)
    app = sitting.person.app
    with app.app_context():
        assert expiry.finish_expired().closed == 0
    app.config["GRACE_SECONDS"] = 120
    sitting.let_pass(minutes=30, seconds=8)  # over, but requests received in time may still be in work
    with app.app_context():
        assert expiry.finish_expired().closed == 0
    sitting.let_pass(minutes=2, seconds=10)
    with app.app_context():
        assert expiry.finish_expired().closed == 1
        assert expiry.finish_expired().closed == 0
    attempt = sitting.attempt()
    assert attempt.finished_at == attempt.started_at + timedelta(minutes=30)
    assert [one.is_from_draft for one in submissions(sitting)] == [True]
    assert sitting.response("choice").points == 4


def test_the_sweeper_settles_what_was_left_between_two_steps(sitting: Sitting) -> None:
    send(sitting, CHANGED["files"], key="one")
    sitting.hand_in()
    app = sitting.person.app
    judge(sitting.person, "accepted", 1.0)
    with app.app_context():
        response = db.session.get_one(Response, sitting.response("code").id)
        response.state, response.points = ResponseState.GRADING, None
        db.session.commit()
        expiry.finish_expired()
    assert sitting.response("code").points == 20


def test_opening_an_expired_attempt_writes_nothing_and_offers_the_report(sitting: Sitting) -> None:
    sitting.let_pass(minutes=31)
    assert sitting.person.get(sitting.path).location == f"{sitting.path}/report"
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "Your time is over" in page
    assert sitting.attempt().finished_at is None
    assert "The time of “First round” is over" in sitting.person.get("/").text
    sitting.hand_in()
    assert "By topic" in sitting.person.get(f"{sitting.path}/report").text


def test_others_attempts_are_not_found(sitting: Sitting, make_person: Callable[..., Person]) -> None:
    other = make_person()
    for path in ("", "/clock", "/finish", "/report"):
        assert other.get(sitting.path + path).status_code == 404
    for path in ("/save?q=1", "/flag?q=1", "/finish", "/share"):
        assert other.post(sitting.path + path, {"options": "1", "shared": "1"}).status_code == 404
    attempt = sitting.attempt()
    assert (attempt.finished_at, attempt.is_shared) == (None, False)
    assert sitting.response("choice").answer is None


def test_practice_is_no_interview(candidate: Person, library: Shelf) -> None:
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    with candidate.app.app_context():
        practice = db.session.scalars(select(Attempt.id)).one()
    for path in ("", "/report", "/finish", "/clock"):
        assert candidate.get(f"/attempts/{practice}{path}").status_code == 404
    assert candidate.post(f"/attempts/{practice}/finish").status_code == 404
    assert candidate.post(f"/attempts/{practice}/share", {"shared": "1"}).status_code == 404


def test_a_changed_question_does_not_change_a_running_attempt(
    sitting: Sitting, library: Shelf, app: Flask
) -> None:
    response = sitting.response("choice")
    topic = response.version.content["topic"]
    library.question(choice(response.question_id, topic=topic, prompt="A new prompt."))
    library.publish(app)
    page = sitting.person.get(f"{sitting.path}?q={response.position}").text
    assert "A new prompt." not in page


def test_history_says_how_an_attempt_ended_and_how_much_was_answered(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    left_behind = start(candidate)
    left_behind.save("text", {"text": "url_for"})
    left_behind.let_pass(minutes=31)
    with app.app_context():
        assert expiry.finish_expired().closed == 1
    start(candidate).hand_in()
    page = re.sub(r"\s+", " ", candidate.get("/history").text)
    assert "time ran out, 1 of 7 answered" in page
    assert "0 of 7 answered" in page.replace("time ran out, 1 of 7 answered", "")
