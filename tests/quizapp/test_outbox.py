"""Mails on their way out, by a real mail server: sent once, tried again, given up with a reason."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from quizapp import queueing
from quizapp.config import ConfigurationError
from quizapp.errors import Gone
from quizapp.extensions import db, mail
from quizapp.models import Alarm, Invitation, Mail
from quizapp.receipt import database_now
from quizapp.services import accounts, alarms, forgotten, outbox, reminders
from tests.quizapp.invitations_desk import (
    LIST,
    Guest,
    audited,
    deliver_all,
    hiring_interview,
    invite,
    mails,
    read,
    set_columns,
    stored,
    text_of,
    token_of,
)
from tests.quizapp.people import Person, csrf_token
from tests.quizapp.post_office import PostOffice, open_office
from tests.quizapp.shelf import Shelf
from worker import jobs


@pytest.fixture(scope="module")
def building() -> Iterator[PostOffice]:
    with open_office() as office:
        yield office


@pytest.fixture
def office(building: PostOffice) -> PostOffice:
    building.mails.clear()
    building.rcpt_answers.clear()
    building.data_answers.clear()
    building.is_cut_off = False
    return building


@pytest.fixture
def app(make_app: Callable[..., Flask], office: PostOffice) -> Flask:
    return make_app(**office.settings())


@pytest.fixture
def owner(manager: Person, library: Shelf) -> Person:
    hiring_interview(manager.app, manager)
    return manager


def row(app: Flask) -> Mail:
    """The only mail there is."""
    (found,) = mails(app)
    return found


def let_time_pass(app: Flask, **time: float) -> None:
    """Have everything that waits for a moment wait less."""
    with app.app_context():
        for one in db.session.query(Mail):
            one.due_at -= timedelta(**time)
            one.taken_until = one.taken_until and one.taken_until - timedelta(**time)
        db.session.commit()


def test_an_invitation_arrives_once(app: Flask, office: PostOffice, owner: Person) -> None:
    invitation = invite(owner, message="We **look forward** to it. {{ 7 * 7 }} <b>bold</b>", extra="25")
    assert queueing_rings(app) == 1
    assert deliver_all(app) == 1
    assert deliver_all(app) == 0
    with app.app_context():
        assert outbox.deliver(row(app).id) is False
    (envelope,) = office.mails
    message = read(envelope.original_content or b"")
    assert envelope.rcpt_tos == ["cara@example.org"]
    assert message["To"] == "Cara Sommer <cara@example.org>"
    assert message["From"] == "quizapp <quiz@example.org>"
    assert message["Subject"] == "Invitation: Backend, first round"
    assert message["Message-ID"] == f"<mail-{row(app).id}@example.org>"
    link = f"http://localhost/i/{token_of(app, invitation)}"
    plain, html = text_of(message), text_of(message, "html")
    assert link in plain
    assert f'href="{link}"' in html
    assert "37 minutes, your 25 % extra time included" in plain
    assert "{{ 7 * 7 }}" in plain
    assert "{{ 7 * 7 }}" in html
    assert "<strong>look forward</strong>" in html
    assert "<b>" not in html
    assert row(app).sent_at is not None


def queueing_rings(app: Flask) -> int | None:
    with app.app_context():
        return queueing.rings(queueing.MAIL)


def test_no_name_or_title_can_begin_another_header(app: Flask, office: PostOffice, owner: Person) -> None:
    invitation = invite(owner)
    with app.app_context():
        found = db.session.get_one(Invitation, invitation.id)
        found.name = "Cara\r\nBcc: all@example.org"
        found.version.title = "Round one\nBcc: all@example.org"
        db.session.commit()
    assert deliver_all(app) == 1
    message = read(office.mails[0].original_content or b"")
    assert message["Bcc"] is None
    assert message["Subject"] == "Invitation: Round one Bcc: all@example.org"
    assert office.mails[0].rcpt_tos == ["cara@example.org"]


def test_names_of_all_the_world_arrive(app: Flask, office: PostOffice, owner: Person) -> None:
    invite(owner, name='Žofie "Zo" Müller, 李')
    assert deliver_all(app) == 1
    message = read(office.mails[0].original_content or b"")
    assert message["To"].addresses[0].display_name == 'Žofie "Zo" Müller, 李'


def test_an_address_that_is_refused_is_given_up_with_the_reason(
    app: Flask, office: PostOffice, owner: Person
) -> None:
    office.rcpt_answers.append("550 No such person here")
    invite(owner)
    assert deliver_all(app) == 0
    found = row(app)
    assert found.failed_at is not None
    assert found.problem == "The mail server refused the address: 550 No such person here."
    assert "550 No such person here" in owner.get(LIST).text
    assert deliver_all(app) == 0


def test_what_is_refused_for_now_is_tried_again(app: Flask, office: PostOffice, owner: Person) -> None:
    office.data_answers.append("451 Greylisted, come back")
    invite(owner)
    assert deliver_all(app) == 0
    found = row(app)
    assert (found.tries, found.failed_at, found.handed_at) == (1, None, None)
    assert "tried 1 times: The mail server said 451 Greylisted, come back." in owner.get(LIST).text
    assert deliver_all(app) == 0, "not before its pause is over"
    let_time_pass(app, minutes=2)
    assert deliver_all(app) == 1
    assert len(office.mails) == 1


def test_a_server_that_is_away_raises_an_alarm_until_it_is_back(
    make_app: Callable[..., Flask], office: PostOffice, app: Flask, owner: Person
) -> None:
    app.extensions["mailman"].port = 1  # nobody listens there
    invite(owner)
    assert deliver_all(app) == 0
    assert "cannot be reached" in row(app).problem
    with app.app_context():
        assert alarms.is_open("mail")
    app.extensions["mailman"].port = office.port
    let_time_pass(app, minutes=2)
    assert deliver_all(app) == 1
    with app.app_context():
        assert not alarms.is_open("mail")
        assert db.session.query(Alarm).count() == 1


def test_it_is_given_up_some_day(app: Flask, owner: Person) -> None:
    app.extensions["mailman"].port = 1
    invite(owner)
    tries = 0
    while row(app).failed_at is None:
        deliver_all(app)
        let_time_pass(app, days=1)
        tries += 1
        assert tries < 20
    assert f"Given up after {len(outbox.PAUSES) + 1} tries" in row(app).problem


def test_a_connection_that_breaks_while_the_text_goes_is_not_tried_again(
    app: Flask, office: PostOffice, owner: Person
) -> None:
    office.is_cut_off = True
    invite(owner)
    assert deliver_all(app) == 0
    assert len(office.mails) == 1, "it has arrived, only nobody was told"
    assert "It may have arrived" in row(app).problem
    let_time_pass(app, days=1)
    assert deliver_all(app) == 0
    with app.app_context():
        assert outbox.sweep() == 0
    assert len(office.mails) == 1


def test_of_many_deliveries_at_once_one_sends(app: Flask, office: PostOffice, owner: Person) -> None:
    invite(owner)
    number = row(app).id

    def deliver(_: int) -> bool:
        with app.app_context():
            return outbox.deliver(number)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(deliver, range(4))) == [False, False, False, True]
    assert len(office.mails) == 1


def test_a_delivery_that_died_before_the_text_went_is_repeated_and_after_it_is_not(
    app: Flask, office: PostOffice, owner: Person
) -> None:
    invite(owner)
    with app.app_context():
        assert outbox._taken(row(app).id) == 1
    assert deliver_all(app) == 0, "it is in somebody's hands"
    let_time_pass(app, minutes=10)
    with app.app_context():
        queueing.queue(queueing.MAIL).empty()
        assert outbox.sweep() == 1
        assert queueing.rings(queueing.MAIL) == 1
        assert outbox.sweep() == 1
        assert queueing.rings(queueing.MAIL) == 1, "one ring for each that waits"
    assert deliver_all(app) == 1
    invite(owner, "other@example.org")
    number = mails(app)[-1].id
    with app.app_context():
        assert outbox._taken(number) == 1
        outbox._write(number, 1, handed_at=database_now())
    let_time_pass(app, minutes=10)
    with app.app_context():
        assert outbox.sweep() == 0
    assert "It may have arrived" in mails(app)[-1].problem
    assert len(office.mails) == 1


def test_the_job_sends(
    app: Flask, office: PostOffice, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "application", lambda: app)
    invite(owner)
    with app.app_context():
        worker = SimpleWorker(
            [queueing.queue(queueing.MAIL)], connection=app.extensions["redis"], serializer=JSONSerializer
        )
        worker.work(burst=True, logging_level="WARNING")
    assert len(office.mails) == 1


def test_a_mail_that_nobody_needs_any_more_is_not_sent(app: Flask, office: PostOffice, owner: Person) -> None:
    invitation = invite(owner)
    owner.post(f"{LIST}/{invitation.id}/revoke")
    assert deliver_all(app) == 0
    assert row(app).problem == outbox.MOOT
    assert office.mails == []


def test_reminders_go_out_once_and_to_those_who_have_not_begun(
    app: Flask, office: PostOffice, owner: Person
) -> None:
    waiting, begun, gone = (
        invite(owner, f"{name}@example.org", name) for name in ("waiting", "begun", "gone")
    )
    guest = Guest(app, token_of(app, begun))
    guest.accept()
    guest.start(begun)
    owner.post(f"{LIST}/{gone.id}/revoke")
    with app.app_context():
        moment = database_now() - timedelta(seconds=1)
    for one in (waiting, begun, gone):
        set_columns(app, one, remind_at=moment)
    with app.app_context():
        assert reminders.send_due() == 1
        assert reminders.send_due() == 0
    deliver_all(app)
    told = [read(one.original_content or b"") for one in office.mails]
    assert [one["To"] for one in told if one["Subject"].startswith("Reminder")] == [
        "waiting <waiting@example.org>"
    ]
    assert stored(app, "waiting@example.org").reminded_at is not None


def test_a_finished_interview_is_confirmed(app: Flask, office: PostOffice, owner: Person) -> None:
    invitation = invite(owner)
    guest = Guest(app, token_of(app, invitation))
    guest.accept()
    guest.post(f"/attempts/{guest.start(invitation)}/finish")
    deliver_all(app)
    (told,) = [
        one
        for one in (read(e.original_content or b"") for e in office.mails)
        if one["Subject"].startswith("Received")
    ]
    assert "has arrived. It was handed in on" in text_of(told)


def test_a_reset_link_is_mailed_and_works(
    app: Flask, office: PostOffice, admin: Person, candidate: Person
) -> None:
    page = admin.post(f"/admin/users/{candidate.id}/reset-link").text
    assert "It was mailed to" in page
    deliver_all(app)
    words = text_of(read(office.mails[0].original_content or b""))
    link = next(line for line in words.splitlines() if line.startswith("http://localhost/reset/"))
    assert link in page
    token = link.rsplit("/", 1)[1]
    assert token not in str(row(app).facts)
    with app.app_context():
        assert accounts.owner_of_reset(token).email == candidate.email


def forgot(app: Flask, email: str) -> Any:
    """Ask for a link at a browser of one's own, on the page that the sign-in page leads to."""
    client = app.test_client()
    assert 'href="/forgot-password"' in client.get("/sign-in").text
    return client.post("/forgot-password", data={"csrf_token": csrf_token(client), "email": email})


class TestForgottenPassword:
    def test_the_answer_is_the_same_for_every_address_and_only_accounts_get_a_mail(
        self, app: Flask, owner: Person, candidate: Person, make_person: Callable[..., Person]
    ) -> None:
        away = make_person(is_signed_in=False)
        invitation = invite(owner)
        Guest(app, token_of(app, invitation)).accept()
        with app.app_context():
            accounts.set_enabled(away.id, is_enabled=False, actor=None)
        told = set()
        for email in (
            candidate.email,
            candidate.email.upper(),
            "x@example.org",
            away.email,
            invitation.email,
        ):
            reply = forgot(app, email)
            assert reply.status_code == 200
            page = re.sub(r'content="[^"]+"|nonce="[^"]+"', "", reply.text.replace(email, ""))
            told.add(page)
        assert len(told) == 1
        assert [mail.user_id for mail in mails(app, "reset")] == [candidate.id] * 2
        assert forgot(app, "x").status_code == 422
        assert [entry.subject for entry in audited(app, "account.reset_asked")].count(candidate.email) == 2

    def test_the_link_works_once_and_ends_every_session(
        self, app: Flask, office: PostOffice, candidate: Person
    ) -> None:
        for _ in range(forgotten.MOST_MAILS_AN_HOUR + 1):
            forgot(app, candidate.email)
        assert deliver_all(app) == forgotten.MOST_MAILS_AN_HOUR
        words = [text_of(read(one.original_content or b"")) for one in office.mails]
        (link,) = {line for text in words for line in text.splitlines() if "/reset/" in line}
        client = app.test_client()
        client.get(link.removeprefix("http://localhost"))
        assert candidate.get("/account").status_code == 200
        form = {"csrf_token": csrf_token(client), "password": "seven quiet lanterns"}
        assert client.post("/reset", data=form).status_code == 302
        assert candidate.get("/account").status_code == 302, "whoever was signed in is not any more"
        assert (
            app.test_client().get(link.removeprefix("http://localhost"), follow_redirects=True).status_code
            == 410
        )
        with app.app_context():
            assert accounts.prove(candidate.email, "seven quiet lanterns") is not None

    def test_a_link_that_is_open_stays_and_an_old_one_ends(self, app: Flask, candidate: Person) -> None:
        with app.app_context():
            token = accounts.make_reset_link(candidate.id, actor=None)
            until = accounts.get(candidate.id).reset_until
        forgot(app, candidate.email)
        with app.app_context():
            assert accounts.owner_of_reset(token).reset_until == until, "the admin's link is mailed again"
            user = accounts.get(candidate.id)
            user.reset_until = database_now() + timedelta(minutes=1)
            db.session.commit()
        forgot(app, candidate.email)
        with app.app_context():
            with pytest.raises(Gone):
                accounts.owner_of_reset(token)
            until = accounts.get(candidate.id).reset_until
            assert until is not None
            assert timedelta() < until - database_now() <= forgotten.LIFETIME

    def test_without_a_mail_server_an_admin_gives_links(self, app: Flask, candidate: Person) -> None:
        app.config.update(MAIL_SERVER="", HELP_CONTACT="Kim at the desk")
        assert "Ask Kim at the desk for a link" in app.test_client().get("/forgot-password").text
        assert "Ask Kim at the desk for a link" in forgot(app, candidate.email).text
        assert mails(app) == []

    def test_nobody_asks_without_end(self, make_app: Callable[..., Flask], office: PostOffice) -> None:
        strict = make_app(**office.settings(), RATELIMIT_ENABLED=True, LIMIT_FORGOTTEN="2 per hour")
        assert [forgot(strict, "x@example.org").status_code for _ in range(3)] == [200, 200, 429]


def test_the_outbox_holds_nothing_that_opens_anything(app: Flask, owner: Person) -> None:
    invitation = invite(owner)
    told = str({column.name: getattr(row(app), column.name) for column in Mail.__table__.columns})
    assert token_of(app, invitation).rsplit("-", 1)[1] not in told
    assert "cara" not in told


def test_without_a_server_mails_are_files_that_only_the_site_reads(
    make_app: Callable[..., Flask], library: Shelf, owner: Person, app: Flask
) -> None:
    app.config.update(MAIL_SERVER="")
    app.extensions["mailman"].backend = "file"
    page = invite(owner)
    assert "hand the link over" not in owner.get(LIST).text
    assert deliver_all(app) == 1
    folder = Path(app.config["MAIL_FILE_PATH"])
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.iterdir()
    assert f"/i/{token_of(app, page)}" in text_of(read(file.read_bytes().split(b"\n" + b"-" * 79)[0]))
    assert "no mail server: hand the link over" in owner.get(LIST).text


def test_a_certificate_of_nobody_we_know_is_refused_under_starttls(
    make_app: Callable[..., Flask], office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(**{**office.settings(), "MAIL_TLS": "starttls"})
    seen: list[ssl.SSLContext] = []
    monkeypatch.setattr(smtplib.SMTP, "starttls", lambda _self, *, context: seen.append(context))
    with app.app_context():
        connection = mail.get_connection()
        assert connection.open() is True
        connection.close()
    assert (seen[0].verify_mode, seen[0].check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"MAIL_TLS": "maybe"}, "QUIZAPP_MAIL_TLS"),
        ({"MAIL_PORT": "0"}, "QUIZAPP_MAIL_PORT"),
        ({"MAIL_PORT": "x"}, "QUIZAPP_MAIL_PORT"),
        ({"MAIL_FROM": "nobody"}, "QUIZAPP_MAIL_FROM"),
        ({"PUBLIC_URL": ""}, "QUIZAPP_PUBLIC_URL"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_the_start(
    make_app: Callable[..., Flask], office: PostOffice, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make_app(**{**office.settings(), **wrong})
