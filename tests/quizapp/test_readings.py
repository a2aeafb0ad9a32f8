"""Answers in people's own words: they wait for a person, who gives points by a rubric, and the log keeps each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, Response, ResponseState, Role
from quizapp.rules.marking import AnswerError, rated
from quizapp.services import reports
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, free
from tests.quizapp.sittings import Sitting, start

OWN_WORDS = "First line <b>not bold</b>\n\nsecond {{ 7 * 7 }}"
RUBRIC = {"rubric": [{"title": "What", "points": 3}, {"title": "Why", "points": 1}]}
SECTIONS = [{"title": "Explain", "kinds": ["free"], "count": 1, "points": 8}]


@pytest.mark.parametrize(
    ("given", "share"), [([3, 1], 1.0), ([0, 0], 0.0), ([1.5, 0.5], 0.5), ([0, 1], 0.25)]
)
def test_points_of_all_criteria_are_added_up(given: list[float], share: float) -> None:
    marked = rated(RUBRIC, given, "Well.")
    assert (marked.points_share, marked.correct) == (share, share == 1)
    assert [line["points"] for line in marked.feedback["criteria"]] == given
    assert marked.feedback["comment"] == "Well."


@pytest.mark.parametrize("given", [[3], [3, 1, 0], [3.5, 1], [-1, 1]])
def test_points_outside_the_rubric_are_refused(given: list[float]) -> None:
    with pytest.raises(AnswerError):
        rated(RUBRIC, given)


@pytest.fixture
def finished(candidate: Person, library: Shelf) -> Sitting:
    library.question(free("free-1"))
    library.blueprint(sections=SECTIONS)
    library.publish(candidate.app)
    sitting = start(candidate)
    assert sitting.save("free", {"text": OWN_WORDS}).status_code == 200
    sitting.hand_in()
    return sitting


@pytest.fixture
def shared(finished: Sitting) -> Sitting:
    finished.person.post(f"{finished.path}/share", {"shared": "1"})
    return finished


def path(sitting: Sitting) -> str:
    return f"/answers-to-grade/{sitting.response('free').id}"


def points(what: str, why: str, seen: str = "", comment: str = "") -> dict[str, str]:
    return {"criterion-0": what, "criterion-1": why, "seen": seen, "comment": comment}


def test_until_somebody_grades_it_the_report_says_so_and_the_score_is_incomplete(finished: Sitting) -> None:
    response = finished.response("free")
    assert (response.state, response.points) == (ResponseState.WAITING, None)
    with finished.person.app.app_context():
        report = reports.report(db.session.get_one(Attempt, finished.attempt_id))
        assert (report.waiting, report.not_graded, report.total.is_complete) == (1, 0, False)
        assert report.lost == []
    page = finished.person.get(f"{finished.path}/report").text
    for shown in (
        "1 answer is not graded yet",
        "Not graded yet",
        "incomplete",
        "&lt;b&gt;not bold",
        "{{ 7 * 7 }}",
    ):
        assert shown in page


def test_an_answer_that_is_empty_earns_nothing_and_waits_for_nobody(
    candidate: Person, library: Shelf
) -> None:
    library.question(free("free-1"))
    library.blueprint(sections=SECTIONS)
    library.publish(candidate.app)
    sitting = start(candidate)
    sitting.save("free", {"text": "  \n"})
    sitting.hand_in()
    assert (sitting.response("free").state, sitting.response("free").points) == (ResponseState.MARKED, 0)


def test_a_manager_grades_a_shared_answer_and_the_candidate_sees_it(shared: Sitting, manager: Person) -> None:
    assert "Title of free-1" in manager.get("/answers-to-grade").text
    assert "canary of model answers" in manager.get(path(shared)).text
    assert path(shared) in manager.get(f"/manage/mocks/{shared.attempt_id}").text
    reply = manager.post(path(shared), points("1.5", "1", comment="Say more of what."))
    assert reply.status_code == 303
    response = shared.response("free")
    assert (response.state, response.points) == (ResponseState.MARKED, 5)  # 2.5 of 4, of 8 points
    manager_id = manager.id  # asks the database itself, so not while another question to it is open
    with manager.app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "answer.graded")).one()
        assert entry.actor_id == manager_id
        assert (entry.facts["before"], entry.facts["points"], entry.facts["criteria"]) == (None, 5, [1.5, 1])
        assert entry.facts["attempt"] == shared.attempt_id
        assert shared.person.email not in str(entry.facts), "the log outlives the account"
    page = shared.person.get(f"{shared.path}/report").text
    for shown in ("5 of 8 points", "Say more of what.", "Says why"):
        assert shown in page
    assert "not graded yet" not in page


def test_a_grade_can_be_given_anew_and_the_log_keeps_both(shared: Sitting, manager: Person) -> None:
    manager.post(path(shared), points("1", "1"))
    seen = str((shared.response("free").mark or {})["graded_at"])
    manager.post(path(shared), points("3", "1", seen=seen))
    assert shared.response("free").points == 8
    with manager.app.app_context():
        facts = [
            one.facts
            for one in db.session.scalars(select(AuditEntry).where(AuditEntry.action == "answer.graded"))
        ]
        assert [(one["before"], one["points"]) for one in facts] == [(None, 4), (4, 8)]


def test_two_who_grade_at_once_do_not_write_over_each_other(shared: Sitting, manager: Person) -> None:
    manager.post(path(shared), points("3", "1"))
    page = manager.post(path(shared), points("0", "0"), follow_redirects=True).text
    assert "graded this answer meanwhile" in page
    assert shared.response("free").points == 8


@pytest.mark.parametrize(
    "form", [points("4", "0"), points("", "1"), points("0.3", "1"), points("-1", "1"), {"seen": ""}]
)
def test_points_that_do_not_fit_change_nothing(
    shared: Sitting, manager: Person, form: dict[str, str]
) -> None:
    page = manager.post(path(shared), form, follow_redirects=True).text
    assert "do not fit" in page
    assert shared.response("free").state is ResponseState.WAITING


def test_only_shared_mocks_are_read_and_only_by_those_who_may(
    finished: Sitting, manager: Person, make_person: Callable[..., Person]
) -> None:
    assert manager.get(path(finished)).status_code == 404
    assert manager.post(path(finished), points("3", "1")).status_code == 404
    finished.person.post(f"{finished.path}/share", {"shared": "1"})
    assert make_person(Role.AUTHOR).get(path(finished)).status_code == 200
    for person in (finished.person, make_person(Role.CANDIDATE)):
        assert person.get("/answers-to-grade").status_code == 403
        assert person.get(path(finished)).status_code == 403
        assert person.post(path(finished), points("3", "1")).status_code == 403
    finished.person.post(f"{finished.path}/share", {"shared": "0"})
    assert manager.get(path(finished)).status_code == 404
    assert "Title of free-1" not in manager.get("/answers-to-grade").text


def test_other_kinds_are_not_graded_by_hand(candidate: Person, library: Shelf, manager: Person) -> None:
    sitting = start(candidate)
    sitting.answer_all()
    sitting.hand_in()
    candidate.post(f"{sitting.path}/share", {"shared": "1"})
    assert manager.get(f"/answers-to-grade/{sitting.response('text').id}").status_code == 404


def test_in_practice_one_compares_and_gives_oneself_the_points(candidate: Person, library: Shelf) -> None:
    library.question(free("free-1"))
    library.publish(candidate.app)
    address = "/practice/basics/free-1"
    assert "canary of model answers" not in candidate.get(address).text
    candidate.post(f"{address}/rating", points("3", "1"))
    candidate.post(f"{address}/answer", {"text": OWN_WORDS})
    page = candidate.get(address).text
    assert "canary of model answers" in page
    assert "give yourself the points" in page
    candidate.post(f"{address}/rating", points("3", "0.5"))
    with candidate.app.app_context():
        response = db.session.scalars(select(Response)).one()
        assert (response.points, response.tries, response.is_solved) == (3.5, 1, False)
    assert "3.5 of 4 points" in candidate.get(address).text
    candidate.post(f"{address}/rating", points("9", "0.5"))
    assert "do not fit" in candidate.get(address).text
