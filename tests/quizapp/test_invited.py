"""The candidate's side of an invitation: its link, accepting, sitting, and going on at another device."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import Attempt, AttemptKind, Invitation, Mail, Role, User
from quizapp.receipt import database_now
from quizapp.services import accommodations, evidence, letters, persons, sign_ins
from tests.quizapp.invitations_desk import (
    LIST,
    Guest,
    attempt_of,
    audited,
    deliver_all,
    hiring_interview,
    invite,
    mails,
    set_columns,
    stored,
    token_of,
)
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting


@pytest.fixture
def owner(manager: Person, library: Shelf) -> Person:
    hiring_interview(manager.app, manager)
    return manager


@pytest.fixture
def invitation(owner: Person) -> Invitation:
    return invite(owner)


@pytest.fixture
def cara(app: Flask, invitation: Invitation) -> Guest:
    return Guest(app, token_of(app, invitation))


def at_another_device(person: Guest) -> Guest:
    return Guest(person.app, person.token)


def users(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(User.id))) or 0


def later(app: Flask, **time: float) -> object:
    with app.app_context():
        return database_now() + timedelta(**time)


def test_opening_a_link_changes_nothing(cara: Guest, invitation: Invitation) -> None:
    before = users(cara.app)
    for _ in range(2):
        page = cara.open()
        assert page.status_code == 200
        assert "Accept the invitation" in page.text
        assert "Backend, first round" in page.text
    now = stored(cara.app)
    assert (now.opened_at, now.user_id) == (None, None)
    assert users(cara.app) == before


def test_the_link_leaves_the_address(cara: Guest) -> None:
    reply = cara.client.get(f"/i/{cara.token}")
    assert (reply.status_code, reply.location) == (302, "/invitation")
    page = cara.client.get("/invitation")
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert 'name="robots" content="noindex' in page.text


def test_a_link_that_was_not_made_here_tells_nothing(cara: Guest) -> None:
    right = cara.token
    others = [
        *(right[:-1], right + "a", right.upper(), f"9{right}", "1-1-" + "a" * 32, "x"),
        right.replace("-1-", "-2-"),
    ]
    for wrong in others:
        reply = Guest(cara.app, wrong).open()
        assert reply.status_code == 404, wrong
        assert "This link leads to no invitation" in reply.text
        assert "Backend" not in reply.text


def test_accepting_makes_a_guest_who_sees_this_interview_only(cara: Guest, invitation: Invitation) -> None:
    reply = cara.accept()
    assert (reply.status_code, reply.location) == (303, f"/invitations/{invitation.id}")
    now = stored(cara.app)
    assert now.bound_at is not None
    with cara.app.app_context():
        guest = db.session.get_one(User, now.user_id)
        assert (guest.is_guest, guest.name, guest.password_hash) == (True, "Cara Sommer", "")
    lobby = cara.client.get(reply.location)
    assert lobby.status_code == 200
    assert "Start the clock" in lobby.text
    assert cara.client.get("/").location == "/invitation"
    for path in (
        "/banks",
        "/practice/basics/choice-1",
        "/manage",
        LIST,
        "/history",
        "/account",
        "/interviews",
    ):
        assert cara.client.get(path).status_code == 403, path
    assert "Practice" not in lobby.text
    assert [entry.facts["by"] for entry in audited(cara.app, "invitation.accepted")] == ["a guest"]


def test_a_double_click_is_one_guest(cara: Guest) -> None:
    cara.accept()
    before = users(cara.app)
    cara.client.delete_cookie("quizapp")  # the answer to the first click never came
    reply = at_another_device(cara).accept()
    assert reply.status_code == 409, "another browser is not the same device"
    assert users(cara.app) == before


def test_the_same_browser_is_known_again(cara: Guest) -> None:
    cara.open()
    first = cara.post("/invitation/accept")
    second = cara.post("/invitation/accept")
    assert first.location == second.location
    assert len(audited(cara.app, "invitation.accepted")) == 1


def test_who_is_signed_in_is_asked(cara: Guest, candidate: Person, invitation: Invitation) -> None:
    own = Guest(cara.app, cara.token)
    own.client = candidate.client
    page = own.open()
    assert "Accept with my account" in page.text
    assert "Accept without my account" in page.text
    own.post("/invitation/accept", {"as": "account"})
    assert stored(cara.app).user_id == candidate.id
    assert candidate.get(f"/invitations/{invitation.id}").status_code == 200
    assert candidate.get("/history").status_code == 200
    elsewhere = at_another_device(cara).open()
    assert "It goes with an account" in elsewhere.text
    assert candidate.email not in elsewhere.text


def test_without_being_asked_an_account_is_never_bound(cara: Guest, candidate: Person) -> None:
    own = Guest(cara.app, cara.token)
    own.client = candidate.client
    own.accept()
    assert stored(cara.app).user_id != candidate.id


def test_somebody_elses_invitation_is_not_found(
    cara: Guest, invitation: Invitation, candidate: Person, owner: Person
) -> None:
    cara.accept()
    other = invite(owner, "other@example.org", "Omar")
    for path in (f"/invitations/{other.id}", "/invitations/999999"):
        assert cara.client.get(path).status_code == 404
    assert candidate.get(f"/invitations/{invitation.id}").status_code == 404


def test_sitting_from_the_link_to_the_receipt(cara: Guest, invitation: Invitation, owner: Person) -> None:
    assert owner.post(f"{LIST}/{invitation.id}/change", {"extra": "50"}).status_code == 303
    cara.accept()
    assert "you have 50 % extra time: 45 minutes" in cara.client.get(f"/invitations/{invitation.id}").text
    refused = cara.post(f"/invitations/{invitation.id}/start", follow_redirects=True)
    assert "Tick that you know what is recorded" in refused.text
    attempt_id = cara.start(invitation)
    attempt = attempt_of(cara.app, invitation)
    assert (attempt.id, attempt.kind, attempt.extra_share) == (attempt_id, AttemptKind.HIRING, 0.5)
    assert attempt.interview_version_id == invitation.version_id
    assert cara.start(invitation) == attempt_id, "one attempt per invitation"
    sitting = Sitting(_as_person(cara, invitation), attempt_id)
    sitting.answer_all()
    assert cara.client.get(f"/attempts/{attempt_id}").status_code == 200
    sitting.hand_in()
    assert "See what was handed in" in cara.client.get(f"/invitations/{invitation.id}").text
    assert [mail.invitation_id for mail in mails(cara.app, "receipt")] == [invitation.id]
    assert cara.post(f"/invitations/{invitation.id}/start", {"consent": "1"}).location.endswith(
        f"/{attempt_id}"
    )


def _as_person(guest: Guest, invitation: Invitation) -> Person:
    with guest.app.app_context():
        user = db.session.get_one(Invitation, invitation.id).user
        assert user is not None
        person = Person(guest.app, guest.client, user.email)
    person.post = guest.post  # type: ignore[method-assign]
    return person


def test_of_two_shares_of_extra_time_the_larger_holds(
    cara: Guest, candidate: Person, invitation: Invitation, owner: Person
) -> None:
    with cara.app.app_context():
        accommodations.give(candidate.email, "75", actor=None)
    own = Guest(cara.app, cara.token)
    own.client = candidate.client
    own.accept(**{"as": "account"})
    own.start(invitation)
    assert attempt_of(cara.app, invitation).extra_share == 0.75


def test_a_window_says_when_and_lets_nobody_begin_outside_it(cara: Guest, invitation: Invitation) -> None:
    set_columns(
        cara.app,
        invitation,
        opens_at=later(cara.app, hours=2),
        closes_at=later(cara.app, hours=5),
        time_zone="Europe/Berlin",
    )
    page = cara.open().text
    assert "It is not open yet" in page
    assert "Europe/Berlin, UTC+0" in page
    cara.accept()
    lobby = cara.client.get(f"/invitations/{invitation.id}").text
    assert "It can be started from" in lobby
    assert "Start the clock" not in lobby
    assert "Try it out" in lobby
    reply = cara.post(f"/invitations/{invitation.id}/start", {"consent": "1"}, follow_redirects=True)
    assert "Its time has not come yet" in reply.text
    set_columns(cara.app, invitation, opens_at=None, closes_at=later(cara.app, minutes=10))
    found = re.search(r"has (\d+) of 30 minutes", cara.client.get(f"/invitations/{invitation.id}").text)
    assert found, "the warning says how much is left"
    assert 1 <= int(found[1]) <= 10
    set_columns(cara.app, invitation, closes_at=later(cara.app, seconds=-1))
    assert "The time of this invitation is over" in cara.open().text
    reply = cara.post(f"/invitations/{invitation.id}/start", {"consent": "1"}, follow_redirects=True)
    assert "The time of this invitation is over" in reply.text


def test_the_window_ends_the_attempt(cara: Guest, invitation: Invitation) -> None:
    closes = later(cara.app, minutes=10)
    set_columns(cara.app, invitation, closes_at=closes)
    cara.accept()
    attempt_id = cara.start(invitation)
    assert attempt_of(cara.app, invitation).window_end == closes
    told = cara.client.get(f"/attempts/{attempt_id}/clock").json
    assert told is not None
    assert 0 < told["remaining_seconds"] <= 600


def test_declining_is_a_button_and_final(cara: Guest, invitation: Invitation) -> None:
    cara.open()
    page = cara.post("/invitation/decline", follow_redirects=True)
    assert "You have declined this invitation" in page.text
    assert stored(cara.app).declined_at is not None
    assert cara.post("/invitation/accept").status_code == 409
    assert len(audited(cara.app, "invitation.declined")) == 1


def test_a_revoked_link_says_so(cara: Guest, invitation: Invitation, owner: Person) -> None:
    owner.post(f"{LIST}/{invitation.id}/revoke")
    page = cara.open()
    assert page.status_code == 410
    assert "no longer open" in page.text
    assert Guest(cara.app, token_of(cara.app, invitation)).open().status_code == 410
    assert cara.post("/invitation/accept").status_code == 410


def test_a_replaced_link_says_so_and_the_new_one_works(
    cara: Guest, invitation: Invitation, owner: Person
) -> None:
    owner.post(f"{LIST}/{invitation.id}/renew-link")
    assert cara.open().status_code == 410
    assert "Accept the invitation" in Guest(cara.app, token_of(cara.app, invitation)).open().text


def test_a_mail_tells_the_whole_length(manager: Person, library: Shelf) -> None:
    hiring_interview(manager.app, manager, minutes=100)
    invite(manager, extra="15")
    with manager.app.app_context():
        (mail,) = db.session.scalars(select(Mail))
        letter = letters.written(mail)
    assert letter is not None
    assert "115 minutes, your 15 % extra time included" in letter.text


def test_a_guest_is_sent_to_nothing_that_is_closed_to_them(manager: Person, library: Shelf) -> None:
    hiring_interview(manager.app, manager, results="at-once")
    invitation = invite(manager)
    cara = Guest(manager.app, token_of(manager.app, invitation))
    cara.accept()
    attempt = f"/attempts/{cara.start(invitation)}"
    assert cara.post(f"{attempt}/finish").status_code == 303
    page, printed = cara.client.get(f"{attempt}/report"), cara.client.get(f"{attempt}/report.pdf")
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(printed.data)).pages)
    assert "of 44 points" in page.text
    assert "of 44 points" in text
    assert "to practise next" not in page.text + text


def test_a_guest_gets_no_role(cara: Guest, invitation: Invitation, admin: Person) -> None:
    cara.accept()
    guest = stored(cara.app).user_id
    assert admin.post(f"/admin/users/{guest}/role", {"role": "admin"}).status_code == 409
    with cara.app.app_context():
        assert db.session.get_one(User, guest).role is Role.CANDIDATE


class TestAnotherDevice:
    @pytest.fixture
    def app(self, make_app: Callable[..., Flask]) -> Flask:
        """A site that mails; nobody takes its mails here."""
        server = {"MAIL_SERVER": "127.0.0.1", "MAIL_TLS": "none", "MAIL_FROM": "quizapp <quiz@example.org>"}
        return make_app(**server, PUBLIC_URL="http://localhost")

    @pytest.fixture
    def other(self, cara: Guest, invitation: Invitation) -> Guest:
        cara.accept()
        cara.start(invitation)
        other = at_another_device(cara)
        other.open()
        return other

    def code(self, app: Flask) -> str:
        with app.app_context():
            mail = db.session.scalars(
                select(Mail).where(Mail.kind == "CODE").order_by(Mail.id.desc())
            ).first()
            assert mail is not None
            letter = letters.written(mail)
            assert letter is not None
            return next(line.strip() for line in letter.text.splitlines() if line.startswith("    "))

    def test_goes_on_with_a_code_and_ends_the_first(
        self, cara: Guest, other: Guest, invitation: Invitation
    ) -> None:
        attempt_id = attempt_of(cara.app, invitation).id
        page = other.client.get("/invitation").text
        assert "It is in use on another device" in page
        assert "c…@e…" in page
        assert "cara@example.org" not in page
        other.post("/invitation/code")
        reply = other.post("/invitation/go-on", {"code": self.code(cara.app)})
        assert (reply.status_code, reply.location) == (303, f"/invitations/{invitation.id}")
        assert other.client.get(f"/attempts/{attempt_id}").status_code == 200
        gone = cara.client.get(f"/attempts/{attempt_id}")
        assert (gone.status_code, gone.location) == (302, "/invitation")
        assert "It is in use on another device" in cara.client.get("/invitation").text
        assert (
            cara.client.get(
                f"/attempts/{attempt_id}/clock", headers={"Accept": "application/json"}
            ).status_code
            == 401
        )
        (entry,) = audited(cara.app, "invitation.taken_over")
        assert (entry.facts["by"], entry.facts["sessions_ended"]) == ("a code", 1)
        assert entry.facts["attempt"] == attempt_id
        with cara.app.app_context():
            attempt = db.session.get_one(Attempt, attempt_id)
            assert attempt.is_recorded
            assert [one.kind for one in evidence.events(attempt)] == ["takeover"]

    def test_a_code_has_five_tries(self, cara: Guest, other: Guest) -> None:
        other.post("/invitation/code")
        right = self.code(cara.app)
        wrong = "0000 0000" if right != "0000 0000" else "1111 1111"
        for left in (4, 3, 2, 1):
            reply = other.post("/invitation/go-on", {"code": wrong})
            assert reply.status_code == 422
            assert f"{left} more tr" in reply.text
        other.post("/invitation/go-on", {"code": wrong})
        reply = other.post("/invitation/go-on", {"code": right})
        assert "no code that could be used" in reply.text
        assert cara.client.get("/invitation").text.count("Continue")

    def test_a_code_works_once_and_not_for_long(
        self, cara: Guest, other: Guest, invitation: Invitation
    ) -> None:
        other.post("/invitation/code")
        code = self.code(cara.app)
        set_columns(cara.app, invitation, code_until=later(cara.app, seconds=-1))
        assert "no code that could be used" in other.post("/invitation/go-on", {"code": code}).text
        other.post("/invitation/code")
        code = self.code(cara.app)
        assert other.post("/invitation/go-on", {"code": code}).status_code == 303
        third = at_another_device(cara)
        third.open()
        assert "no code that could be used" in third.post("/invitation/go-on", {"code": code}).text

    def test_codes_are_mailed_three_times_an_hour(self, other: Guest) -> None:
        for _ in range(3):
            assert other.post("/invitation/code").status_code == 303
        reply = other.post("/invitation/code")
        assert reply.status_code == 429
        assert reply.headers["Retry-After"] == "3600"
        assert len(mails(other.app, "code")) == 3

    def test_a_code_needs_the_link_and_is_kept_keyed(self, cara: Guest, other: Guest, owner: Person) -> None:
        other.post("/invitation/code")
        code = self.code(cara.app)
        kept = stored(cara.app).code_hash
        assert kept is not None
        assert code.replace(" ", "") not in kept
        stranger = Guest(cara.app, token_of(cara.app, invite(owner, "other@example.org", "Omar")))
        stranger.open()
        assert stranger.post("/invitation/go-on", {"code": code}).status_code == 409

    def test_a_release_needs_no_code_once(
        self, cara: Guest, other: Guest, invitation: Invitation, owner: Person
    ) -> None:
        assert other.post("/invitation/go-on").status_code == 422
        assert owner.post(f"{LIST}/{invitation.id}/release").status_code == 303
        assert "every other device is signed out" in other.client.get("/invitation").text
        assert other.post("/invitation/go-on").status_code == 303
        assert cara.client.get(f"/invitations/{invitation.id}").location == "/invitation"
        third = at_another_device(cara)
        third.open()
        assert third.post("/invitation/go-on").status_code == 422
        assert [entry.facts["by"] for entry in audited(cara.app, "invitation.taken_over")] == ["a release"]

    def test_the_first_browser_needs_neither(self, cara: Guest, invitation: Invitation) -> None:
        cara.accept()
        with cara.app.app_context():
            user_id = stored(cara.app).user_id
            assert user_id is not None
            assert sign_ins.end_all(user_id) == 1
            db.session.commit()
        assert "It was accepted in this browser" in cara.client.get("/invitation").text
        assert cara.post("/invitation/go-on").status_code == 303
        assert audited(cara.app, "invitation.taken_over") == []

    def test_leaving_a_device_forgets_it(self, cara: Guest) -> None:
        cara.accept()
        cara.post("/invitations/leave")
        assert "It is in use on another device" in cara.open().text


def test_without_a_mail_server_no_code_is_promised(cara: Guest) -> None:
    cara.accept()
    other = at_another_device(cara)
    page = other.open().text
    assert "to let you go on at this device" in page
    assert "Mail me a code" not in page
    assert other.post("/invitation/code").status_code == 409


def test_forgetting_a_person_leaves_nothing_of_them(cara: Guest, invitation: Invitation) -> None:
    cara.accept()
    deliver_all(cara.app)
    with cara.app.app_context():
        found = db.session.get_one(Invitation, invitation.id)
        persons.forget_invitation(found)
        db.session.commit()
        dump = "\n".join(
            repr(row) for table in db.metadata.sorted_tables for row in db.session.execute(select(table))
        )
    assert "cara" not in dump.lower()
    assert "sommer" not in dump.lower()
    assert cara.open().status_code == 410
