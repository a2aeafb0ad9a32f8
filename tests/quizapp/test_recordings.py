"""Keeping what pages record: in order, once, within limits, and never in the way of an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Recording, RecordingPart
from quizapp.rules import tapes
from quizapp.services import evidence, playback, recordings
from tests.quizapp import sittings
from tests.quizapp.pages_recorded import RecordingPage
from tests.quizapp.people import Person
from tests.quizapp.sittings import Sitting

OPENED = [0, "o", ["app.py"], {}]
STARTER = "def double(number):\n    return number\n"


@pytest.fixture
def sitting(library, candidate) -> Sitting:
    """An interview that is recorded."""
    return sittings.start(candidate, recorded=True)


@pytest.fixture
def page(sitting) -> RecordingPage:
    """An open page of its code question."""
    return RecordingPage(sitting.person, sitting.response("code").id)


def entries(app, page: RecordingPage) -> list[tapes.Entry]:
    with app.app_context():
        found = db.session.scalars(
            select(RecordingPart)
            .join(Recording)
            .where(Recording.session == page.session)
            .order_by(RecordingPart.number)
        )
        return [entry for part in found for entry in tapes.unpacked(part.entries)]


def test_frames_are_kept_in_their_order_and_play_back(app, page):
    assert page.send(OPENED, [100, 0, 0, 0, "# mine\n"]).json == {"next": 1}
    page.age = 500
    assert page.send([200, 0, 7, 0, "x = 1\n"]).json == {"next": 2}
    assert tapes.played(entries(app, page), {"app.py": STARTER}) == {"app.py": "# mine\nx = 1\n" + STARTER}
    with app.app_context():
        assert len(db.session.scalars(select(RecordingPart)).all()) == 1, "small frames share a part"


def test_a_frame_that_comes_twice_counts_once(app, page):
    page.send(OPENED)
    for _ in range(2):
        assert page.send([10, 0, 0, 0, "a"], sequence=1).json == {"next": 2}
    assert entries(app, page) == [OPENED, [10, 0, 0, 0, "a"]]


def test_a_frame_after_a_gap_is_refused_by_a_name_the_page_knows(app, page):
    page.send(OPENED)
    reply: Any = page.send([0, 0, 0, 0, "a"], sequence=5)
    assert (reply.status_code, reply.json["error"]["code"]) == (409, "recording_gap")
    other = RecordingPage(page.person, page.response_id)
    reply = other.send([0, "x"], sequence=3)
    assert reply.json["error"]["code"] == "recording_gap"


def test_what_would_not_play_is_refused_and_answers_are_saved_all_the_same(app, page, sitting):
    assert page.send(OPENED, [0, 0, 999, 0, "a"]).status_code == 422
    assert page.send(OPENED, session="no name").status_code == 422
    assert page.send(OPENED, age=-1).status_code == 422
    assert page.send(OPENED, age="1").status_code == 422
    assert entries(app, page) == []
    assert sitting.save("code", sittings.CHANGED).status_code == 200


def test_nothing_is_recorded_without_consent_to_it(app, library, candidate):
    plain = sittings.start(candidate)
    page = RecordingPage(candidate, plain.response("code").id)
    assert page.send(OPENED).status_code == 409
    assert entries(app, page) == []
    assert '"recordingUrl": null' in settings_of(candidate, plain)


def test_the_page_knows_where_its_recording_goes(sitting, page):
    assert f"/responses/{page.response_id}/recording" in settings_of(sitting.person, sitting)


def settings_of(person: Person, sitting: Sitting) -> str:
    return person.get(f"{sitting.path}?q={sitting.response('code').position}").text.replace("&#34;", '"')


def test_somebody_elses_answer_cannot_be_recorded(page, make_person):
    assert RecordingPage(make_person(), page.response_id).send(OPENED).status_code == 404


def test_moments_are_the_servers_whatever_clock_the_page_has(app, page, sitting):
    sitting.let_pass(minutes=10)
    page.age = 30_000
    page.send(OPENED, [29_000, 0, 0, 0, "a"])
    # The machine's clock is set forward by an hour, and the page believes it.
    page.age = 30_000 + 360_000
    page.send([360_000, 0, 1, 0, "b"])
    with app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        (tape,) = evidence.tapes_of(attempt)
        recording = db.session.scalars(select(Recording)).one()
        assert timedelta(minutes=4) < recording.received_at - tape.opened_at < timedelta(minutes=6)
        assert tape.ended_at <= recording.received_at + timedelta(seconds=6)


def test_a_page_cannot_be_older_than_its_attempt(app, page, sitting):
    page.age = 10**8
    page.send(OPENED)
    with app.app_context():
        started = db.session.get_one(Attempt, sitting.attempt_id).started_at
        assert db.session.scalars(select(Recording.opened_at)).one() == started


def test_a_recording_may_arrive_a_while_after_the_end_and_not_for_ever(app, page, sitting):
    page.send(OPENED)
    sitting.hand_in()
    assert page.send([100, 0, 0, 0, "offline"]).status_code == 200
    with app.app_context():
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        assert attempt.finished_at
        attempt.finished_at -= timedelta(hours=2)
        attempt.started_at -= timedelta(hours=3)
        db.session.commit()
    assert page.send([100, 0, 0, 0, "too late"]).status_code == 409


def test_a_recording_that_is_full_keeps_events_and_drops_edits(app, page, monkeypatch, sitting):
    monkeypatch.setattr(recordings, "MOST_SIZE", 2000)
    monkeypatch.setattr(recordings, "MOST_NOTES", 500)
    page.send(OPENED, [1, 0, 0, 0, "a" * 1500])
    page.age = 4000
    assert page.send([1, 0, 0, 0, "b" * 1500], [2000, "a", 7.5, "hidden"]).json == {"next": 2}
    assert page.send([1, 0, 0, 0, "c"]).json == {"next": 3}
    kept = entries(app, page)
    assert [entry[1] for entry in kept] == ["o", 0, "a"]
    for _ in range(60):
        page.send([1, "f", 0])
    with app.app_context():
        assert sum(db.session.scalars(select(Recording.size))) <= 2500
        assert db.session.scalars(select(Recording.is_cut)).one()
        attempt = db.session.get_one(Attempt, sitting.attempt_id)
        assert playback.of_response(attempt, page.response_id).is_cut
    assert sitting.save("code", sittings.CHANGED).status_code == 200


def test_a_script_gone_wild_cannot_open_pages_without_end(page, monkeypatch):
    monkeypatch.setattr(recordings, "MOST_RECORDINGS", 3)
    replies = [RecordingPage(page.person, page.response_id).send(OPENED).status_code for _ in range(5)]
    assert replies == [200, 200, 200, 409, 409]


def test_long_recordings_are_kept_in_parts(app, page):
    page.send(OPENED)
    for number in range(4):
        page.send([1, 0, 0, 0, f"{number}" * 20_000])
    with app.app_context():
        assert len(db.session.scalars(select(RecordingPart)).all()) == 2
    assert len(tapes.played(entries(app, page), {"app.py": STARTER})["app.py"]) == 80_000 + len(STARTER)


def test_a_text_answer_is_recorded_as_one_file_without_a_name(app, sitting):
    page = RecordingPage(sitting.person, sitting.response("text").id)
    assert page.send([0, "o", [""], {}], [10, 0, 0, 0, "url_for"]).status_code == 200
    assert tapes.played(entries(app, page), {"": ""}) == {"": "url_for"}
    choice = RecordingPage(sitting.person, sitting.response("choice").id)
    assert choice.send([0, "o", [], {}], [10, "x"]).status_code == 200
    assert choice.send([10, "a", 2, "hidden"]).status_code == 200


def test_recordings_go_with_the_attempt(app, page, sitting):
    page.send(OPENED)
    with app.app_context():
        db.session.delete(db.session.get_one(Attempt, sitting.attempt_id))
        db.session.commit()
        assert not db.session.scalars(select(RecordingPart)).all()
