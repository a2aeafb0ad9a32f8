"""The operator's page: figures of queues, workers and sandbox, alarms, and submissions that the sandbox failed on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from quizapp import livestatus, queueing
from quizapp.extensions import db
from quizapp.models import Alarm, AuditEntry, Response, ResponseState, Role, Submission, SubmissionState
from quizapp.receipt import database_now
from quizapp.services import accounts, alarms, grading, leases, operations, submissions
from tests.quizapp.people import PASSWORD, Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start

PAGE = "/admin/operations"
QUARANTINED = {"detail": "", "tests": [], "is_quarantined": True}
SUSPECT: dict[str, Any] = {"detail": "It is marked for a look by a person.", "tests": [], "is_suspect": True}
HEALTH: dict[str, Any] = {
    "ready": True,
    "reason": "",
    "pool_ready": 3,
    "pool_size": 8,
    "running": 2,
    "waiting": 5,
    "engine": "Docker 26.1.0, runc 1.1.12, cgroup v2",
}


@pytest.fixture
def send(candidate: Person, library: Shelf) -> Callable[[], int]:
    """Send code that differs each time; gives the submission's id."""
    return sender(candidate)


def sender(person: Person) -> Callable[[], int]:
    """What `send` is, for anybody."""
    sitting = start(person)
    person.app.config["NO_WAITING"] = True
    sent: list[int] = []

    def send() -> int:
        body = {"scope": "full", "files": {"app.py": f"# number {len(sent)}\n"}, "key": f"key-{len(sent)}"}
        reply = person.send_json("POST", f"/responses/{sitting.response('code').id}/submissions", body)
        assert reply.status_code == 202, reply.text
        told: dict[str, Any] = reply.get_json()
        sent.append(told["submission"]["id"])
        return sent[-1]

    return send


def judge(app: Flask, number: int, verdict: str, outcome: dict[str, Any] | None = None) -> int:
    """Take a submission and judge it, as a worker does."""
    with app.app_context():
        delivery = leases.take(number, "a worker")
        assert delivery is not None
        share = 1.0 if verdict == "accepted" else 0.0
        assert grading.record(delivery, verdict=verdict, share=share, outcome=outcome or {})
    return number


def fail(app: Flask, number: int, *, outcome: dict[str, Any] | None = None) -> int:
    """Have the sandbox fail on it twice and then give up, with an alarm."""
    with app.app_context():
        for _ in range(2):
            delivery = leases.take(number, "a worker")
            assert delivery is not None
            assert leases.give_back(delivery, is_our_fault=True)
        kind = "suspect" if (outcome or {}).get("is_suspect") else "not_graded"
        alarms.raise_alarm(kind, "Look at it.", alarms.of_submission(number))
    return judge(app, number, "runtime_error" if kind == "suspect" else "internal_error", outcome)


def rows(page: str) -> list[str]:
    """The words of each row of the page's tables, without markup."""
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in found]


def row(page: str, name: str) -> str:
    (found,) = [one for one in rows(page) if one.startswith(name)]
    return found


def entry(app: Flask, action: str) -> AuditEntry:
    with app.app_context():
        return db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()


def stored(app: Flask, number: int) -> Submission:
    with app.app_context():
        return db.session.get_one(Submission, number)


def open_alarms(app: Flask) -> list[str]:
    with app.app_context():
        return [alarm.kind for alarm in alarms.open_alarms()]


def test_an_empty_site_says_that_nothing_waits(admin: Person) -> None:
    page = admin.get(PAGE).text
    for told in (
        "Nothing waits for a person",
        "Nobody says how the sandbox is",
        "quizapp worker",
        "none judged",
    ):
        assert told in page
    assert row(page, "bulk") == "bulk 0 waiting oldest \N{EN DASH} 0 running 0 lost 0 rings"


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.MANAGER, Role.AUTHOR])
def test_only_admins_may_look_and_act(
    app: Flask, make_person: Callable[..., Person], send: Callable[[], int], role: Role
) -> None:
    number = fail(app, send())
    with app.app_context():
        (alarm,) = alarms.open_alarms()
    person = make_person(role)
    assert person.get(PAGE).status_code == 403
    assert person.get(f"{PAGE}/submissions/{number}").status_code == 403
    for path in (
        f"submissions/{number}/grade-again",
        f"submissions/{number}/give-up",
        f"alarms/{alarm.id}/settle",
    ):
        assert person.post(f"{PAGE}/{path}", {"note": "mine"}).status_code == 403
    assert stored(app, number).state is SubmissionState.DONE
    assert open_alarms(app) == ["not_graded"]


def test_the_queues_show_what_waits_runs_and_is_lost(
    app: Flask, admin: Person, send: Callable[[], int]
) -> None:
    waiting, running, lost, other = send(), send(), send(), send()
    with app.app_context():
        for number in (running, lost):
            assert leases.take(number, "a worker")
        minute_ago = database_now() - timedelta(seconds=60)
        for number, changed in (
            (lost, {"lease_until": minute_ago}),
            (waiting, {"created_at": minute_ago}),
            (other, {"queue": "bulk"}),
        ):
            db.session.execute(update(Submission).where(Submission.id == number).values(**changed))
        db.session.commit()
        found = {queue.name: queue for queue in operations.overview().queues}
    live = found["live"]
    assert (live.waiting, live.running, live.lost, live.rings) == (1, 1, 1, 4)
    assert live.oldest is not None
    assert live.oldest >= 60
    assert (found["bulk"].waiting, found["expiry"].waiting, found["expiry"].oldest) == (1, 0, None)
    assert "1 running 1 lost 4 rings" in row(admin.get(PAGE).text, "live")


def test_workers_and_the_sandbox_are_shown_as_they_report(app: Flask, admin: Person) -> None:
    with app.app_context():
        livestatus.publish_sandbox(HEALTH)
        livestatus.note_pace(0.25)
        for name in ("expiry", "live"):
            worker = SimpleWorker(
                [queueing.queue(name)],
                name=f"{name}-here-7",
                connection=app.extensions["redis"],
                serializer=JSONSerializer,
            )
            worker.register_birth()
            worker.set_state("idle")
            assert worker.last_heartbeat is not None
        found = operations.overview()
    assert [(one.name, one.queues, one.state) for one in found.workers or ()] == [
        ("live-here-7", "live", "idle"),
        ("expiry-here-7", "expiry", "idle"),
    ]
    page = admin.get(PAGE).text
    for told in (HEALTH["engine"], "3 <small>of 8</small>", "live-here-7", "0.25 s"):
        assert told in page
    assert "Nobody says how the sandbox is" not in page


def test_a_sandbox_that_is_not_ready_says_why(app: Flask, admin: Person) -> None:
    with app.app_context():
        livestatus.publish_sandbox(HEALTH | {"ready": False, "reason": "The engine <does not> answer."})
    page = admin.get(PAGE).text
    assert "The sandbox is not ready" in page
    assert "The engine &lt;does not&gt; answer." in page


def test_postgresql_tells_the_same(make_app: Callable[..., Flask], shelf: Shelf, postgres_url: str) -> None:
    app = make_app(DATABASE_URL=postgres_url)
    shelf.publish(app)
    with app.app_context():
        accounts.register("ines@example.org", "Ines Okafor", PASSWORD, Role.CANDIDATE)
    person = Person(app, app.test_client(), "ines@example.org")
    assert person.sign_in().status_code == 302
    send = sender(person)
    suspect = fail(app, send(), outcome=SUSPECT)
    judge(app, send(), "accepted")
    send()
    with app.app_context():
        found = operations.overview()
        assert [(one.submission.id, one.kind) for one in found.troubled] == [(suspect, "suspect")]
        assert (found.faults.judged, found.faults.met, found.faults.not_graded) == (2, 1, 0)
        assert [queue.waiting for queue in found.queues] == [1, 0, 0]


def test_what_the_sandbox_failed_on_is_listed_by_kind(
    app: Flask, admin: Person, send: Callable[[], int]
) -> None:
    accepted, failed, suspect, quarantined = send(), send(), send(), send()
    judge(app, accepted, "accepted")
    fail(app, failed)
    fail(app, suspect, outcome=SUSPECT)
    judge(app, quarantined, "internal_error", QUARANTINED)
    with app.app_context():
        found = operations.overview()
    listed = {one.submission.id: one.kind for one in found.troubled}
    assert listed == {quarantined: "quarantined", suspect: "suspect", failed: "not_graded"}
    assert (found.faults.judged, found.faults.met, found.faults.not_graded) == (4, 3, 2)
    page = admin.get(PAGE).text
    assert "50 % <small>2 of 4</small>" in page
    assert row(page, f"Submission {quarantined}").startswith(f"Submission {quarantined} Quarantined")
    assert f"{PAGE}/submissions/{accepted}" not in page


def test_one_submission_shows_what_was_sent(app: Flask, admin: Person, send: Callable[[], int]) -> None:
    number = fail(app, send(), outcome=SUSPECT)
    link = f'<a href="{PAGE}/submissions/{number}">'
    assert admin.get(PAGE).text.count(link) == 2, "one from the alarm and one from the list"
    page = admin.get(f"{PAGE}/submissions/{number}")
    assert page.status_code == 200
    for told in ("number 0", "Ines Okafor", SUSPECT["detail"], "3, 2 of them with a fault"):
        assert told in page.text
    assert admin.get(f"{PAGE}/submissions/{judge(app, send(), 'accepted')}").status_code == 404


def test_graded_again_it_is_next_in_its_queue_and_its_alarm_settled(
    app: Flask, admin: Person, send: Callable[[], int]
) -> None:
    number, actor_id = fail(app, send()), admin.id
    with app.app_context():
        alarms.raise_alarm("sandbox", "The engine is away")
        rings = queueing.rings("live")
        response = db.session.scalars(select(Response).join(Submission)).one()
        assert response.state is ResponseState.NOT_GRADED
    reply = admin.post(f"{PAGE}/submissions/{number}/grade-again", follow_redirects=True)
    assert f"Submission {number} is next in its queue" in reply.text
    submission = stored(app, number)
    assert (submission.state, submission.verdict, submission.turn) == (SubmissionState.QUEUED, None, 0)
    assert open_alarms(app) == ["sandbox"]
    with app.app_context():
        assert queueing.rings("live") == (rings or 0) + 1
        assert db.session.scalars(select(Response).join(Submission)).one().state is ResponseState.GRADING
        settled = db.session.scalars(select(Alarm).where(Alarm.kind == "not_graded")).one()
        assert settled.settled_by_id == actor_id
    logged = entry(app, "submission.graded_again")
    assert (logged.subject, logged.actor_id) == (f"submission {number}", actor_id)
    assert logged.facts["kind"] == "not_graded"
    judge(app, number, "accepted")
    with app.app_context():
        response = db.session.scalars(select(Response).join(Submission)).one()
        assert (response.state, response.points) == (ResponseState.MARKED, response.max_points)


def test_only_what_needs_a_look_is_graded_again_and_only_once(
    app: Flask, admin: Person, send: Callable[[], int]
) -> None:
    judged, failed = judge(app, send(), "accepted"), fail(app, send())
    assert admin.post(f"{PAGE}/submissions/{failed}/grade-again").status_code == 303
    for number in (judged, failed, 999_999):
        reply = admin.post(f"{PAGE}/submissions/{number}/grade-again", follow_redirects=True)
        assert "There is no such submission to look at" in reply.text
    assert stored(app, judged).verdict == "accepted"
    assert entry(app, "submission.graded_again").subject == f"submission {failed}"


def test_given_up_it_keeps_its_verdict_and_leaves_the_page(
    app: Flask, admin: Person, send: Callable[[], int]
) -> None:
    number = fail(app, send())
    path = f"{PAGE}/submissions/{number}"
    refused = admin.post(f"{path}/give-up", {"note": "  "}, follow_redirects=True)
    assert "The note is missing" in refused.text
    assert stored(app, number).settled_at is None
    done = admin.post(f"{path}/give-up", {"note": "A fork bomb."}, follow_redirects=True)
    assert "keeps its verdict" in done.text
    assert stored(app, number).verdict == "internal_error"
    assert admin.get(path).status_code == 404
    assert open_alarms(app) == []
    logged = entry(app, "submission.given_up")
    assert (logged.subject, logged.facts["note"]) == (f"submission {number}", "A fork bomb.")
    assert "A fork bomb." in admin.get("/admin/audit").text


def test_an_alarm_is_settled_once_with_a_note(app: Flask, admin: Person) -> None:
    with app.app_context():
        alarms.raise_alarm("sandbox", "The <engine> is away")
        alarms.raise_alarm("sandbox", "The <engine> is away")
        (alarm,) = alarms.open_alarms()
    page = admin.get(PAGE).text
    for told in ("Code cannot be run", "The &lt;engine&gt; is away", "2 times"):
        assert told in page
    path = f"{PAGE}/alarms/{alarm.id}/settle"
    for note, told in (("", "The note is missing"), ("x" * 1001, "The note is too long")):
        assert told in admin.post(path, {"note": note}, follow_redirects=True).text
    assert open_alarms(app) == ["sandbox"]
    assert "The alarm is settled" in admin.post(path, {"note": "Disk was full"}, follow_redirects=True).text
    assert "not open any more" in admin.post(path, {"note": "Again"}, follow_redirects=True).text
    logged = entry(app, "alarm.settled")
    assert (logged.subject, logged.facts["kind"], logged.facts["note"]) == (
        "the whole site",
        "sandbox",
        "Disk was full",
    )


def test_without_redis_the_page_answers_and_work_is_kept(
    app: Flask,
    make_app: Callable[..., Flask],
    admin: Person,
    send: Callable[[], int],
) -> None:
    number = fail(app, send())
    send()
    cut_off = make_app(REDIS_URL="unix:///nowhere/redis.sock")
    there = Person(cut_off, cut_off.test_client(), admin.email)
    assert there.sign_in().status_code == 302
    page = there.get(PAGE)
    assert page.status_code == 200
    for told in ("Redis does not answer", "Not known while Redis does not answer", "Unknown"):
        assert told in page.text
    assert row(page.text, "live").startswith("live 1 waiting")
    assert row(page.text, "live").endswith("unknown rings")
    reply = there.post(f"{PAGE}/submissions/{number}/grade-again", follow_redirects=True)
    assert f"Submission {number} waits until Redis is back" in reply.text
    assert stored(app, number).state is SubmissionState.QUEUED


def test_a_page_in_the_menu_leads_there(admin: Person, candidate: Person) -> None:
    assert f'href="{PAGE}"' in admin.get("/admin/users").text
    assert f'href="{PAGE}"' in admin.get("/").text
    assert f'href="{PAGE}"' not in candidate.get("/").text


def test_a_submission_that_was_stopped_is_no_fault(app: Flask, send: Callable[[], int]) -> None:
    number = send()
    with app.app_context():
        submissions.cancel(db.session.get_one(Submission, number))
        faults = operations.overview().faults
    assert (faults.judged, faults.share) == (0, None)
