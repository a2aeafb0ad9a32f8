"""Admins: people and roles, access, reset links, the audit log, and the same from the command line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from quizapp import accounts_cli
from quizapp.errors import Conflict, Gone
from quizapp.extensions import db
from quizapp.models import AuditEntry, Base, Role, SignIn, User
from quizapp.services import accounts, audit, passwords
from tests.quizapp.people import PASSWORD, Person, csrf_token

NEW = "four quiet herons"


def make_link(admin: Person, person: Person) -> str:
    reply = admin.post(f"/admin/users/{person.id}/reset-link")
    assert reply.status_code == 200
    found = re.search(r'value="http://localhost(/reset/[\w-]+)"', reply.text)
    assert found, reply.text
    return found[1]


def open_link(app: Flask, link: str) -> tuple[Any, Any]:
    """A browser that has opened the link, and the page it got."""
    client = app.test_client()
    page = client.get(link, follow_redirects=True)
    return client, page


def set_password(client: Any, password: str = NEW) -> Any:
    return client.post("/reset", data={"csrf_token": csrf_token(client), "password": password})


class TestPeople:
    def test_can_be_found_by_name_address_and_role(self, admin, make_person):
        make_person(name="Hanna Virtanen"), make_person(Role.MANAGER, name="Marius 100%_Høgh")
        everybody = admin.get("/admin/users").text
        assert "3 people." in everybody
        for query, count in [
            ("q=hanna", 1),
            ("q=person", 3),
            ("role=manager", 1),
            ("q=%25", 1),
            ("q=_", 1),
            ("q=x'--", 0),
        ]:
            page = admin.get(f"/admin/users?{query}").text
            assert page.count('scope="row"') == count, query

    @pytest.mark.parametrize("page", ["0", "-1", "1e9", "999999999", "9" * 40, "x", "²", ""])
    def test_a_page_that_is_not_there_is_the_nearest(self, admin, page):
        assert admin.get("/admin/users", query_string={"page": page}).status_code == 200

    def test_come_in_pages(self, app, admin):
        with app.app_context():
            db.session.add_all(
                User(
                    email=f"p{number:02}@example.org",
                    name=f"P {number:02}",
                    role=Role.CANDIDATE,
                    password_hash="x",
                    created_at=db.session.scalars(select(User.created_at)).first(),
                )
                for number in range(30)
            )
            db.session.commit()
        first, second = admin.get("/admin/users").text, admin.get("/admin/users?page=2").text
        assert (first.count('scope="row"'), second.count('scope="row"')) == (25, 6)
        assert "Page 2 of 2" in second


class TestRoles:
    def test_are_effective_at_the_next_request(self, admin, candidate):
        assert candidate.get("/admin/users").status_code == 403
        admin.post(f"/admin/users/{candidate.id}/role", {"role": "admin"})
        assert candidate.get("/admin/users").status_code == 200
        admin.post(f"/admin/users/{candidate.id}/role", {"role": "candidate"})
        assert candidate.get("/admin/users").status_code == 403

    @pytest.mark.parametrize("role", ["", "root", "ADMIN", "Role.ADMIN", "admin "])
    def test_that_do_not_exist_are_refused(self, app, admin, candidate, role):
        assert admin.post(f"/admin/users/{candidate.id}/role", {"role": role}).status_code == 422
        with app.app_context():
            assert accounts.get(candidate.id).role is Role.CANDIDATE

    @pytest.mark.parametrize("path", ["role", "access", "reset-link"])
    def test_only_an_admin_gives(self, app, candidate, manager, path):
        for person in (candidate, manager):
            reply = person.post(f"/admin/users/{candidate.id}/{path}", {"role": "admin", "access": "off"})
            assert reply.status_code == 403
        with app.app_context():
            user = accounts.get(candidate.id)
            assert (user.role, user.is_enabled, user.reset_hash) == (Role.CANDIDATE, True, None)

    def test_the_last_admin_stays(self, admin, make_person):
        reply = admin.post(f"/admin/users/{admin.id}/role", {"role": "candidate"})
        assert reply.status_code == 409
        assert "Make somebody else an admin first" in reply.text
        other = make_person(Role.ADMIN, is_signed_in=False)
        admin.post(f"/admin/users/{other.id}/access", {"access": "off"})
        assert admin.post(f"/admin/users/{admin.id}/role", {"role": "candidate"}).status_code == 409

    def test_one_of_two_admins_may_go(self, admin, make_person):
        make_person(Role.ADMIN, is_signed_in=False)
        reply = admin.post(f"/admin/users/{admin.id}/role", {"role": "candidate"})
        assert (reply.status_code, reply.location) == (302, "/")
        assert admin.get("/admin/users").status_code == 403

    def test_of_somebody_who_is_not_there(self, admin):
        for number in (10**9, 2**31, 2**70):
            assert admin.post(f"/admin/users/{number}/role", {"role": "admin"}).status_code == 404
            assert admin.get(f"/admin/users/{number}").status_code == 404


class TestAccess:
    def test_off_ends_sessions_and_links(self, app, admin, candidate):
        link = make_link(admin, candidate)
        admin.post(f"/admin/users/{candidate.id}/access", {"access": "off"})
        assert candidate.get("/account").status_code == 302
        assert candidate.sign_in().status_code == 401
        assert open_link(app, link)[1].status_code == 410
        assert "Switched off" in admin.get("/admin/users").text
        admin.post(f"/admin/users/{candidate.id}/access", {"access": "on"})
        assert candidate.sign_in().status_code == 302

    def test_one_cannot_switch_off_oneself(self, admin, make_person):
        make_person(Role.ADMIN, is_signed_in=False)
        assert admin.post(f"/admin/users/{admin.id}/access", {"access": "off"}).status_code == 422
        assert admin.get("/admin/users").status_code == 200

    def test_needs_a_wish(self, admin, candidate):
        assert admin.post(f"/admin/users/{candidate.id}/access", {}).status_code == 422


class TestResetLinks:
    def test_set_a_password_once_and_end_every_session(self, app, admin, candidate):
        link = make_link(admin, candidate)
        client, page = open_link(app, link)
        assert candidate.email in page.text
        assert set_password(client).location == "/sign-in"
        assert candidate.get("/account").status_code == 302
        assert candidate.sign_in().status_code == 401
        assert candidate.sign_in(NEW).status_code == 302
        again, page = open_link(app, link)
        assert page.status_code == 410
        assert set_password(again, "eight green lamps").status_code == 410
        assert candidate.get("/account").status_code == 200

    def test_opening_changes_nothing(self, app, admin, candidate):
        """Mail programs open links to look at them."""
        link = make_link(admin, candidate)
        for _ in range(3):
            assert open_link(app, link)[1].status_code == 200
        assert candidate.get("/account").status_code == 200

    def test_the_token_leaves_the_address_and_is_kept_as_a_hash(self, app, admin, candidate):
        link = make_link(admin, candidate)
        token = link.removeprefix("/reset/")
        assert len(token) >= 43
        assert app.test_client().get(link).location == "/reset"
        with app.app_context():
            for table in Base.metadata.sorted_tables:
                assert token not in str(db.session.execute(select(table)).all())
        assert token not in admin.get(f"/admin/users/{candidate.id}").text

    def test_end_after_a_day(self, app, admin, candidate):
        link = make_link(admin, candidate)
        with app.app_context():
            until = accounts.get(candidate.id).reset_until
            assert until is not None
            db.session.execute(
                update(User)
                .where(User.id == candidate.id)
                .values(reset_until=until - accounts.RESET_LIFETIME)
            )
            db.session.commit()
        assert open_link(app, link)[1].status_code == 410

    def test_a_newer_one_ends_the_older(self, app, admin, candidate):
        older, newer = make_link(admin, candidate), make_link(admin, candidate)
        assert open_link(app, older)[1].status_code == 410
        assert open_link(app, newer)[1].status_code == 200

    def test_are_not_used_up_by_a_password_that_is_refused(self, app, admin, candidate):
        client, _ = open_link(app, make_link(admin, candidate))
        reply = set_password(client, "short")
        assert reply.status_code == 422
        assert "8 characters or more" in reply.text
        assert set_password(client).status_code == 302

    def test_use_the_configured_host(self, make_app):
        app = make_app(PUBLIC_URL="https://quiz.example.org")
        with app.app_context():
            accounts.register("ada@example.org", "Ada", PASSWORD, Role.ADMIN)
        ada = Person(app, app.test_client(), "ada@example.org")
        ada.sign_in()
        reply = ada.post(f"/admin/users/{ada.id}/reset-link")
        assert 'value="https://quiz.example.org/reset/' in reply.text
        spoofed = ada.get("/admin/users", headers={"Host": "evil.example"})
        assert spoofed.status_code == 400

    @pytest.mark.parametrize("token", ["x", "%00", "a" * 4000, "..%2f..", "é"])
    def test_that_are_made_up_open_nothing(self, app, token):
        assert open_link(app, f"/reset/{token}")[1].status_code in (404, 410)

    def test_without_a_link_there_is_nothing_to_set(self, client):
        assert client.get("/reset").status_code == 410


class TestTwoAtOnce:
    """Races that the database decides, on both stores."""

    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    def test_of_two_uses_of_a_link_one_wins(self, app, monkeypatch):
        with app.app_context():
            user = accounts.register("ines@example.org", "Ines", PASSWORD)
            token = accounts.make_reset_link(user.id, actor=None)
            hash_of = passwords.hash_of

            def other_is_quicker(password: str) -> str:
                monkeypatch.undo()
                accounts.redeem_reset(token, "eight green lamps")
                return hash_of(password)

            monkeypatch.setattr(passwords, "hash_of", other_is_quicker)
            with pytest.raises(Gone):
                accounts.redeem_reset(token, NEW)
            db.session.rollback()
            assert accounts.prove("ines@example.org", NEW) is None
            assert accounts.prove("ines@example.org", "eight green lamps") is not None

    def test_the_last_admin_stays(self, app):
        with app.app_context():
            ada = accounts.register("ada@example.org", "Ada", PASSWORD, Role.ADMIN)
            eve = accounts.register("eve@example.org", "Eve", PASSWORD, Role.ADMIN)
            accounts.set_role(ada.id, Role.CANDIDATE, actor=eve)
            with pytest.raises(Conflict):
                accounts.set_role(eve.id, Role.CANDIDATE, actor=ada)
            db.session.rollback()
            assert accounts.get(eve.id).role is Role.ADMIN

    def test_people_devices_and_the_log_can_be_read(self, app):
        with app.app_context():
            accounts.register("ines@example.org", "Ines", PASSWORD)
        ines = Person(app, app.test_client(), "ines@example.org")
        assert ines.sign_in().status_code == 302
        assert ines.get("/account").status_code == 200
        assert ines.sign_out().status_code == 302
        with app.app_context():
            assert accounts.search("INES").total == 1
            assert [line.words for line in audit.entries("ines").rows] == [
                "Signed out",
                "Signed in",
                "Account made",
            ]
            assert db.session.scalar(select(func.count(SignIn.id)).where(SignIn.ended_at.is_(None))) == 0


class TestTheLog:
    def test_says_who_did_what_to_whom(self, app, admin, candidate):
        candidate.sign_out()
        candidate.sign_in("not this one")
        admin.post(f"/admin/users/{candidate.id}/role", {"role": "author"})
        make_link(admin, candidate)
        admin.post(f"/admin/users/{candidate.id}/access", {"access": "off"})
        with app.app_context():
            lines = audit.entries(candidate.email).rows
            found = [(line.entry.action, line.actor.email if line.actor else None) for line in lines]
        assert found == [
            ("user.disabled", admin.email),
            ("user.reset_link_made", admin.email),
            ("user.role_changed", admin.email),
            ("account.sign_in_failed", None),
            ("account.signed_out", candidate.email),
            ("account.signed_in", candidate.email),
            ("user.created", None),
        ]
        page = admin.get("/admin/audit").text
        for words in ("Role changed", "wrong password", "127.0.0.1", "Reset link made"):
            assert words in page
        assert admin.get("/admin/audit?action=user.disabled").text.count('scope="row"') == 1

    def test_keeps_no_address_that_nobody_has(self, app, client):
        """People type their password into the wrong field."""
        Person(app, client, "my secret@example.org", "x y z 1 2 3").sign_in()
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry)).one()
            assert (entry.subject, entry.facts["reason"]) == ("", "unknown address")

    def test_is_one_line_per_event_and_holds_no_password(self, app, client, caplog):
        with caplog.at_level("INFO"):
            person = Person(app, client, "kofi@example.net")
            client.post(
                "/register",
                data={
                    "csrf_token": csrf_token(client),
                    "name": "K",
                    "email": person.email,
                    "password": PASSWORD,
                },
                environ_overrides={"HTTP_USER_AGENT": "x\r\nfake line \x1b[31m"},
            )
            person.sign_out()
            person.sign_in("otters \r\n fake")
            client.get("/nope%0d%0afake%20line")
        assert len(caplog.records) >= 3
        for record in caplog.records:
            message = record.getMessage()
            assert "\n" not in message
            assert "\x1b" not in message
            assert "otters" not in message

    def test_takes_no_action_without_words(self, app):
        with app.app_context(), pytest.raises(ValueError, match="made_up"):
            audit.record("made_up", "x")


class TestCommandLine:
    @pytest.fixture
    def run(self, app, settings, monkeypatch, capsys) -> Callable[..., tuple[int, str, str]]:
        for name in ("VAR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
            monkeypatch.setenv(f"QUIZAPP_{name}", settings[name])

        def run(*words: str) -> tuple[int, str, str]:
            status = accounts_cli.main(words)
            said = capsys.readouterr()
            return status, said.out, said.err

        return run

    def test_makes_accounts_that_can_sign_in(self, app, run):
        status, out, _ = run("create", "ada@example.org", "--role", "admin", "--name", "Ada Lindqvist")
        email, password = out.strip().split("\t")
        assert (status, email) == (0, "ada@example.org")
        ada = Person(app, app.test_client(), email)
        assert ada.sign_in(password).status_code == 302
        assert ada.get("/admin/users").status_code == 200

    def test_takes_a_password_from_stdin(self, app, run, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        assert run("create", "ines@example.org", "--password-stdin") == (0, "ines@example.org\n", "")
        assert Person(app, app.test_client(), "ines@example.org").sign_in().status_code == 302

    def test_refuses_with_a_reason(self, run):
        run("create", "ada@example.org", "--role", "admin")
        for words, says in [
            (("create", "ada@example.org"), "There is an account with this address."),
            (("create", "no address"), "This is no e-mail address."),
            (
                ("role", "nobody@example.org", "admin"),
                "There is no account with the address nobody@example.org.",
            ),
            (("role", "ada@example.org", "candidate"), "This is the only admin."),
        ]:
            status, out, err = run(*words)
            assert (status, out) == (1, "")
            assert says in err

    def test_gives_roles_and_lists_people(self, run):
        run("create", "ada@example.org", "--role", "admin")
        run("create", "ines@example.org", "--name", "Ines")
        assert run("role", "ines@example.org", "manager") == (0, "ines@example.org\tmanager\n", "")
        assert run("list", "ines") == (0, "ines@example.org\tmanager\ton\tInes\n", "")
        assert run("list")[1].count("\n") == 2

    def test_prints_a_reset_link(self, app, run):
        run("create", "ines@example.org")
        status, out, _ = run("reset", "ines@example.org")
        assert status == 0
        assert out.startswith("http://127.0.0.1:5000/reset/")
        client, page = open_link(app, out.strip().removeprefix("http://127.0.0.1:5000"))
        assert page.status_code == 200
        assert set_password(client).status_code == 302
