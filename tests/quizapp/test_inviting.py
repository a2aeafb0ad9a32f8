"""Inviting people to an interview, the list, changes afterwards, roles, and the public link."""

from __future__ import annotations

import csv
import io
import re
import threading
import uuid
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from quizapp.errors import Refusal
from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    Choice,
    Interview,
    InterviewMember,
    InterviewRole,
    Invitation,
    Mail,
    MailKind,
    PublicLink,
    Review,
    Role,
    TeamMember,
    User,
)
from quizapp.receipt import database_now
from quizapp.rules import invitees
from quizapp.services import (
    extending,
    finishing,
    invited,
    inviting,
    letters,
    link_keys,
    outbox,
    public_links,
    public_places,
)
from quizapp.services.invitation_list import PAGE_SIZE
from tests.quizapp.invitations_desk import (
    INTERVIEW,
    LIST,
    Guest,
    audited,
    csrf_of,
    hiring_interview,
    invite,
    mails,
    set_columns,
    stored,
    token_of,
)
from tests.quizapp.people import Person, csrf_token
from tests.quizapp.shelf import Shelf


@pytest.fixture
def owner(manager: Person, library: Shelf) -> Person:
    hiring_interview(manager.app, manager)
    return manager


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(Invitation.id))) or 0


def upload(person: Person, content: bytes, **form: str) -> Any:
    sent = {"csrf_token": csrf_token(person.client), "by": "file", **form}
    return person.client.post(
        f"{LIST}/check", data={**sent, "file": (io.BytesIO(content), "people.csv")},
        content_type="multipart/form-data",
    )  # fmt: skip


def test_a_list_is_shown_before_anybody_is_invited(owner: Person) -> None:
    people = "ines@example.org, Ines\nOmar <omar@example.org>"
    form = {
        "people": people,
        "closes": "2099-03-20T18:00",
        "time_zone": "Europe/Berlin",
        "extra": "25",
        "remind": "48",
    }
    page = owner.post(f"{LIST}/check", form)
    assert page.status_code == 200
    assert "2 people will be invited" in page.text
    assert "20 March 2099, 18:00 (Europe/Berlin, UTC+01:00)" in page.text
    assert count(owner.app) == 0
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    assert owner.post(LIST, {**hidden, "people": people}).status_code == 303
    found = stored(owner.app, "ines@example.org")
    assert found.closes_at is not None
    assert found.remind_at == found.closes_at - timedelta(hours=48)
    assert (found.extra_share, found.time_zone, found.generation) == (0.25, "Europe/Berlin", 1)
    assert count(owner.app) == 2
    assert len(mails(owner.app, "invitation")) == 2
    entries = audited(owner.app, "invitation.created")
    assert [entry.actor_id for entry in entries] == [owner.id] * 2
    assert entries[0].facts["after"]["extra_percent"] == 25
    assert "ines" not in str([(entry.subject, entry.facts) for entry in entries])


def test_with_one_flaw_nobody_is_invited(owner: Person) -> None:
    people = "email,name\nines@example.org,Ines\nx,=cmd\n"
    page = upload(owner, people.encode())
    assert page.status_code == 422
    assert "Nobody is invited yet" in page.text
    assert "is no e-mail address" in page.text
    assert owner.post(LIST, {"people": people}).status_code == 422
    assert count(owner.app) == 0


def test_a_file_of_another_encoding_is_refused_with_its_line(owner: Person) -> None:
    page = upload(owner, "email,name\na@example.org,Jos\xe9\n".encode("latin-1"))
    assert page.status_code == 422
    assert "Line 2 is not UTF-8" in page.text


def test_terms_that_cannot_be_are_told_with_the_form_kept(owner: Person) -> None:
    form = {
        "people": "a@example.org",
        "closes": "2026-03-29T02:30",
        "time_zone": "Europe/Berlin",
        "message": "Hi <b>",
    }
    page = owner.post(f"{LIST}/check", form)
    assert page.status_code == 422
    assert "clocks are put forward" in page.text
    assert "Hi &lt;b&gt;" in page.text


def test_who_is_invited_is_left_out_and_a_double_click_invites_once(owner: Person) -> None:
    invite(owner)
    page = owner.post(f"{LIST}/check", {"people": "cara@example.org\nines@example.org"})
    assert "1 person of the list is left out" in page.text
    assert "invited already: left out" in page.text
    for _ in range(2):
        owner.post(LIST, {"people": "cara@example.org\nines@example.org"})
    assert count(owner.app) == 2
    owner.post(f"{LIST}/{stored(owner.app).id}/revoke")
    invite(owner)
    assert count(owner.app) == 3, "who was revoked can be invited again"


def sat(app: Flask, email: str, hours_ago: float = 48, times: int = 1) -> None:
    """Somebody has sat the interview with this address, and handed it in."""
    with app.app_context():
        ended = database_now() - timedelta(hours=hours_ago)
        interview = db.session.get_one(Interview, INTERVIEW)
        for _ in range(times):
            person = User(email=f"{uuid.uuid4()}@x.invalid", name="", password_hash="", created_at=ended)
            invitation = Invitation(
                interview_id=INTERVIEW, version_id=interview.version_id, email=email, created_at=ended
            )
            db.session.add(
                Attempt(
                    user=person, bank_id="basics", interview_id=INTERVIEW, kind=AttemptKind.HIRING, minutes=30.0,
                    invitation=invitation, started_at=ended - timedelta(minutes=30), finished_at=ended,
                )
            )  # fmt: skip
        db.session.commit()


def states_of(page: str) -> dict[str, str]:
    """Address -> its state in the list that is shown before anybody is invited."""
    rows = re.findall(r'<tr role="row"><th scope="row".*?</tr>', page.replace("<wbr>", ""), re.DOTALL)
    found = {}
    for row in rows:
        words = re.sub(r"<[^>]+>", " ", row.partition("</td>")[0]).split()
        address = next(word for word in words if "@" in word)
        found[address] = " ".join(words[words.index(address) + 1 :])
    return found


@pytest.mark.parametrize("way", ["one", "list", "file"])
def test_who_has_sat_an_interview_that_is_sat_once_is_left_out(
    manager: Person, library: Shelf, way: str
) -> None:
    hiring_interview(manager.app, manager, attempts=1)
    sat(manager.app, "cara@example.org")
    sent = {
        "one": {"email": "Cara@example.org"},
        "list": {"people": "cara@example.org"},
        "file": {"people": "email,name\ncara@example.org,Cara"},
    }[way]
    page = manager.post(f"{LIST}/check", sent).text
    assert states_of(page) == {"cara@example.org": "has sat it, and it may be sat once: left out"}
    assert "There is nobody to invite" in page
    assert "Invite 1" not in page
    manager.post(LIST, sent | {"again": "1"})
    assert count(manager.app) == 1, "not by the form's fields either"
    assert "Nobody was invited" in manager.get(LIST).text


def test_each_row_says_what_the_person_is_and_a_retake_is_asked_for(manager: Person, library: Shelf) -> None:
    hiring_interview(manager.app, manager, attempts=2, cool_down=24)
    for name, hours_ago, times in (("often", 48, 2), ("again", 48, 1), ("lately", 1, 1), ("waits", 1, 1)):
        sat(manager.app, f"{name}@example.org", hours_ago, times)
    invite(manager, "known@example.org", "Known")
    invite(manager, "declined@example.org", "Declined")
    set_columns(
        manager.app, stored(manager.app, "declined@example.org"), declined_at=database_now_of(manager)
    )
    names = ("often", "again", "lately", "known", "declined", "new")
    opens = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")
    people = "\n".join(
        ["email,opens", *(f"{name}@example.org," for name in names), f"waits@example.org,{opens}"]
    )
    page = manager.post(f"{LIST}/check", {"people": people}).text
    told = {address.partition("@")[0]: words for address, words in states_of(page).items()}
    assert re.fullmatch(r"has sat it: again from .* UTC: left out", told.pop("lately"))
    assert told == {
        "often": "has sat it 2 of 2 times: left out",
        "known": "invited already: left out",
        "again": "has sat it 1 of 2 times: only when you say so below",
        "waits": "has sat it 1 of 2 times: only when you say so below",
        "declined": "new invitation: declined before",
        "new": "new",
    }
    assert "2 people will be invited" in page
    assert "Invite 2 people who sat it before to sit it again" in page
    before = count(manager.app)
    manager.post(LIST, {"people": people})
    assert count(manager.app) == before + 2
    manager.post(LIST, {"people": people, "again": "1"})
    assert count(manager.app) == before + 4
    assert "invited already" in manager.post(f"{LIST}/check", {"people": people}).text
    with manager.app.app_context():
        db.session.get_one(Interview, INTERVIEW).is_blind = True
        db.session.commit()
    page = manager.post(f"{LIST}/check", {"people": "lately@example.org"}).text
    assert states_of(page) == {"lately@example.org": "has sat it: a while has to pass: left out"}


def database_now_of(person: Person) -> datetime:
    with person.app.app_context():
        return database_now()


def test_an_unpublished_or_archived_interview_takes_nobody(owner: Person) -> None:
    with owner.app.app_context():
        db.session.get_one(Interview, INTERVIEW).archived_at = database_now()
        db.session.commit()
    assert owner.post(LIST, {"email": "a@example.org"}).status_code == 409
    with owner.app.app_context():
        interview = db.session.get_one(Interview, INTERVIEW)
        interview.archived_at, interview.version_id = None, None
        db.session.commit()
    assert owner.post(LIST, {"email": "a@example.org"}).status_code == 409
    assert count(owner.app) == 0


def test_the_interviews_own_end_ends_the_window(manager: Person, library: Shelf) -> None:
    hiring_interview(manager.app, manager, closes="2098-01-01T12:00:00+00:00")
    invitation = invite(manager, closes="2099-01-01T12:00")
    assert invitation.closes_at is not None
    assert invitation.closes_at.year == 2098
    path = f"{LIST}/{invitation.id}/change"
    assert manager.post(path, {"closes": "2099-01-01T12:00"}).status_code == 422
    assert manager.post(path, {"closes": "2097-01-01T12:00"}).status_code == 303


def fields_of(page: str) -> dict[str, str]:
    """The values that a form's fields show, by name; of those that are told to be wrong with the message in front."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") != "hidden" and "name" in told:
            message = ""
            if told.get("aria-invalid") == "true":
                wrong = re.search(rf'id="{told["aria-describedby"]}">(.*?)</span>', page, re.DOTALL)
                assert wrong
                message = re.sub(r"<[^>]+>", "", wrong[1]) + " "
            found[told["name"]] = message + told.get("value", "")
    return found


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"closes": "2001-01-01T10:00"}, "closes", "The window ends in the past."),
        ({"closes": "2099-01-02T09:00"}, "closes", "The window ends before it begins."),
        ({"closes": "tomorrow"}, "closes", "&#39;tomorrow&#39; is no date with a time."),
        ({"opens": "2099-13-01T10:00"}, "opens", "&#39;2099-13-01T10:00&#39; is no date with a time."),
        ({"time_zone": "Europe/Nowhere"}, "time_zone", "There is no time zone"),
        ({"extra": "301"}, "extra", "Extra time is whole percent from 0 to 300"),
        ({"closes": "2099-02-01T12:00"}, "closes", "The interview itself closes on 20 January 2099"),
    ],
)
def test_a_refused_change_shows_what_was_typed_and_says_at_the_field_what_is_wrong(
    manager: Person, library: Shelf, changed: dict[str, str], field: str, message: str
) -> None:
    hiring_interview(manager.app, manager, closes="2099-01-20T12:00:00+00:00")
    invitation = invite(
        manager, opens="2098-01-01T10:00", closes="2098-01-02T10:00", time_zone="UTC", extra="5"
    )
    typed = {
        "opens": "2099-01-02T10:00",
        "closes": "2099-01-03T10:00",
        "time_zone": "Asia/Tokyo",
        "extra": "25",
    }
    typed |= {"remind": "72", **changed}
    page = manager.post(f"{LIST}/{invitation.id}/change", typed)
    assert page.status_code == 422
    shown = fields_of(page.text)
    assert "Nothing was changed" in page.text
    assert '<option value="72" selected>' in page.text
    for name in ("opens", "closes", "time_zone", "extra"):
        assert shown[name].endswith(typed[name]), (name, shown)
        assert (message in shown[name]) is (name == field), (name, shown)
    assert stored(manager.app).extra_share == 0.05
    if field != "closes" or "itself" not in message:
        page = manager.post(
            f"{LIST}/check", {"by": "one", "email": "ines@example.org", "message": "Hi", **typed}
        )
        assert page.status_code == 422
        assert message in fields_of(page.text)[field]
        assert fields_of(page.text)["email"] == "ines@example.org"


def test_what_was_begun_says_at_the_field_that_only_a_later_end_is_taken(owner: Person) -> None:
    invitation = invite(owner, closes="2099-01-02T10:00")
    Guest(owner.app, token_of(owner.app, invitation)).accept()
    _begun(owner.app, invitation)
    page = owner.post(f"{LIST}/{invitation.id}/change", {"closes": "2099-01-03T10:00", "extra": "10"})
    assert page.status_code == 409
    assert fields_of(page.text)["extra"].startswith(
        "This interview was begun. Only a later end can be set now."
    )
    assert fields_of(page.text)["closes"] == "2099-01-03T10:00"


def test_a_refused_change_of_the_public_link_shows_what_was_typed(owner: Person) -> None:
    for sent, field, message in (
        ({"places": "0", "closes": "2099-01-02T10:00"}, "places", "Give a number from 1"),
        ({"places": "7", "closes": "2001-01-02T10:00"}, "closes", "The window ends in the past."),
    ):
        page = owner.post(f"{LIST}/public-link", {"message": "Dear all", "open": "1", **sent})
        assert page.status_code == 422
        assert "The public link was not changed" in page.text
        shown = fields_of(page.text)
        assert message in shown[field]
        assert all(shown[name].endswith(value) for name, value in sent.items()), shown
        assert "Dear all" in page.text


def archive(owner: Person, is_archived: bool = True) -> None:
    path = f"/manage/interviews/{INTERVIEW}/archive"
    assert owner.post(path, {"archived": "1" if is_archived else "0"}).status_code == 303


def test_an_archived_interview_says_so_where_people_would_be_invited(
    owner: Person, make_person: Callable[..., Person]
) -> None:
    typed = {"people": "ines@example.org, Ines", "by": "list", "message": "Dear all"}
    shown = owner.post(f"{LIST}/check", typed)
    assert shown.status_code == 200
    archive(owner)
    page = owner.get(f"{LIST}/new").text
    assert "This interview is archived" in page
    assert 'name="archived" value="0"' in page
    assert f'href="/manage/interviews/new?of={INTERVIEW}"' in page
    assert 'name="email"' not in page
    for path in (LIST, f"{LIST}/check"):
        reply = owner.post(path, typed)
        assert reply.status_code == 409
        assert "This interview is archived" in reply.text
        assert "ines@example.org, Ines" in reply.text
        assert "Dear all" in reply.text
    reviewer = make_person(Role.MANAGER, name="Rita Berg")
    reviewer_id = reviewer.id
    with owner.app.app_context():
        team_id = db.session.scalars(select(TeamMember.team_id)).first()
        now = database_now()
        given = InterviewMember(
            interview_id=INTERVIEW, user_id=reviewer_id, role=InterviewRole.REVIEWER, given_at=now
        )
        db.session.add_all([TeamMember(team_id=team_id, user_id=reviewer_id, added_at=now), given])
        db.session.commit()
    page = reviewer.get(f"{LIST}/new").text
    assert "Its owners can take it back" in page
    assert 'name="archived"' not in page
    archive(owner, is_archived=False)
    assert owner.post(LIST, typed).status_code == 303
    assert count(owner.app) == 1


def test_an_interview_without_a_version_says_how_people_can_be_invited(owner: Person) -> None:
    with owner.app.app_context():
        db.session.get_one(Interview, INTERVIEW).version_id = None
        db.session.commit()
    page = owner.get(f"{LIST}/new").text
    assert "Nothing is published yet" in page
    assert f'href="/manage/interviews/{INTERVIEW}/edit"' in page


def test_a_file_whose_terms_are_refused_stays_in_the_page(owner: Person) -> None:
    page = upload(owner, b"email\nines@example.org\n", closes="2001-01-01T10:00")
    assert page.status_code == 422
    assert "email\nines@example.org" in page.text


def test_owners_take_the_records_of_a_guest_and_forget_them(owner: Person) -> None:
    app = owner.app
    invitation = invite(owner, message="Dear Cara")
    guest = Guest(app, token_of(app, invitation))
    guest.accept()
    path = f"{LIST}/{invitation.id}"
    number = guest.start(invitation)
    assert owner.post(f"{path}/forget", {"sure": "1"}).status_code == 409, "it is being sat"
    with app.app_context():
        finishing.finalise(db.session.get_one(Attempt, number))
    assert "Take the records" in owner.get(path).text
    reply = owner.post(f"{path}/records")
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        assert "cara@example.org" in archive.read("invitations.json").decode()
        assert f'"id": {number}' in archive.read("attempts.json").decode()
    with app.app_context():
        db.session.get_one(Interview, INTERVIEW).is_blind = True
        db.session.commit()
    assert "Take the records" not in owner.get(path).text
    assert owner.post(f"{path}/records").status_code == 409, "it would lead from the name to the attempt"
    assert owner.post(f"{path}/forget").status_code == 422
    assert stored(app).name == "Cara Sommer"
    assert owner.post(f"{path}/forget", {"sure": "1"}).status_code == 303
    with app.app_context():
        kept = db.session.get_one(Invitation, invitation.id)
        assert (kept.name, kept.message) == (f"Former candidate {invitation.id}", "")
        assert db.session.get_one(Attempt, number).user.name == f"Former candidate {number}"
    page = owner.get(path).text
    assert "Cara" not in page
    assert "Personal data" not in page
    assert owner.post(f"{path}/forget", {"sure": "1"}).status_code == 409, "once"
    assert [len(audited(app, f"invitation.{one}")) for one in ("records_taken", "forgotten")] == [1, 1]


def test_who_never_began_is_forgotten_and_who_has_an_account_does_it_themselves(
    owner: Person, candidate: Person
) -> None:
    waiting = invite(owner)
    assert "Take the records" not in owner.get(f"{LIST}/{waiting.id}").text, "there are none"
    assert owner.post(f"{LIST}/{waiting.id}/forget", {"sure": "1"}).status_code == 303
    assert "Revoked" in owner.get(f"{LIST}/{waiting.id}").text
    assert Guest(owner.app, "x").client.get(f"/i/{token_of(owner.app, waiting)}").status_code in (302, 303)
    bound = invite(owner, "dana@example.org")
    set_columns(owner.app, bound, user_id=candidate.id)
    assert "Personal data" not in owner.get(f"{LIST}/{bound.id}").text
    for act in ("records", "forget"):
        assert owner.post(f"{LIST}/{bound.id}/{act}", {"sure": "1"}).status_code == 409


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "may"),
        [(InterviewRole.OWNER, True), (InterviewRole.REVIEWER, True), (InterviewRole.VIEWER, False)],
    )
    def test_owners_and_reviewers_invite_and_viewers_read(
        self, manager: Person, library: Shelf, admin: Person, role: InterviewRole, may: bool
    ) -> None:
        hiring_interview(manager.app, manager, role=role)
        invitation = invite(admin)
        one = f"{LIST}/{invitation.id}"
        assert manager.get(LIST).status_code == 200
        page = manager.get(one)
        assert page.status_code == 200
        assert (f"/i/{token_of(manager.app, invitation)}" in page.text) is may
        expected = 303 if may else 403
        assert manager.get(f"{LIST}/new").status_code == (200 if may else 403)
        assert manager.post(f"{LIST}/check", {"people": "a@example.org"}).status_code == (200 if may else 403)
        for path, form in (
            (LIST, {"email": "a@example.org"}),
            (f"{one}/change", {"extra": "10"}),
            (f"{one}/resend", {}),
            (f"{one}/renew-link", {}),
            (f"{one}/revoke", {}),
            (f"{LIST}/public-link", {"places": "3", "open": "1"}),
            (f"{LIST}/public-link/renew", {}),
        ):
            assert manager.post(path, form).status_code == expected, path
        if not may:
            assert count(manager.app) == 1
            assert "may look at this list" in manager.get(LIST).text

    def test_another_team_finds_nothing(self, owner: Person, make_person: Callable[..., Person]) -> None:
        stranger = make_person(role=Role.MANAGER)
        invitation = invite(owner)
        for path in (LIST, f"{LIST}/new", f"{LIST}/{invitation.id}"):
            assert stranger.get(path).status_code == 404
        assert stranger.post(f"{LIST}/{invitation.id}/revoke").status_code == 404
        assert stored(owner.app).revoked_at is None

    def test_an_invitation_is_found_in_its_own_interview_only(self, owner: Person) -> None:
        invitation = invite(owner)
        other = LIST.replace(INTERVIEW, "other")
        assert owner.get(f"{other}/{invitation.id}").status_code == 404
        assert owner.get(f"{LIST}/{invitation.id + 1}").status_code == 404


class TestBlind:
    @pytest.fixture
    def reviewer(self, owner: Person, make_person: Callable[..., Person]) -> Person:
        """Somebody who reviews the interview, which is blind."""
        person = make_person(Role.MANAGER, name="Rita Reviewer")
        person_id, now = person.id, datetime.now(UTC)
        with owner.app.app_context():
            interview = db.session.get_one(Interview, INTERVIEW)
            interview.is_blind = True
            given = {"user_id": person_id, "added_at": now}
            db.session.add(TeamMember(team_id=interview.team_id, **given))
            role = InterviewRole.REVIEWER
            db.session.add(
                InterviewMember(interview_id=INTERVIEW, user_id=person_id, role=role, given_at=now)
            )
            db.session.commit()
        return person

    @pytest.fixture
    def sat(self, owner: Person, reviewer: Person) -> tuple[int, int]:
        """The numbers of an invitation and of the attempt that was handed in by it."""
        invitation = invite(owner)
        guest = Guest(owner.app, token_of(owner.app, invitation))
        guest.accept()
        attempt_id = guest.start(invitation)
        with owner.app.app_context():
            finishing.finalise(db.session.get_one(Attempt, attempt_id))
        return invitation.id, attempt_id

    def test_who_reviews_meets_no_name_and_invites_nobody(
        self, owner: Person, reviewer: Person, sat: tuple[int, int]
    ) -> None:
        waiting = invite(owner, "bo@example.org", "Bo Berg").id
        number, attempt_id = sat
        for path, pseudonym in (
            (LIST, f"Candidate {attempt_id}"),
            (LIST, "Candidate, not started"),
            (f"{LIST}/{number}", f"Candidate {attempt_id}"),
            (f"{LIST}/{waiting}", "Candidate, not started"),
        ):
            page = reviewer.get(path).text
            assert pseudonym in page, path
            assert not re.search("Cara|Bo Berg|@example|/i/", page), path
        assert "No invitation fits" in reviewer.get(f"{LIST}?q=cara").text
        assert reviewer.get(f"{LIST}/new").status_code == 403
        for path in (
            *(f"{LIST}{end}" for end in ("", "/check", "/links.csv", "/public-link")),
            f"{LIST}/{number}/resend",
        ):
            assert reviewer.post(path, {"email": "cara@example.org"}).status_code == 403, path

    def test_who_invites_sees_names_and_no_way_to_an_attempt(
        self, owner: Person, sat: tuple[int, int]
    ) -> None:
        number, attempt_id = sat
        for path in (LIST, f"{LIST}/{number}"):
            page = owner.get(path).text
            assert "Cara Sommer" in page
            assert "</svg>Finished</span>" in page
            told = f"Candidate {attempt_id}|attempts/{attempt_id}|Handed in|<dt>Started|Accepted|accepted|Confirmation"
            assert not re.search(told, page), path
        scores = owner.get(LIST.replace("invitations", "scores")).text
        assert f"Candidate {attempt_id}" in scores
        assert f"invitations/{number}" not in scores

    def test_the_decision_brings_both_together(
        self, owner: Person, reviewer: Person, sat: tuple[int, int]
    ) -> None:
        number, attempt_id = sat
        with owner.app.app_context():
            held = Review(attempt_id=attempt_id, revision=1, decision=Choice.HOLD, reason="Later.")
            db.session.add(held)
            db.session.commit()
        assert "Cara" not in reviewer.get(LIST).text
        with owner.app.app_context():
            db.session.get_one(Review, attempt_id).decision = Choice.ADVANCE
            db.session.commit()
        assert "Cara Sommer" in reviewer.get(f"{LIST}?q=cara").text
        assert "Handed in" in owner.get(f"{LIST}/{number}").text


class TestList:
    def test_every_state_is_shown_and_filtered_by(self, owner: Person) -> None:
        app = owner.app
        with app.app_context():
            past = database_now() - timedelta(hours=1)
        names = ("invited", "opened", "started", "finished", "expired", "declined", "revoked")
        made = {name: invite(owner, f"{name}@example.org", name.capitalize()) for name in names}
        for name in ("opened", "started", "finished"):
            Guest(app, token_of(app, made[name])).accept()
        for name in ("started", "finished"):
            _begun(app, made[name])
        set_columns(app, made["expired"], closes_at=past)
        set_columns(app, made["declined"], declined_at=past)
        owner.post(f"{LIST}/{made['revoked'].id}/revoke")
        with app.app_context():
            attempt = db.session.scalars(
                select(Attempt).where(Attempt.invitation_id == made["finished"].id)
            ).one()
            attempt.finished_at = database_now()
            db.session.commit()
        for name in names:
            page = owner.get(f"{LIST}?state={name}").text.replace("<wbr>", "")
            shown = set(re.findall(r"<small>(\w+)@example\.org", page))
            assert shown == {name}
            assert owner.get(f"{LIST}/{made[name].id}").text.count(f"</svg>{name.capitalize()}</span>") == 1
        assert len(re.findall(r"<small>\w+@<wbr>example", owner.get(LIST).text)) == len(names)
        assert "No invitation fits" in owner.get(f"{LIST}?q=nobody").text
        assert "Expired" in owner.get(f"{LIST}?q=EXPIRED").text

    def test_pages_go_on_from_a_row_and_ask_for_no_total(self, owner: Person) -> None:
        app = owner.app
        total = 2 * PAGE_SIZE + 3
        owner.post(LIST, {"people": "\n".join(f"p{n:03}@example.org" for n in range(total))})
        seen: list[str] = []
        path, page = LIST, ""
        while path:
            page = owner.get(path).text
            here = re.findall(r">(p\d+)@<wbr>example\.<wbr>org</a>", page)
            assert 0 < len(here) <= PAGE_SIZE
            seen += here
            older = re.search(r'rel="next" href="([^"]+)"', page)
            path = older[1].replace("&amp;", "&") if older else ""
        assert seen == [f"p{n:03}" for n in reversed(range(total))]
        newer = re.search(r'rel="prev" href="([^"]+)"', page)
        assert newer
        page = owner.get(newer[1].replace("&amp;", "&")).text
        back = re.findall(r">(p\d+)@<wbr>example\.<wbr>org</a>", page)
        assert back == seen[PAGE_SIZE : 2 * PAGE_SIZE]
        assert "count(" not in _statements_of(
            app, lambda: owner.get(f"{LIST}?state=invited"), "invitations i"
        )

    def test_the_links_of_who_has_not_begun_come_as_a_file(self, owner: Person, library: Shelf) -> None:
        app = owner.app
        waiting = invite(owner, "a@example.org", closes="2099-01-02T18:00", time_zone="Europe/Berlin")
        set_columns(app, waiting, name="=1+1")
        begun, revoked = invite(owner, "b@example.org"), invite(owner, "c@example.org")
        Guest(app, token_of(app, begun)).accept()
        _begun(app, begun)
        owner.post(f"{LIST}/{revoked.id}/revoke")
        assert "Links as CSV" in owner.get(LIST).text
        reply = owner.post(f"{LIST}/links.csv")
        (row,) = csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig")))
        assert (row["Name"], row["E-mail"]) == ("'=1+1", "a@example.org")
        assert row["Link"] == f"http://localhost/i/{token_of(app, waiting)}"
        assert "Europe/Berlin" in row["Closes"]
        assert [entry.facts["invitations"] for entry in audited(app, "invitation.links_taken")] == [1]

    def test_hostile_words_in_the_address_are_words(self, owner: Person) -> None:
        invite(owner)
        for query in (
            "?q=%25",
            "?q='%22--",
            "?state=x'",
            "?older_than=99999999999999",
            "?newer_than=-1",
            "?older_than=abc",
        ):
            assert owner.get(LIST + query).status_code == 200, query


def _begun(app: Flask, invitation: Invitation) -> None:
    with app.app_context():
        found = db.session.get_one(Invitation, invitation.id)
        db.session.add(
            Attempt(
                user_id=found.user_id, bank_id="basics", interview_id=INTERVIEW, kind="HIRING",
                blueprint=found.version.blueprint, started_at=database_now(), minutes=30.0,
                invitation_id=found.id, interview_version_id=found.version_id,
            )
        )  # fmt: skip
        db.session.commit()


def _statements_of(app: Flask, act: Callable[[], Any], holding: str) -> str:
    """All SQL of an action that holds a text."""
    told: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    assert told
    return "\n".join(one for one in told if holding in one).lower()


class TestChanges:
    def test_each_change_is_logged_before_and_after(self, owner: Person) -> None:
        invitation = invite(owner, closes="2099-01-01T12:00")
        path = f"{LIST}/{invitation.id}"
        form = {"closes": "2099-02-01T12:00", "time_zone": "Asia/Tokyo", "extra": "30", "remind": "24"}
        assert owner.post(f"{path}/change", form).status_code == 303
        assert owner.post(f"{path}/change", form).status_code == 303
        (entry,) = audited(owner.app, "invitation.changed")
        assert entry.facts["before"]["extra_percent"] == 0
        assert entry.facts["before"]["closes_at"] == "2099-01-01T12:00:00+00:00"
        assert entry.facts["after"] == {
            "opens_at": None,
            "closes_at": "2099-02-01T03:00:00+00:00",
            "remind_at": "2099-01-31T03:00:00+00:00",
            "time_zone": "Asia/Tokyo",
            "extra_percent": 30,
        }
        page = owner.get(path).text
        for told in (
            "Invitation changed",
            "1 February 2099, 12:00 (Asia/Tokyo, UTC+09:00)",
            'value="2099-02-01T12:00"',
        ):
            assert told in page

    def test_an_expired_invitation_is_extended(self, owner: Person) -> None:
        invitation = invite(owner)
        with owner.app.app_context():
            past = database_now() - timedelta(days=1)
        set_columns(owner.app, invitation, closes_at=past)
        guest = Guest(owner.app, token_of(owner.app, invitation))
        assert "The time of this invitation is over" in guest.open().text
        assert owner.post(f"{LIST}/{invitation.id}/resend").status_code == 409
        owner.post(f"{LIST}/{invitation.id}/change", {"closes": "2099-01-01T12:00"})
        assert "Accept the invitation" in guest.open().text

    def test_what_runs_is_only_lengthened(self, owner: Person) -> None:
        invitation = invite(owner, closes="2099-01-01T12:00")
        guest = Guest(owner.app, token_of(owner.app, invitation))
        guest.accept()
        attempt_id = guest.start(invitation)
        path = f"{LIST}/{invitation.id}"
        assert owner.post(f"{path}/change", {"closes": "2098-01-01T12:00"}).status_code == 409
        assert owner.post(f"{path}/change", {"closes": "2099-01-01T12:00", "extra": "50"}).status_code == 409
        assert owner.post(f"{path}/revoke").status_code == 409
        assert owner.post(f"{path}/change", {"closes": "2099-01-02T12:00"}).status_code == 303
        with owner.app.app_context():
            window_end = db.session.get_one(Attempt, attempt_id).window_end
        assert window_end is not None
        assert window_end.day == 2

    def test_mailing_again_keeps_the_link_and_revoking_voids_it(self, owner: Person) -> None:
        invitation = invite(owner)
        before = token_of(owner.app, invitation)
        owner.post(f"{LIST}/{invitation.id}/resend")
        assert token_of(owner.app, invitation) == before
        assert len(mails(owner.app, "invitation")) == 2
        owner.post(f"{LIST}/{invitation.id}/revoke")
        assert token_of(owner.app, invitation) != before
        (entry,) = audited(owner.app, "invitation.revoked")
        assert (entry.facts["before"], entry.facts["after"]) == ({"state": "invited"}, {"state": "revoked"})

    def test_there_is_nothing_to_release_before_somebody_accepted(self, owner: Person) -> None:
        invitation = invite(owner)
        assert owner.post(f"{LIST}/{invitation.id}/release").status_code == 409


def public_url(app: Flask) -> str:
    with app.app_context():
        link = db.session.get_one(PublicLink, INTERVIEW)
        return f"/join/{INTERVIEW}/{link_keys.public_token(link)}"


def ask(client: FlaskClient, url: str, email: str, name: str = "Ines Okafor") -> Any:
    return client.post(url, data={"csrf_token": csrf_of(client), "name": name, "email": email})


class TestPublicLink:
    @pytest.fixture
    def url(self, owner: Person) -> str:
        owner.post(f"{LIST}/public-link", {"places": "2", "open": "1", "message": "Welcome."})
        return public_url(owner.app)

    def test_without_mail_it_opens_the_personal_link_until_its_places_are_taken(
        self, owner: Person, url: str
    ) -> None:
        app = owner.app
        page = app.test_client().get(url)
        assert page.status_code == 200
        assert "Welcome." in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        first = ask(app.test_client(), url, "a@example.org")
        assert first.location.startswith("/i/")
        again = ask(app.test_client(), url, "A@example.org")
        assert again.status_code == 409, "nothing is mailed, so nobody else gets this link"
        assert ask(app.test_client(), url, "b@example.org").status_code == 303
        assert "All places are taken" in ask(app.test_client(), url, "c@example.org").text
        assert count(app) == 2
        owner.post(f"{LIST}/{stored(app, 'a@example.org').id}/revoke")
        assert ask(app.test_client(), url, "c@example.org").status_code == 303

    def test_with_mail_every_answer_is_the_same(
        self, make_app: Callable[..., Flask], owner: Person, url: str
    ) -> None:
        app = owner.app
        app.config["MAIL_SERVER"] = "mail.example.org"
        answers = [ask(app.test_client(), url, "a@example.org") for _ in range(2)]
        assert [reply.status_code for reply in answers] == [200, 200]
        assert all("Look into your mailbox" in reply.text for reply in answers)
        assert count(app) == 1
        assert len(mails(app, "invitation")) == 2
        for _ in range(4):
            ask(app.test_client(), url, "a@example.org")
        assert len(mails(app, "invitation")) == public_links.MOST_MAILS_AN_HOUR
        ask(app.test_client(), url, "b@example.org")
        full = [ask(app.test_client(), url, who) for who in ("a@example.org", "c@example.org")]
        assert ["All places are taken" in reply.text for reply in full] == [True, True]

    @pytest.mark.parametrize("server", ["", "mail.example.org"])
    def test_who_does_not_accept_holds_a_place_for_an_hour(
        self, owner: Person, url: str, server: str
    ) -> None:
        app = owner.app
        app.config["MAIL_SERVER"] = server
        for name in ("a", "b"):
            ask(app.test_client(), url, f"{name}@example.org")
        late, made = Guest(app, token_of(app, stored(app, "a@example.org"))), stored(app, "b@example.org")
        assert "All places are taken" in ask(app.test_client(), url, "c@example.org").text
        for invitation in (stored(app, "a@example.org"), made):
            set_columns(app, invitation, created_at=invitation.created_at - public_places.HELD)
        again = ask(app.test_client(), url, "b@example.org")
        assert again.status_code == (200 if server else 303), "nobody took it: it may have been somebody else"
        assert stored(app, "b@example.org").id == made.id
        assert late.accept().status_code == 303, "as long as there is a place the link works"
        ask(app.test_client(), url, "c@example.org")
        refused = Guest(app, token_of(app, made)).accept()
        assert refused.status_code == 409
        assert "All places were taken meanwhile" in refused.text
        Guest(app, token_of(app, stored(app, "c@example.org"))).post("/invitation/decline")
        assert Guest(app, token_of(app, made)).accept().status_code == 303

    @pytest.mark.parametrize("close", ["closed", "renewed", "over"])
    def test_it_can_be_closed(self, owner: Person, url: str, close: str) -> None:
        if close == "closed":
            owner.post(f"{LIST}/public-link", {"places": "2"})
        elif close == "renewed":
            owner.post(f"{LIST}/public-link/renew")
        else:
            with owner.app.app_context():
                db.session.get_one(PublicLink, INTERVIEW).closes_at = database_now() - timedelta(seconds=1)
                db.session.commit()
        client = owner.app.test_client()
        assert client.get(url).status_code == (404 if close == "renewed" else 200)
        ask(client, url, "a@example.org")
        assert count(owner.app) == 0
        assert len(audited(owner.app, "public_link.changed")) == (1 if close == "over" else 2)

    def test_another_link_leads_nowhere(self, owner: Person, url: str) -> None:
        client = owner.app.test_client()
        wrong = [f"/join/{INTERVIEW}/{token}" for token in ("x", "a" * 52, "")]
        for path in (*wrong, f"/join/no-such/{url.rsplit('/', 1)[1]}"):
            assert client.get(path).status_code == 404
            assert "Backend" not in client.get(path).text

    def test_an_address_that_is_none_is_told(self, owner: Person, url: str) -> None:
        reply = ask(owner.app.test_client(), url, "x")
        assert reply.status_code == 422
        assert "This is no e-mail address" in reply.text


class TestNoAttemptLeft:
    """Who has sat the interview as often as it may be sat takes no place of the public link."""

    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    @pytest.fixture(params=[{"attempts": 1}, {"attempts": 2, "cool_down": 48}], ids=["no more", "not yet"])
    def url(self, app: Flask, manager: Person, library: Shelf, request: pytest.FixtureRequest) -> str:
        """The public link of an interview that Cara has sat; one of its three places is hers."""
        hiring_interview(app, manager, **request.param)
        manager.post(f"{LIST}/public-link", {"places": "3", "open": "1"})
        url = public_url(app)
        ask(app.test_client(), url, "cara@example.org", "Cara Sommer")
        invitation = stored(app)
        guest = Guest(app, token_of(app, invitation))
        guest.accept()
        assert guest.post(f"/attempts/{guest.start(invitation)}/finish").status_code == 303
        assert self.taken(app) == 1
        return url

    def taken(self, app: Flask) -> int:
        with app.app_context():
            return public_places.taken(INTERVIEW)

    def test_without_mail_the_form_says_so_and_keeps_what_was_typed(self, app: Flask, url: str) -> None:
        reply = ask(app.test_client(), url, "Cara@example.org", "Cara Sommer")
        assert reply.status_code == 409
        shown = fields_of(reply.text)
        assert shown["name"] == "Cara Sommer"
        assert re.match(r"(This interview was sat 1 of 1 times|You can sit this again from)", shown["email"])
        assert "No place was taken." in shown["email"]
        assert "Cara@example.org" in reply.text
        assert self.taken(app) == count(app) == 1
        assert ask(app.test_client(), url, "omar@example.org").status_code == 303

    def test_with_mail_the_page_tells_nothing_and_the_mail_says_it(self, app: Flask, url: str) -> None:
        app.config["MAIL_SERVER"] = "mail.example.org"
        pages = [ask(app.test_client(), url, who) for who in ("cara@example.org", "omar@example.org")]
        assert [reply.status_code for reply in pages] == [200, 200]
        told = [re.findall(r'<div class="callout.*?</div>', reply.text, re.DOTALL) for reply in pages]
        assert told[0] == told[1] != []
        assert self.taken(app) == 2, "Omar's, and the one that was sat"
        (mail,) = mails(app, "no_place")
        with app.app_context():
            letter = letters.written(db.session.get_one(Mail, mail.id))
        assert letter is not None
        assert letter.to == "Cara Sommer <cara@example.org>"
        assert re.search(r"sat 1 of 1 times|You can sit this again from", letter.text)
        assert "no place was taken" in letter.text
        assert "/i/" not in letter.text
        for _ in range(public_links.MOST_MAILS_AN_HOUR):
            ask(app.test_client(), url, "cara@example.org")
        assert len(mails(app, "no_place")) == public_links.MOST_MAILS_AN_HOUR


class TestExtending:
    """A later end for everybody who has not begun."""

    PAGE = f"{LIST}/extend"

    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    @pytest.fixture
    def ends(self, owner: Person, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
        """People whose invitations are in every state; gives what the end of each is now."""
        monkeypatch.setattr(extending, "AT_ONCE", 1)
        for name, form in {
            "soon": {"closes": "2099-01-10T10:00", "remind": "48"},
            "never": {},
            "late": {"closes": "2099-06-01T10:00"},
            "missed": {"closes": "2099-01-01T10:00"},
            "begun": {"closes": "2099-01-01T10:00"},
            "no": {"closes": "2099-01-01T10:00"},
        }.items():
            invite(owner, f"{name}@example.org", name, **form)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        set_columns(owner.app, stored(owner.app, "missed@example.org"), closes_at=yesterday)
        set_columns(owner.app, stored(owner.app, "no@example.org"), declined_at=yesterday)
        begun = stored(owner.app, "begun@example.org")
        Guest(owner.app, token_of(owner.app, begun)).accept()
        _begun(owner.app, begun)

        def now() -> dict[str, str]:
            with owner.app.app_context():
                found = db.session.execute(select(Invitation.name, Invitation.closes_at))
                return {name: f"{at:%Y-%m-%d %H:%M}" if at else "" for name, at in found}

        return now

    def test_who_has_not_begun_gets_a_later_end(
        self, owner: Person, ends: Callable[[], dict[str, str]]
    ) -> None:
        page = owner.get(self.PAGE).text
        assert "2 people may still begin before an end; 1 person did not begin in time." in page
        before, sent = ends(), len(mails(owner.app))
        reply = owner.post(self.PAGE, {"closes": "2099-03-01T10:00", "time_zone": "Europe/Berlin"})
        assert reply.location.endswith(LIST)
        assert ends() == before | {"soon": "2099-03-01 09:00"}
        soon = stored(owner.app, "soon@example.org")
        assert soon.closes_at is not None
        assert soon.remind_at == soon.closes_at - timedelta(hours=48)
        assert len(mails(owner.app)) == sent
        (entry,) = audited(owner.app, "invitation.changed")
        assert entry.actor_id == owner.id
        assert entry.facts["before"]["closes_at"].startswith("2099-01-10")
        assert entry.facts["after"]["closes_at"].startswith("2099-03-01")

    def test_who_did_not_begin_in_time_and_a_mail_are_chosen(
        self, owner: Person, ends: Callable[[], dict[str, str]]
    ) -> None:
        before, sent = ends(), len(mails(owner.app))
        owner.post(self.PAGE, {"closes": "2099-03-01T10:00", "expired": "1", "mail": "1"})
        assert ends() == before | dict.fromkeys(("soon", "missed"), "2099-03-01 10:00")
        assert [mail.kind for mail in mails(owner.app)][sent:] == ["invitation"] * 2
        assert (
            "Every end is as late already"
            in owner.post(
                self.PAGE, {"closes": "2099-02-01T10:00", "expired": "1"}, follow_redirects=True
            ).text
        )
        assert len(audited(owner.app, "invitation.changed")) == 2

    @pytest.mark.parametrize(
        ("closes", "told"), [("", "No end is given"), ("2001-01-01T10:00", "The window ends in the past")]
    )
    def test_what_cannot_be_is_said_at_its_field(
        self, owner: Person, ends: Callable[[], dict[str, str]], closes: str, told: str
    ) -> None:
        before = ends()
        reply = owner.post(self.PAGE, {"closes": closes, "expired": "1", "time_zone": "Europe/Oslo"})
        assert reply.status_code == 422
        shown = fields_of(reply.text)
        assert shown["closes"].startswith(told)
        assert shown["time_zone"] == "Europe/Oslo"
        assert ends() == before


class TestAtOnce:
    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    def run(self, app: Flask, act: Callable[[int], Any], times: int) -> list[Any]:
        gate = threading.Barrier(times)

        def once(number: int) -> Any:
            with app.app_context():
                gate.wait(timeout=120)
                try:
                    return act(number)
                except Refusal as refusal:
                    db.session.rollback()
                    return refusal.message
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(times) as threads:
            return list(threads.map(once, range(times)))

    def test_places_are_given_once_each(self, app: Flask, owner: Person) -> None:
        owner.post(f"{LIST}/public-link", {"places": "3", "open": "1"})
        token = public_url(app).rsplit("/", 1)[1]

        def take(number: int) -> Any:
            public_links.take_place(INTERVIEW, token, "Ines", f"p{number}@example.org")
            return "given"

        told = self.run(app, take, 8)
        assert sorted(told) == ["All places are taken"] * 5 + ["given"] * 3
        assert count(app) == 3

    def test_a_link_is_accepted_once(self, app: Flask, owner: Person) -> None:
        token = token_of(app, invite(owner))
        told = self.run(app, lambda number: invited.accept(token, f"device {number}").id, 5)
        assert len([one for one in told if isinstance(one, int)]) == 1
        assert told.count("This invitation is in use on another device") == 4

    def test_whoever_accepts_a_place_takes_turns_with_who_counts_places_and_mails_again(
        self, app: Flask, owner: Person
    ) -> None:
        owner.post(f"{LIST}/public-link", {"places": "1", "open": "1"})
        ask(app.test_client(), public_url(app), "a@example.org")
        number, token = stored(app, "a@example.org").id, token_of(app, stored(app, "a@example.org"))

        def accept() -> int:
            with app.app_context():
                return invited.accept(token, "a device").id

        with ThreadPoolExecutor(1) as threads, app.app_context():
            public_places.locked(INTERVIEW)
            accepting = threads.submit(accept)
            wait([accepting], timeout=0.5)
            assert not accepting.done(), "its place may be given to somebody else in this moment"
            outbox.add(MailKind.INVITATION, invitation=db.session.get_one(Invitation, number), generation=1)
            db.session.commit()
            assert accepting.result(timeout=120)

    def test_a_double_click_invites_once(self, app: Flask, owner: Person) -> None:
        owner_id = owner.id

        def send(_: int) -> int:
            user = db.session.get_one(User, owner_id)
            reading = invitees.read("a@example.org\nb@example.org", inviting.terms(invitees.Window(), 0.0))
            db.session.rollback()
            return len(inviting.invite(user, INTERVIEW, reading, inviting.Wishes()))

        assert sorted(self.run(app, send, 4)) == [0, 0, 0, 2]
        assert count(app) == 2


def test_limits_of_requests_hold(
    make_app: Callable[..., Flask], library: Shelf, app: Flask, owner: Person
) -> None:
    strict = make_app(RATELIMIT_ENABLED=True, LIMIT_JOINING="2 per hour", LIMIT_INVITATION_CODES="2 per hour")
    owner.post(f"{LIST}/public-link", {"places": "9", "open": "1"})
    client = strict.test_client()
    url = public_url(app)
    told = [
        client.post(url, data={"csrf_token": csrf_of(client), "name": "", "email": ""}).status_code
        for _ in range(3)
    ]
    assert told == [422, 422, 429]
    for path in ("/invitation/code", "/invitation/go-on"):
        client.get("/i/1-1-x")
        told = [client.post(path, data={"csrf_token": csrf_of(client)}).status_code for _ in range(3)]
        assert told[-1] == 429
