"""Reviewers read a candidate's report, give points, comment and decide; nobody's work is replaced unseen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import (
    AttemptScore,
    AuditEntry,
    Comment,
    Decision,
    Mention,
    PointChange,
    Recommendation,
    Response,
    ResponseState,
    Review,
    Role,
    Scope,
    Submission,
    User,
)
from quizapp.rules import mentions
from quizapp.services import regrade_decisions, regrades, responses
from tests.quizapp.hirings import OWNER, REVIEWER, VIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, free, text
from tests.quizapp.sittings import Sitting

SECTIONS = [
    {"title": "Concepts", "kinds": ["choice"], "count": 2},
    {"title": "Short answer", "kinds": ["text"], "count": 1},
    {"title": "Write code", "kinds": ["code"], "count": 1, "points": 20},
    {"title": "Explain", "kinds": ["free"], "count": 1, "points": 8},
]


@pytest.fixture
def second(make_person: Callable[..., Person]) -> Person:
    return make_person(Role.MANAGER, name="Anders Lindqvist")


@pytest.fixture
def hiring(app: Flask, library: Shelf, manager: Person, second: Person) -> Hiring:
    library.question(free("free-1"))
    library.publish(app)
    made = hire(app, {OWNER: manager}, blueprint={"sections": SECTIONS})
    made.give(second, REVIEWER)
    return made


@pytest.fixture
def sat(hiring: Hiring, candidate: Person) -> Sitting:
    return hiring.sat(candidate, code=0.5)


def path(sitting: Sitting) -> str:
    return f"/manage/attempts/{sitting.attempt_id}"


def hidden(page: str, form: str, name: str) -> str:
    """The value of a hidden field in the form that posts to an address that ends so."""
    found = re.search(rf'action="[^"]*{re.escape(form)}(?:#[^"]*)?">(.*?)</form>', page, re.DOTALL)
    assert found, form
    value = re.search(rf'name="{name}" value="([^"]*)"', found[1])
    assert value, found[1]
    return value[1]


def decide(person: Person, sitting: Sitting, choice: str, revision: int, reason: str = "So.") -> TestResponse:
    form = {"choice": choice, "reason": reason, "revision": str(revision)}
    return person.post(f"{path(sitting)}/decision", form)


def give(
    person: Person, sitting: Sitting, kind: str, form: dict[str, str], way: str = "points"
) -> TestResponse:
    """Give points through the form as the page has it now."""
    address = f"{path(sitting)}/answers/{sitting.response(kind).id}/{way}"
    seen = hidden(person.get(path(sitting)).text, address, "seen")
    return person.post(address, {"seen": seen, **form})


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class TestReport:
    def test_it_has_what_a_decision_rests_on(self, sat: Sitting, manager: Person) -> None:
        page = manager.get(path(sat)).text
        for shown in (
            "Ines Okafor",
            sat.person.email,
            "of 40 points",
            "Line to pass",
            "Expected of this form",
            "Difference from the starter",
            "0 submissions",
            "Version of",
            "1 rating is open",
            "In my own words.",
            "1 of 1",
            "told from 30 others on",
        ):
            assert shown in page, shown

    def test_a_running_attempt_has_no_report_yet(
        self, hiring: Hiring, candidate: Person, manager: Person
    ) -> None:
        sitting = hiring.start(candidate)
        assert manager.get(path(sitting)).status_code == 404

    def test_one_goes_from_candidate_to_candidate(
        self, hiring: Hiring, make_person: Callable[..., Person], manager: Person
    ) -> None:
        first, middle, last = (hiring.sat(make_person(name=f"Person {n}")) for n in range(3))
        page = manager.get(path(middle)).text
        assert "2 of 3" in page
        assert re.search(rf'rel="prev" href="{path(first)}"', page)
        assert re.search(rf'rel="next" href="{path(last)}"', page)
        assert 'rel="prev"' not in manager.get(path(first)).text
        assert 'rel="next"' not in manager.get(path(last)).text

    def test_it_asks_the_database_as_often_for_many_questions_and_candidates(
        self, app: Flask, hiring: Hiring, library: Shelf, make_person: Callable[..., Person], manager: Person
    ) -> None:
        small = hire(app, {OWNER: manager}, name="small", blueprint={"sections": SECTIONS[:1]})
        few = small.sat(make_person())
        many = [hiring.sat(make_person(), code=0.5) for _ in range(4)]
        asked = {}
        for sitting in (few, many[0]):
            with counted(app) as sent:
                assert manager.get(path(sitting)).status_code == 200
            asked[sitting.attempt_id] = len(sent)
        assert asked[many[0].attempt_id] <= asked[few.attempt_id] + 2
        assert asked[many[0].attempt_id] <= 35

    @pytest.mark.parametrize(
        ("role", "may_write"), [(None, False), (VIEWER, False), (REVIEWER, True), (OWNER, True)]
    )
    def test_viewers_read_and_reviewers_write(
        self, hiring: Hiring, sat: Sitting, make_person: Callable[..., Person], role: Any, may_write: bool
    ) -> None:
        person = make_person(Role.MANAGER, name="Some One")
        assert person.get(path(sat)).status_code == 404  # of another team
        assert decide(person, sat, "hold", 0).status_code == 404
        hiring.give(person, role)
        page = person.get(path(sat))
        assert page.status_code == 200
        assert ("Save decision" in page.text) is may_write
        assert ("Run it again" in page.text) is may_write
        assert ("/share" in page.text) is (role is OWNER)
        response = sat.response("text").id
        comment = self._comment_of_the_owner(sat)
        for address, form in (
            (f"{path(sat)}/decision", {"choice": "hold", "reason": "x", "revision": "0"}),
            (f"{path(sat)}/recommendation", {"choice": "hold"}),
            (f"{path(sat)}/comments", {"text": "Well."}),
            (f"{path(sat)}/answers/{response}/points", {"points": "1", "reason": "x", "seen": "0"}),
            (f"{path(sat)}/answers/{response}/points/undo", {"seen": "0"}),
            (f"{path(sat)}/answers/{sat.response('free').id}/rating", {"criterion-0": "1"}),
        ):
            status = person.post(address, form).status_code
            assert (status == 403) is not may_write, (address, status)
        assert person.post(f"/manage/comments/{comment}", {"text": "Not mine."}).status_code == 403
        assert person.post(f"/manage/comments/{comment}/delete").status_code == 403
        share = person.post(f"{path(sat)}/share", {"depth": "score", "days": "3"})
        assert (share.status_code == 403) is (role is not OWNER)

    @staticmethod
    def _comment_of_the_owner(sat: Sitting) -> int:
        with sat.person.app.app_context():
            made = Comment(attempt_id=sat.attempt_id, text="Mine.", created_at=sat.attempt().started_at)
            db.session.add(made)
            db.session.commit()
            return made.id

    def test_a_candidate_sees_nothing_of_it(self, sat: Sitting, manager: Person) -> None:
        manager.post(f"{path(sat)}/comments", {"text": "Canary of comments"})
        decide(manager, sat, "reject", 0, "Canary of reasons")
        assert sat.person.get(path(sat)).status_code == 403
        page = sat.person.get(f"{sat.path}/report").text
        assert "Canary" not in page


class TestBlindMode:
    def test_nothing_names_the_candidate_until_the_decision(
        self, hiring: Hiring, sat: Sitting, manager: Person, second: Person
    ) -> None:
        hiring.set(is_blind=True)
        pseudonym = f"Candidate {sat.attempt_id}"
        second.post(f"{path(sat)}/comments", {"text": "@Mara Haugen look"})
        manager.post(f"{path(sat)}/share", {"depth": "full", "days": "3"})
        link = re.search(r'value="http://localhost(/shared/[^"]+)"', manager.get(f"{path(sat)}/share").text)
        assert link
        run = f"{path(sat)}/answers/{sat.response('code').id}/run"
        pages = [path(sat), "/", f"{path(sat)}/share", link[1], run]
        paper = PdfReader(io.BytesIO(manager.get(f"{path(sat)}/report.pdf").data))
        printed = " ".join(page.extract_text() for page in paper.pages)
        assert pseudonym in printed
        assert "Their answer" in printed
        assert "Ines" not in printed
        for address in pages:
            page = manager.get(address).text
            assert pseudonym in page, address
            assert "Ines" not in page, address
            assert sat.person.email not in page, address
        give(manager, sat, "free", {"criterion-0": "1", "criterion-1": "1"}, "rating")
        with sat.person.app.app_context():
            told = [repr(one.facts) + one.subject for one in db.session.scalars(select(AuditEntry))]
        about = [line for line in told if "answer" in line or "comment" in line or "attempt" in line]
        assert about
        assert not [line for line in about if sat.person.email in line or "Ines" in line]
        decide(manager, sat, "hold", 0)
        assert "Ines" not in manager.get(path(sat)).text, "to hold is to go on deciding"
        decide(manager, sat, "advance", 1)
        for address in pages:
            page = manager.get(address).text
            assert pseudonym not in page, address
            assert "Ines Okafor" in page, address

    def test_an_owner_turns_it_on_and_the_log_says_so(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        address = "/manage/interviews/backend/reviewing"
        assert second.post(address, {"blind": "1"}).status_code == 403
        assert "Owners of the interview change this" in second.get(address).text
        assert manager.post(address, {"blind": "1", "independent": "1"}).status_code == 303
        assert "Ines Okafor" not in manager.get(path(sat)).text
        manager.post(address, {})
        assert "Ines Okafor" in manager.get(path(sat)).text
        with sat.person.app.app_context():
            action = AuditEntry.action == "interview.reviewing_changed"
            facts = [one.facts for one in db.session.scalars(select(AuditEntry).where(action))]
        assert [one["after"]["blind"] for one in facts] == [True, False]
        assert facts[1]["before"] == {"blind": True, "independent": True}

    def test_other_lists_of_attempts_keep_to_it(
        self, hiring: Hiring, sat: Sitting, library: Shelf, manager: Person, admin: Person
    ) -> None:
        hiring.set(is_blind=True)
        response = sat.response("text")
        library.question(text(response.question_id, accept=["something else"]))
        library.publish(sat.person.app)
        with sat.person.app.app_context():
            number = regrades.start(response.question_id, None).id
            sent = db.session.scalars(select(Submission).where(Submission.scope == Scope.FULL)).one()
            sent.verdict, sent.internal_errors = "internal_error", 3
            db.session.commit()
        for person, address in ((manager, f"/regrades/{number}"), (admin, "/admin/operations")):
            page = person.get(address).text
            assert f"ttempt {sat.attempt_id}" in page or f"Candidate {sat.attempt_id}" in page, address
            assert "Ines Okafor" not in page, address


class TestDecision:
    def test_it_stands_with_its_reason_and_its_history(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        assert decide(manager, sat, "hold", 0, "Wait for the others.").status_code == 303
        assert decide(second, sat, "advance", 1, "They agree.").status_code == 303
        page = manager.get(path(sat)).text
        assert "2 decisions so far" in page
        assert "Wait for the others." in page
        with sat.person.app.app_context():
            review = db.session.get_one(Review, sat.attempt_id)
            assert (review.decision, review.revision, review.reason) == ("advance", 2, "They agree.")
            kept = db.session.scalars(select(Decision).order_by(Decision.revision)).all()
            assert [(one.revision, one.decision) for one in kept] == [(1, "hold"), (2, "advance")]
            entries = db.session.scalars(
                select(AuditEntry).where(AuditEntry.action == "attempt.decided").order_by(AuditEntry.id)
            ).all()
            assert entries[0].facts["before"] is None
            assert entries[1].facts["before"] == {"decision": "hold", "reason": "Wait for the others."}
            assert entries[1].facts["after"] == {"decision": "advance", "reason": "They agree."}

    def test_who_comes_second_sees_the_other_and_loses_nothing(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        decide(manager, sat, "reject", 0, "Too few tests passed.")
        reply = decide(second, sat, "advance", 0, "The design\nis good.")
        assert reply.status_code == 409
        for shown in (
            "Somebody else has decided meanwhile",
            "Mara Haugen",
            "Too few tests passed.",
            "Reject",
        ):
            assert shown in reply.text, shown
        assert "The design\nis good.</textarea>" in reply.text
        assert re.search(r'value="advance" required checked', reply.text)
        assert hidden(reply.text, "/decision", "revision") == "1"
        with sat.person.app.app_context():
            assert db.session.get_one(Review, sat.attempt_id).decision == "reject"
        assert decide(second, sat, "advance", 1, "The design\nis good.").status_code == 303

    def test_a_script_is_told_the_other_decision(self, sat: Sitting, manager: Person, second: Person) -> None:
        decide(manager, sat, "hold", 0, "Later.")
        form = {"choice": "reject", "reason": "x", "revision": "0"}
        reply = second.post(f"{path(sat)}/decision", form, headers={"Accept": "application/json"})
        body = reply.json or {}
        assert (reply.status_code, body["error"]["code"]) == (409, "decided_meanwhile")
        assert body["current"]["decision"] == "hold"
        assert body["current"]["by"] == "Mara Haugen"

    def test_what_does_not_fit_comes_back_as_it_was_typed(self, sat: Sitting, manager: Person) -> None:
        for form, told in (
            ({"choice": "advance", "reason": " "}, "A reason is missing"),
            ({"reason": "Well."}, "Nothing is chosen"),
            ({"choice": "dismiss", "reason": "Well."}, "Nothing is chosen"),
            ({"choice": "hold", "reason": "x" * 4001}, "too long"),
        ):
            reply = manager.post(f"{path(sat)}/decision", {"revision": "0", **form})
            assert reply.status_code == 422
            assert told in reply.text
            assert form["reason"] in reply.text
        with sat.person.app.app_context():
            assert db.session.get(Review, sat.attempt_id) is None

    def test_nobody_recommends_while_it_runs(
        self, hiring: Hiring, candidate: Person, manager: Person, app: Flask
    ) -> None:
        running = hiring.start(candidate)
        assert manager.post(f"{path(running)}/recommendation", {"choice": "hold"}).status_code in (404, 409)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Recommendation)) == 0

    def test_recommendations_are_seen_after_giving_ones_own_where_the_interview_says_so(
        self, hiring: Hiring, sat: Sitting, manager: Person, second: Person
    ) -> None:
        hiring.set(is_independent=True)
        manager.post(f"{path(sat)}/recommendation", {"choice": "reject", "reason": "Canary of one"})
        page = second.get(path(sat)).text
        assert "Canary of one" not in page
        assert "1 recommendation of others, shown after yours" in page
        second.post(f"{path(sat)}/recommendation", {"choice": "advance", "reason": "Canary of two"})
        for person in (manager, second):
            page = person.get(path(sat)).text
            assert "Canary of one" in page
            assert "Canary of two" in page
        hiring.set(is_independent=False)
        assert "Canary of one" in second.get(path(sat)).text


@pytest.fixture
def on_both_stores(make_app: Callable[..., Flask], database_url: str) -> Flask:
    return make_app(DATABASE_URL=database_url)


class TestAtOnce:
    """Real threads on both stores: of two who decide or give points at once, one is told of the other."""

    @pytest.fixture
    def app(self, on_both_stores: Flask) -> Flask:
        return on_both_stores

    @pytest.mark.parametrize("known", [0, 1])
    def test_one_decision_wins_and_the_other_is_told(
        self, sat: Sitting, manager: Person, second: Person, known: int
    ) -> None:
        if known:
            assert decide(manager, sat, "hold", 0).status_code == 303
        people = [manager, second, manager.at_another_device(), second.at_another_device()]
        choices = ["advance", "reject", "reject", "advance"]
        for person in people:
            person.get(path(sat))
        with ThreadPoolExecutor(4) as threads:
            replies = list(
                threads.map(
                    lambda pair: decide(pair[0], sat, pair[1], known), zip(people, choices, strict=True)
                )
            )
        assert sorted(reply.status_code for reply in replies) == [303, 409, 409, 409]
        won = next(choice for choice, reply in zip(choices, replies, strict=True) if reply.status_code == 303)
        with sat.person.app.app_context():
            review = db.session.get_one(Review, sat.attempt_id)
            assert (review.decision, review.revision) == (won, known + 1)
            assert db.session.scalar(select(func.count(Decision.id))) == known + 1
        for reply in replies:
            if reply.status_code == 409:
                assert "Somebody else has decided meanwhile" in reply.text

    def test_one_gives_points_and_the_other_is_told(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        address = f"{path(sat)}/answers/{sat.response('text').id}/points"
        seen = hidden(manager.get(path(sat)).text, address, "seen")
        second.get(path(sat))
        with ThreadPoolExecutor(2) as threads:
            replies = list(
                threads.map(
                    lambda pair: pair[0].post(address, {"seen": seen, "points": pair[1], "reason": "So."}),
                    [(manager, "1"), (second, "2")],
                )
            )
        assert sorted(reply.status_code for reply in replies) == [303, 409]
        with sat.person.app.app_context():
            assert db.session.scalar(select(func.count(PointChange.id))) == 1


class TestPoints:
    def test_the_rubric_gives_points_and_completes_the_score(self, sat: Sitting, manager: Person) -> None:
        form = {"criterion-0": "1.5", "criterion-1": "1", "comment": "Say more."}
        assert give(manager, sat, "free", form, "rating").status_code == 303
        response = sat.response("free")
        assert (response.state, response.points) == (ResponseState.MARKED, 5)
        page = manager.get(path(sat)).text
        assert "rating is open" not in page
        assert "not graded → 5" in page
        assert self._stored(sat) == (27, True)
        assert "incomplete" not in page
        assert give(manager, sat, "free", {}, "points/undo").status_code == 303
        response = sat.response("free")
        assert (response.state, response.points, response.mark) == (ResponseState.WAITING, None, None)
        assert self._stored(sat)[1] is False
        assert "1 rating is open" in manager.get(path(sat)).text

    @staticmethod
    def _stored(sat: Sitting) -> tuple[float, bool]:
        with sat.person.app.app_context():
            score = db.session.get_one(AttemptScore, sat.attempt_id)
            return score.points, score.is_complete

    def test_points_set_by_hand_keep_their_reason_and_can_be_undone(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        before = sat.response("text")
        assert give(manager, sat, "text", {"points": "1,25", "reason": "A typing error."}).status_code == 303
        assert give(second, sat, "text", {"points": "3", "reason": "Most of it."}).status_code == 303
        page = manager.get(path(sat)).text
        for shown in ("4 → 1.25", "1.25 → 3", "A typing error.", "Anders Lindqvist", "set by hand"):
            assert shown in page, shown
        assert sat.response("text").points == 3
        assert give(manager, sat, "text", {}, "points/undo").status_code == 303
        assert sat.response("text").points == 1.25
        assert "back to 4 points" in manager.get(path(sat)).text
        assert give(second, sat, "text", {}, "points/undo").status_code == 303
        after = sat.response("text")
        for name in ("points", "first_points", "state", "is_solved", "tries", "mark", "override_id"):
            assert getattr(after, name) == getattr(before, name), name
        with sat.person.app.app_context():
            facts = [
                (one.action, one.facts["before"], one.facts["after"])
                for one in db.session.scalars(
                    select(AuditEntry)
                    .where(AuditEntry.action.startswith("answer.points"))
                    .order_by(AuditEntry.id)
                )
            ]
        assert facts == [
            ("answer.points_set", 4, 1.25),
            ("answer.points_set", 1.25, 3),
            ("answer.points_undone", 3, 1.25),
            ("answer.points_undone", 1.25, 4),
        ]

    def test_points_outside_the_question_are_refused_and_come_back(
        self, sat: Sitting, manager: Person
    ) -> None:
        for points in ("4.01", "-1", "nan", "inf", "1e3", "", "0.125", "1 2", "\N{ARABIC-INDIC DIGIT THREE}"):
            reply = give(manager, sat, "text", {"points": points, "reason": "Canary of reasons"})
            assert reply.status_code == 422, points
            assert "do not fit" in reply.text
            assert "Canary of reasons" in reply.text
        assert sat.response("text").points == 4

    def test_what_could_not_be_graded_gets_its_points_by_hand(self, sat: Sitting, manager: Person) -> None:
        with sat.person.app.app_context():
            response = db.session.get_one(Response, sat.response("text").id)
            response.state, response.points, response.mark = ResponseState.NOT_GRADED, None, None
            db.session.commit()
        assert "1 answer could not be graded" in manager.get(path(sat)).text
        give(manager, sat, "text", {"points": "4", "reason": "It is right."})
        page = manager.get(path(sat)).text
        assert "could not be graded" not in page
        assert "by a fault on our side" not in page
        assert "Set by a reviewer" in page
        assert "not graded → 4" in page
        give(manager, sat, "text", {}, "points/undo")
        assert sat.response("text").state is ResponseState.NOT_GRADED

    def test_without_a_reason_nothing_is_set(self, sat: Sitting, manager: Person) -> None:
        assert give(manager, sat, "text", {"points": "1", "reason": " "}).status_code == 422
        assert sat.response("text").points == 4

    def test_what_somebody_else_changed_meanwhile_is_shown_first(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        address = f"{path(sat)}/answers/{sat.response('text').id}/points"
        seen = hidden(second.get(path(sat)).text, address, "seen")
        give(manager, sat, "text", {"points": "1", "reason": "Mine."})
        reply = second.post(address, {"seen": seen, "points": "2", "reason": "Canary of theirs"})
        assert reply.status_code == 409
        for shown in ("given points to this answer meanwhile", "Mine.", "Canary of theirs", 'value="2"'):
            assert shown in reply.text, shown
        assert sat.response("text").points == 1

    def test_a_verdict_that_comes_later_changes_no_points_set_by_hand(
        self, sat: Sitting, manager: Person
    ) -> None:
        give(manager, sat, "code", {"points": "7", "reason": "It is nearly right."})
        with sat.person.app.app_context():
            response = db.session.get_one(Response, sat.response("code").id)
            responses.settle(response)
            assert response.points == 7

    def test_a_regrade_keeps_them_and_says_so(
        self, sat: Sitting, manager: Person, library: Shelf, admin: Person
    ) -> None:
        app = sat.person.app
        response = sat.response("text")
        library.question(text(response.question_id, accept=["something else"]))
        library.publish(app)
        with app.app_context():
            regrade_id = regrades.start(response.question_id, None).id
        give(manager, sat, "text", {"points": "2", "reason": "Half."})
        admin_id = admin.id
        with app.app_context():
            outlook = regrades.show(regrade_id)
            (line,) = outlook.lines
            assert (line.progress, line.changes) == ("kept", False)
            assert "by hand" in line.problem
            regrade_decisions.apply(
                regrade_id, db.session.get_one(User, admin_id), is_only_raising=False, seen=outlook.digest
            )
        assert sat.response("text").points == 2
        give(manager, sat, "text", {}, "points/undo")
        assert sat.response("text").points == 4
        with app.app_context():
            (line,) = regrades.show(regrades.start(response.question_id, None).id).lines
            assert (line.progress, line.new_points) == ("done", 0)

    def test_a_regrade_is_undone_only_after_what_was_set_since(
        self, sat: Sitting, manager: Person, library: Shelf
    ) -> None:
        app, manager_id = sat.person.app, manager.id
        response = sat.response("text")
        library.question(text(response.question_id, accept=["something else"]))
        library.publish(app)
        with app.app_context():
            actor = db.session.get_one(User, manager_id)
            found = regrades.outlook(regrades.start(response.question_id, actor))
            regrade_id = found.regrade.id
            regrade_decisions.apply(regrade_id, actor, is_only_raising=False, seen=found.digest)
        assert sat.response("text").points == 0
        give(manager, sat, "text", {"points": "2", "reason": "Half."})
        with app.app_context(), pytest.raises(Conflict, match="by hand"):
            regrade_decisions.undo(regrade_id, db.session.get_one(User, manager_id))
        give(manager, sat, "text", {}, "points/undo")
        with app.app_context():
            regrade_decisions.undo(regrade_id, db.session.get_one(User, manager_id))
        assert sat.response("text").points == 4


class TestComments:
    def test_they_are_about_the_attempt_or_about_an_answer(self, sat: Sitting, manager: Person) -> None:
        manager.post(f"{path(sat)}/comments", {"text": "On the **whole** good."})
        response = sat.response("text")
        reply = manager.post(
            f"{path(sat)}/comments", {"text": "On the answer.", "response": str(response.id)}
        )
        assert reply.location.startswith(f"{path(sat)}#comment-")
        page = manager.get(path(sat)).text
        assert "<strong>whole</strong>" in page
        assert "1 comment</span>" in page
        assert manager.post(f"{path(sat)}/comments", {"text": "x", "response": "99999"}).status_code == 404

    def test_what_is_written_is_made_harmless(self, sat: Sitting, manager: Person) -> None:
        for hostile in (
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "<img src=x onerror=alert(1)>",
            "![x](http://evil.example/x.png)",
            "<b onclick=alert(1)>x</b>",
        ):
            manager.post(f"{path(sat)}/comments", {"text": f"before {hostile} after"})
        shown = manager.get(path(sat)).text.split('class="comment-list"', 1)[1].split("</ul>", 1)[0]
        shown = re.sub(r"<textarea.*?</textarea>", "", shown, flags=re.DOTALL)
        assert shown.count("before") == 5
        for bad in ("<script", "<img", "<b ", 'href="javascript'):
            assert bad not in shown

    def test_whoever_is_named_finds_it_at_home_until_they_have_read_it(
        self,
        hiring: Hiring,
        sat: Sitting,
        manager: Person,
        second: Person,
        make_person: Callable[..., Person],
    ) -> None:
        stranger = make_person(Role.MANAGER, name="Sam Stranger")
        words = "**Could** @anders lindqvist look at `@Mara Haugen`? Not @Sam Stranger."
        manager.post(f"{path(sat)}/comments", {"text": words})
        home = second.get("/").text
        assert "Comments that name you" in home
        assert "1 unread" in home
        assert "<p>Could @anders lindqvist look at @Mara Haugen? Not @Sam Stranger.</p>" in home
        for person in (manager, stranger):
            assert "Comments that name you" not in person.get("/").text
        address = re.search(r'action="(/manage/comments/\d+/read)"', home)
        assert address
        assert "names you" in second.get(path(sat)).text
        with sat.person.app.app_context():
            assert db.session.scalars(select(Mention.read_at)).one() is None, "looking has read it"
        reply = second.post(address[1])
        assert reply.status_code == 303
        assert reply.location.startswith(path(sat))
        assert "Comments that name you" not in second.get("/").text
        assert stranger.post(address[1]).status_code == 404

    def test_answering_is_reading_and_a_change_tells_only_who_is_named_newly(
        self,
        hiring: Hiring,
        sat: Sitting,
        manager: Person,
        second: Person,
        make_person: Callable[..., Person],
    ) -> None:
        third = make_person(Role.MANAGER, name="Ana Third")
        hiring.give(third, REVIEWER)
        manager.post(f"{path(sat)}/comments", {"text": "@Anders Lindqvist?"})
        second.post(f"{path(sat)}/comments", {"text": "Yes."})
        assert "Comments that name you" not in second.get("/").text
        with sat.person.app.app_context():
            comment_id = db.session.scalars(select(Comment.id).order_by(Comment.id)).first()
        manager.post(f"/manage/comments/{comment_id}", {"text": "@Anders Lindqvist? And @Ana Third?"})
        assert "Comments that name you" not in second.get("/").text
        assert "Comments that name you" in third.get("/").text
        manager.post(f"/manage/comments/{comment_id}", {"text": "Nobody."})
        assert "Comments that name you" not in third.get("/").text

    def test_one_changes_and_deletes_ones_own_and_the_log_keeps_both(
        self, sat: Sitting, manager: Person, second: Person
    ) -> None:
        manager.post(f"{path(sat)}/comments", {"text": "First."})
        with sat.person.app.app_context():
            comment_id = db.session.scalars(select(Comment.id)).one()
        assert second.post(f"/manage/comments/{comment_id}", {"text": "Hers."}).status_code == 403
        assert second.post(f"/manage/comments/{comment_id}/delete").status_code == 403
        assert manager.post(f"/manage/comments/{comment_id}", {"text": ""}).status_code == 422
        manager.post(f"/manage/comments/{comment_id}", {"text": "Second."})
        page = manager.get(path(sat)).text
        assert "Second." in page
        assert ", changed " in page
        manager.post(f"/manage/comments/{comment_id}/delete")
        assert "Second." not in manager.get(path(sat)).text
        assert manager.post(f"/manage/comments/{comment_id}/delete").status_code == 404
        with sat.person.app.app_context():
            facts = [
                (one.action, one.facts.get("before"), one.facts.get("after"))
                for one in db.session.scalars(
                    select(AuditEntry).where(AuditEntry.action.startswith("comment")).order_by(AuditEntry.id)
                )
            ]
        assert facts == [
            ("comment.added", None, "First."),
            ("comment.edited", "First.", "Second."),
            ("comment.deleted", "Second.", None),
        ]

    def test_an_empty_comment_is_refused(self, sat: Sitting, manager: Person) -> None:
        assert manager.post(f"{path(sat)}/comments", {"text": " \n"}).status_code == 422
        assert manager.post(f"{path(sat)}/comments", {"text": "x" * 10_001}).status_code == 422


KNOWN = mentions.people(
    [
        (1, "Ann", "ann@example.org"),
        (2, "Ann Lee", "lee@example.org"),
        (3, "Bo", "bo1@x.org"),
        (4, "bo", "bo2@x.org"),
    ]
)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("@Ann", {1}),
        ("@ann lee, please", {2}),
        ("@Ann Leeward", {1}),
        ("@Annabel", set()),
        ("mail@Ann", set()),
        ("(@Ann)", {1}),
        ("@Bo", set()),
        ("@bo1@x.org and @BO2@x.org", {3, 4}),
        ("`@Ann` and @Ann Lee", {2}),
        ("```\n@Ann\n```", set()),
        ("```\n@Ann", set()),
        ("", set()),
    ],
)
def test_whom_a_text_names(words: str, named: set[int]) -> None:
    assert mentions.mentioned(words, KNOWN) == named


def test_mentions_are_set_in_bold_outside_of_code() -> None:
    assert mentions.emphasised("`@Ann` @ann lee!", KNOWN) == "`@Ann` **@Ann Lee**!"
    odd = mentions.people([(1, "A*b* [x](y)", "a@x.org")])
    assert mentions.emphasised("@A*b* [x](y)", odd) == r"**@A\*b\* \[x\]\(y\)**"
    assert mentions.emphasised("@Ann", []) == "@Ann"
