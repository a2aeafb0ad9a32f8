"""Who may see how an answer came about, what the pages tell, and what candidates say to events."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptEvent
from quizapp.rules.evidence import SERVER_KINDS
from quizapp.services import evidence, playback
from tests.quizapp import sittings
from tests.quizapp.hirings import REVIEWER, VIEWER, hire
from tests.quizapp.pages_recorded import RecordingPage
from tests.quizapp.people import Person
from tests.quizapp.sittings import Sitting

OUTSIDE = "total = sum(found)\n"
CODE = {"files": {"app.py": OUTSIDE + "def double(number):\n    return number\n"}}


def write(sitting: Sitting) -> RecordingPage:
    """Paste a line into the code question, look away, and save it."""
    sitting.let_pass(minutes=5)
    page = RecordingPage(sitting.person, sitting.response("code").id, age=3000)
    page.send([0, "o", ["app.py"], {}], [500, 0, 0, 0, OUTSIDE, "p"], [2000, "a", 12, "hidden"], [10, "x"])
    sitting.save("code", CODE)
    return page


@pytest.fixture
def sat(library, candidate) -> Sitting:
    """A mock that was recorded and handed in, with one submission that failed."""
    sitting = sittings.start(candidate, recorded=True)
    page = write(sitting)
    reply = candidate.send_json(
        "POST",
        f"/responses/{page.response_id}/submissions",
        {"scope": "full", "key": "a-key-of-this-test", **CODE},
    )
    assert reply.status_code in (200, 202), reply.text
    sitting.hand_in()
    sittings.judge(candidate, "wrong_answer", 0.5)
    return sitting


def own(sitting: Sitting) -> str:
    return f"{sitting.path}/playback/{sitting.response('code').id}"


def staff(sitting: Sitting) -> str:
    return f"/manage{own(sitting)}"


def told(page: str) -> dict[str, Any]:
    """What the page's script gets."""
    found = re.search(r'<script type="application/json" id="playback-data">(.*?)</script>', page, re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    return told


def test_the_candidate_plays_back_their_own_answer_after_handing_in(sat):
    page = sat.person.get(own(sat))
    assert page.status_code == 200
    assert "Pasted 19 characters from outside of the interview in app.py" in page.text
    assert "The page was not in view for 12 s" in page.text
    assert "Submitted: 0 of 1 tests" in page.text
    assert "another text than the saved answer" not in page.text
    data = told(page.text)
    assert data["starter"] == {"app.py": "def double(number):\n    return number\n"}
    assert [entry[1] for entry in data["tapes"][0]["entries"]] == ["o", 0, "a", "x"]
    assert {"pasted", "away", "sent"} <= {mark["kind"] for mark in data["marks"]}


def test_there_is_no_playback_while_the_interview_runs(library, candidate):
    sitting = sittings.start(candidate, recorded=True)
    write(sitting)
    assert candidate.get(own(sitting)).status_code == 404
    assert candidate.get(f"{sitting.path}/events").status_code == 200


def test_what_was_typed_cannot_break_out_of_the_page(library, candidate):
    sitting = sittings.start(candidate, recorded=True)
    sitting.let_pass(minutes=5)
    page = RecordingPage(candidate, sitting.response("code").id, age=3000)
    evil = "</script><script>alert(1)</script><!--\n"
    page.send([0, "o", ["app.py"], {}], [500, 0, 0, 0, evil, "p"])
    sitting.hand_in()
    shown = candidate.get(own(sitting)).text
    assert "<script>alert" not in shown
    assert told(shown)["tapes"][0]["entries"][1][4] == evil


def test_what_the_question_shows_is_not_from_outside(library, candidate):
    sitting = sittings.start(candidate, recorded=True)
    sitting.let_pass(minutes=5)
    page = RecordingPage(candidate, sitting.response("code").id, age=3000)
    (sample,) = sitting.response("code").content["samples"].values()
    page.send([0, "o", ["app.py"], {}], [500, 0, 0, 0, sample, "p"], [900, 0, 0, 0, OUTSIDE, "p"])
    sitting.hand_in()
    assert candidate.get(f"{sitting.path}/events").text.count("<p>Pasted") == 1


def test_a_recording_that_ends_otherwise_says_so(library, candidate):
    sitting = sittings.start(candidate, recorded=True)
    write(sitting)
    sitting.save("code", sittings.CHANGED, 1)
    sitting.hand_in()
    assert "another text than the saved answer" in candidate.get(own(sitting)).text


def test_an_answer_without_a_recording_says_so_and_nothing_else(library, manager, candidate):
    sitting = sittings.start(candidate)
    sitting.hand_in()
    assert candidate.get(own(sitting)).status_code == 404
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    page = manager.get(staff(sitting))
    assert "Nothing was recorded of this answer" in page.text
    assert "Nothing was recorded in this attempt" in manager.get(f"/manage{sitting.path}/events").text


def test_managers_see_that_of_a_mock_only_while_it_is_shared(sat, manager, make_person):
    pages = (staff(sat), f"/manage{sat.path}/events")
    assert [manager.get(page).status_code for page in pages] == [404, 404]
    sat.person.post(f"{sat.path}/share", {"shared": "1"})
    assert [manager.get(page).status_code for page in pages] == [200, 200]
    assert "Ines Okafor" in manager.get(staff(sat)).text
    assert [sat.person.get(page).status_code for page in pages] == [403, 403]
    assert [make_person().get(page).status_code for page in (own(sat), f"{sat.path}/events")] == [404, 404]


class TestHiring:
    @pytest.fixture
    def sitting(self, app, library, candidate) -> Sitting:
        self.hiring = hire(app)
        sitting = self.running(candidate)
        sitting.hand_in()
        return sitting

    def running(self, candidate) -> Sitting:
        sitting = self.hiring.start(candidate, is_recorded=True)
        write(sitting)
        return sitting

    def pages(self, sitting: Sitting) -> tuple[str, str]:
        return staff(sitting), f"/manage{sitting.path}/events"

    @pytest.mark.parametrize("role", [None, VIEWER, REVIEWER], ids=str)
    def test_everybody_of_the_team_sees_it(self, sitting, manager, role):
        self.hiring.give(manager, role)
        assert [manager.get(page).status_code for page in self.pages(sitting)] == [200, 200]

    def test_nobody_looks_on_while_it_runs(self, app, library, candidate, manager):
        self.hiring = hire(app, {REVIEWER: manager})
        sitting = self.running(candidate)
        assert [manager.get(page).status_code for page in self.pages(sitting)] == [404, 404]

    def test_nobody_else_does(self, sitting, manager):
        assert [manager.get(page).status_code for page in self.pages(sitting)] == [404, 404]

    def test_blind_review_hides_the_name(self, sitting, manager):
        self.hiring.give(manager, VIEWER)
        self.hiring.set(is_blind=True)
        for page in self.pages(sitting):
            text = manager.get(page).text
            assert "Ines Okafor" not in text
            assert f"Candidate {sitting.attempt_id}" in text

    def test_the_reviewers_report_lists_the_events_of_an_answer_beside_it(self, sitting, manager):
        self.hiring.give(manager, VIEWER)
        sitting.hand_in()
        page = manager.get(f"/manage/attempts/{sitting.attempt_id}").text
        items = page.split('<details class="report-item"')[1:]
        (own,) = (item for item in items if "Noticed while it was answered" in item)
        assert sitting.response("code").content["title"] in own
        for words in (
            "Pasted 19 characters from outside",
            "It begins: total = sum(found)",
            "not in view for 12 s",
        ):
            assert words in own
        assert f'href="{staff(sitting)}#entry-' in own, "its place in the playback"
        assert f'href="/manage{sitting.path}/events"' in own, "and the whole list"
        assert "2 events in all" in page
        assert not re.search(r"cheat|suspic|fraud|suspect", page, re.IGNORECASE)


def event_keys(app, sitting: Sitting) -> list[str]:
    with app.app_context():
        return [one.event.key for one in evidence.of_attempt(db.session.get_one(Attempt, sitting.attempt_id))]


def comment(person: Person, sitting: Sitting, key: str, text: str) -> int:
    return person.post(f"{sitting.path}/events", {"event": key, "text": text}).status_code


def test_the_candidate_says_something_and_the_reviewer_reads_it(app, sat, manager):
    key = event_keys(app, sat)[0]
    assert comment(sat.person, sat, key, "  From my notes & nothing else.  ") == 303
    sat.person.post(f"{sat.path}/share", {"shared": "1"})
    for page in (f"/manage{sat.path}/events", staff(sat)):
        assert "From my notes &amp; nothing else." in manager.get(page).text
    report = sat.person.get(f"{sat.path}/report").text
    assert "You said" in report
    assert "From my notes &amp; nothing else." in report
    assert comment(sat.person, sat, key, "Changed my mind.") == 303
    assert comment(sat.person, sat, key, " ") == 303
    assert "You said" not in sat.person.get(f"{sat.path}/report").text


def test_comments_belong_to_events_of_ones_own_and_are_short(app, sat, make_person, manager):
    key = event_keys(app, sat)[0]
    assert comment(sat.person, sat, "entry:999:1", "What?") == 404
    assert comment(sat.person, sat, key, "x" * 1001) == 422
    assert comment(make_person(), sat, key, "Mine?") == 404
    assert comment(manager, sat, key, "Theirs?") == 404


def test_the_report_lists_the_same_events(sat):
    report = sat.person.get(f"{sat.path}/report").text
    for words in ("Pasted 19 characters from outside", "The page was not in view for 12 s"):
        assert words in report
        assert words in sat.person.get(f"{sat.path}/events").text
    assert not re.search(r"cheat|suspic|fraud|suspect", report, re.IGNORECASE)


def test_what_the_server_notices_is_an_event_also_without_a_recording(app, library, candidate):
    sitting = sittings.start(candidate)
    with app.app_context():
        evidence.notice(sitting.attempt_id, "takeover", {"device": "Safari on iOS"})
        db.session.commit()
        assert db.session.query(AttemptEvent).count() == 1
        with pytest.raises(ValueError, match="pasted"):
            evidence.notice(sitting.attempt_id, "pasted", {})
    assert SERVER_KINDS == ("takeover",)
    sitting.hand_in()
    assert "taken over by another device: Safari on iOS" in candidate.get(f"{sitting.path}/report").text


def test_of_a_text_answer_its_text_is_played(app, library, candidate):
    sitting = sittings.start(candidate, recorded=True)
    sitting.let_pass(minutes=5)
    page = RecordingPage(candidate, sitting.response("text").id, age=9000)
    page.send([0, "o", [""], {}], [500, 0, 0, 0, "url_for"])
    sitting.save("text", {"text": "url_for"})
    sitting.hand_in()
    with app.app_context():
        found = playback.of_response(db.session.get_one(Attempt, sitting.attempt_id), page.response_id)
        assert found.is_as_saved
        assert [line.text for line in found.lines] == ["Opened as it was given", "Typed 7 characters"]
    assert candidate.get(f"{sitting.path}/playback/{page.response_id}").status_code == 200
