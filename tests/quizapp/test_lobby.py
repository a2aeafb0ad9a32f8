"""The page before an interview: terms, consent, extra time, windows, cool-downs, and trying the environment out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Attempt, AuditEntry, Question, Role, Submission
from quizapp.receipt import database_now
from quizapp.services import accommodations
from quizapp.services.accounts import NotAccepted
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice
from tests.quizapp.sittings import judge, start

LOBBY = "/interviews/first-round"


def attempts(person: Person) -> int:
    with person.app.app_context():
        return db.session.scalar(select(func.count(Attempt.id))) or 0


def give(manager: Person, person: Person, percent: object) -> str:
    form = {"email": person.email, "percent": str(percent)}
    return manager.post("/manage/extra-time", form, follow_redirects=True).text


def test_nothing_starts_without_consent(candidate: Person, library: Shelf) -> None:
    page = candidate.get(LOBBY).text
    for told in ("Not recorded: camera", "only while you share it", 'name="consent"'):
        assert told in page
    for form in ({}, {"consent": "0"}):
        page = candidate.post(f"{LOBBY}/start", form, follow_redirects=True).text
        assert "Tick that you know what is recorded" in page
    assert attempts(candidate) == 0


def test_the_attempt_keeps_when_consent_was_given(candidate: Person, library: Shelf) -> None:
    attempt = start(candidate).attempt()
    assert attempt.consented_at == attempt.started_at


def test_extra_time_is_told_and_given(candidate: Person, manager: Person, library: Shelf) -> None:
    library.blueprint(minutes=45)
    library.publish(candidate.app)
    assert "you have 25 %" not in candidate.get(LOBBY).text
    assert "has 25 % more time" in give(manager, candidate, 25)
    page = candidate.get(LOBBY).text
    assert "you have 25 % extra time: 56 minutes" in page
    sitting = start(candidate)
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert 50 * 60 < told["remaining_seconds"] <= 56.25 * 60


def test_what_runs_keeps_its_time_when_the_share_changes(
    candidate: Person, manager: Person, library: Shelf
) -> None:
    sitting = start(candidate)
    give(manager, candidate, 50)
    assert sitting.attempt().extra_share == 0
    sitting.hand_in()
    assert start(candidate).attempt().extra_share == 0.5


def test_every_change_of_extra_time_is_in_the_audit_log(candidate: Person, manager: Person) -> None:
    manager_id = manager.id
    for percent in (25, 25, 0):
        give(manager, candidate, percent)
    assert "Nobody has extra time" in manager.get("/manage/extra-time").text
    with candidate.app.app_context():
        found = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.extra_time_set").order_by(AuditEntry.id)
        ).all()
        told = [(entry.facts["before_percent"], entry.facts["after_percent"]) for entry in found]
        assert {entry.actor_id for entry in found} == {manager_id}
    assert told == [(0, 25), (25, 0)]


@pytest.mark.parametrize("percent", ["", "-5", "25.5", "301", "x", "²"])
def test_a_share_that_is_none_is_refused(percent: str, candidate: Person) -> None:
    with candidate.app.app_context(), pytest.raises(NotAccepted, match="whole percent"):
        accommodations.give(candidate.email, percent, actor=None)


def test_extra_time_of_nobody_is_refused_with_the_form_kept(manager: Person) -> None:
    reply = manager.post("/manage/extra-time", {"email": "no-such@example.org", "percent": "30"})
    assert reply.status_code == 404
    assert 'value="no-such@example.org"' in reply.text
    assert 'value="30"' in reply.text


def closing(library: Shelf, person: Person, **later: float) -> None:
    with person.app.app_context():
        moment = database_now() + timedelta(**later)
    library.blueprint(closes=moment.isoformat())
    assert not library.publish(person.app).findings


def test_the_lobby_says_points_and_minutes_of_each_section(candidate: Person, library: Shelf) -> None:
    def rows(page: str) -> list[list[str]]:
        table = page.partition('id="parts"')[2].partition("</table>")[0]
        lines = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        return [re.findall(r'<td class="number">(\d+)</td>', line) for line in lines[1:]]

    page = candidate.get(LOBBY).text
    assert rows(page) == [["3", "12", "6"], ["3", "12", "6"], ["1", "20", "2"], ["7", "44", "14"]]
    assert "the clock has 30." in page
    assert "on average" not in page, "whatever is drawn, it comes to the same"
    library.question(choice("choice-of-eight", points=8, minutes=6))
    library.publish(candidate.app)
    page = candidate.get(LOBBY).text
    count = page.count("on average")
    assert (count, rows(page)[0][0], rows(page)[-1][0]) == (1, "3", "7")
    assert 12 < int(rows(page)[0][1]) < 24
    assert int(rows(page)[-1][1]) == int(rows(page)[0][1]) + 32


def test_a_window_that_cuts_the_time_is_warned_of(candidate: Person, manager: Person, library: Shelf) -> None:
    closing(library, candidate, hours=2)
    page = candidate.get(LOBBY).text
    assert "Closes" in page
    assert "Less than the full time is left" not in page
    closing(library, candidate, minutes=10)
    give(manager, candidate, 50)
    page = candidate.get(LOBBY).text
    assert "Less than the full time is left" in page
    found = re.search(r"has (\d+) of 45 minutes", page)
    assert found, "the warning says how much is left"
    assert 20 <= int(found[1]) <= 25, "the window cuts the time, and not the extra share"
    sitting = start(candidate)
    told = sitting.person.get(f"{sitting.path}/clock").json
    assert told is not None
    assert 20 * 60 < told["remaining_seconds"] <= 25 * 60


def test_nobody_starts_after_the_window(candidate: Person, library: Shelf) -> None:
    closing(library, candidate, minutes=-1)
    page = candidate.get(LOBBY).text
    assert "It closed on" in page
    assert "Start the clock" not in page
    assert candidate.post(f"{LOBBY}/start", {"consent": "1"}).status_code == 409
    assert attempts(candidate) == 0


def test_a_window_without_a_zone_is_a_finding(candidate: Person, library: Shelf) -> None:
    library.blueprint(closes="2030-01-01T12:00:00")
    assert library.publish(candidate.app).findings


def test_a_retake_waits_for_the_cool_down(candidate: Person, library: Shelf) -> None:
    library.blueprint(cool_down=48)
    library.publish(candidate.app)
    assert "48 hours after you have handed in" in candidate.get(LOBBY).text
    first = start(candidate)
    first.hand_in()
    page = candidate.get(LOBBY).text
    assert "You can sit it again from" in page
    assert "Start the clock" not in page
    reply = candidate.post(f"{LOBBY}/start", {"consent": "1"})
    assert reply.status_code == 409
    assert "You can sit this again from" in reply.text
    with candidate.app.app_context():
        attempt = db.session.get_one(Attempt, first.attempt_id)
        assert attempt.finished_at is not None
        attempt.finished_at -= timedelta(hours=48)
        db.session.commit()
    assert start(candidate).attempt_id != first.attempt_id


def test_the_cool_down_counts_from_the_deadline_of_an_attempt_that_was_left(
    candidate: Person, library: Shelf
) -> None:
    library.blueprint(cool_down=1)
    library.publish(candidate.app)
    first = start(candidate)
    first.let_pass(minutes=31)
    assert "You can sit it again from" in candidate.get(LOBBY).text
    first.let_pass(minutes=60)
    assert "Start the clock" in candidate.get(LOBBY).text
    assert start(candidate).attempt_id != first.attempt_id


def test_the_lobby_says_whom_to_ask(candidate: Person, library: Shelf) -> None:
    assert "Ask whoever runs this site" in candidate.get(LOBBY).text
    candidate.app.config["HELP_CONTACT"] = "Room 5 <help@example.org>"
    assert "Ask Room 5 &lt;help@example.org&gt;" in candidate.get(LOBBY).text


def tried_out(person: Person) -> dict[str, str]:
    """Save and run as the lobby's script does."""
    person.app.config["NO_WAITING"] = True
    told = person.send_json("POST", "/try-out", {}).json
    assert told is not None
    files = {told["file"]: f"print({told['revision']})\n"}
    saved = person.send_json(
        "PUT", told["draft_url"], {"answer": {"files": files}, "revision": told["revision"]}
    )
    assert saved.status_code == 200, saved.text
    assert saved.json is not None
    assert saved.json["revision"] == told["revision"] + 1
    body = {"scope": "run", "files": files, "key": f"try-{told['revision']}"}
    assert person.send_json("POST", told["submissions_url"], body).status_code == 202
    return dict(told)


def test_a_try_out_saves_and_runs_by_the_usual_ways(candidate: Person, library: Shelf) -> None:
    first = tried_out(candidate)
    again = tried_out(candidate)
    assert first["draft_url"] == again["draft_url"]
    with candidate.app.app_context():
        assert db.session.scalars(select(Submission.queue)).all() == ["live", "live"]
    clock = candidate.get("/try-out/clock").json
    assert clock is not None
    assert clock["now"].endswith("+00:00")


def test_a_try_out_counts_nowhere(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    author = make_person(role=Role.AUTHOR)

    def seen() -> list[str]:
        shown = [candidate.get(path).text for path in ("/history", "/banks", "/interviews")]
        home = candidate.get("/").text
        return [*shown, home, author.get("/author/questions?state=retired").text]

    def without_tokens(pages: list[str]) -> list[str]:
        return [page.split("<main", 1)[1].split("</main>", 1)[0] for page in pages]

    before = without_tokens(seen())
    tried_out(candidate)
    judge(candidate, "accepted", 0.0)
    assert [old == new for old, new in zip(before, without_tokens(seen()), strict=True)] == [True] * 5
    assert candidate.get("/practice/_try_out/_try_out").status_code == 404
    library.publish(candidate.app)
    tried_out(candidate)


def test_somebody_elses_try_out_is_not_found(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    told = tried_out(candidate)
    other = make_person()
    reply = other.send_json("PUT", told["draft_url"], {"answer": {"files": {}}, "revision": 1})
    assert reply.status_code == 404


def test_two_first_try_outs_make_one_question(candidate: Person, make_person: Callable[..., Person]) -> None:
    tried_out(candidate)
    tried_out(make_person())
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == 1
    assert attempts(candidate) == 2
