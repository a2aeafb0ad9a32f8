"""Registering, signing in and out, devices, and one's own password."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import func, select, update

from quizapp.extensions import db, limiter
from quizapp.models import AuditEntry, Role, SignIn, User
from quizapp.services import accounts, passwords, sign_ins
from tests.quizapp.people import PASSWORD, Person, csrf_token

REFUSED = "Address and password do not go together."


def is_signed_in(client: FlaskClient) -> bool:
    reply = client.get("/account")
    assert reply.status_code in (200, 302)
    return reply.status_code == 200


def register(client: FlaskClient, **fields: str) -> Any:
    form = {"name": "Kofi Mensah", "email": "kofi@example.net", "password": PASSWORD, **fields}
    return client.post("/register", data={"csrf_token": csrf_token(client), **form})


def count_of(app: Flask, action: str) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


class TestRegistering:
    def test_makes_a_candidate_and_signs_in(self, app, client):
        reply = register(client, email=" Kofi@Example.NET ")
        assert (reply.status_code, reply.location) == (302, "/")
        assert is_signed_in(client)
        with app.app_context():
            user = db.session.scalars(select(User)).one()
            assert (user.email, user.name, user.role) == ("kofi@example.net", "Kofi Mensah", Role.CANDIDATE)
            assert user.password_hash.startswith("$argon2id$")
        assert count_of(app, "account.registered") == 1

    def test_ignores_fields_that_are_not_asked_for(self, app, client):
        register(client, role="admin", is_enabled="", id="77", password_hash="x")
        with app.app_context():
            user = db.session.scalars(select(User)).one()
            assert (user.id, user.role, user.is_enabled) == (1, Role.CANDIDATE, True)

    def test_says_that_an_address_is_taken_whatever_its_case(self, client, candidate):
        reply = register(client, email=candidate.email.upper())
        assert reply.status_code == 422
        assert "There is an account with this address." in reply.text
        assert not is_signed_in(client)

    @pytest.mark.parametrize(
        "email", ["", "kofi", "kofi@", "a b@example.org", "x" * 300 + "@example.org", "k@@e.org"]
    )
    def test_refuses_what_is_no_address(self, app, client, email):
        assert register(client, email=email).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count(User.id))) == 0

    @pytest.mark.parametrize("name", ["", "   ", "x" * 121, "Ko\x1bfi"])
    def test_refuses_what_is_no_name(self, client, name):
        assert register(client, name=name).status_code == 422

    @pytest.mark.parametrize(
        ("password", "says"),
        [
            ("seven77", "8 characters or more"),
            ("password1", "among the first that are tried"),
            ("P@ssw0rd2026", "among the first that are tried"),
            ("qwertyuiop", "among the first that are tried"),
            ("12345678", "among the first that are tried"),
            ("aaaaaaaaaaaa", "among the first that are tried"),
            ("KofiMensah1", "made of your name or address"),
        ],
    )
    def test_refuses_passwords_that_are_guessed_first(self, client, password, says):
        reply = register(client, password=password)
        assert reply.status_code == 422
        assert says in reply.text

    @pytest.mark.parametrize(
        "password", ["пароль из слов", "🦊🦊 two foxes", "x1 " * 341 + "y", "with  two  spaces "]
    )
    def test_takes_every_letter_and_all_of_them(self, client, password):
        assert register(client, password=password).status_code == 302
        person = Person(client.application, client.application.test_client(), "kofi@example.net")
        assert person.sign_in(password[:-1]).status_code == 401
        assert person.sign_in(password).status_code == 302

    def test_a_letter_is_the_same_however_it_was_composed(self, client):
        register(client, password="caf\u00e9 au lait noir")
        person = Person(client.application, client.application.test_client(), "kofi@example.net")
        assert person.sign_in("cafe\u0301 au lait noir").status_code == 302

    def test_refuses_a_password_longer_than_is_taken_before_hashing_it(self, client, monkeypatch):
        hashed: list[str] = []
        monkeypatch.setattr(passwords, "hash_of", hashed.append)
        assert register(client, password="x" * 1025).status_code == 400
        assert register(client, password="x" * (1024 * 1024)).status_code == 413
        assert hashed == []

    def test_can_be_switched_off(self, make_app):
        client = make_app(REGISTRATION=False).test_client()
        assert client.get("/register").status_code == 404
        assert register(client).status_code == 404
        assert "Make an account" not in client.get("/sign-in").text

    def test_two_at_once_with_one_address_make_one_account(self, app, client, monkeypatch):
        """The second passes every check before the first is written; the database decides."""
        with app.app_context():
            hash_of = passwords.hash_of

            def other_is_quicker(password: str) -> str:
                monkeypatch.undo()
                accounts.register("kofi@example.net", "Kofi", PASSWORD)
                return hash_of(password)

            monkeypatch.setattr(passwords, "hash_of", other_is_quicker)
            with pytest.raises(accounts.NotAccepted, match="There is an account"):
                accounts.register("kofi@example.net", "Kofi", PASSWORD)
            assert db.session.scalar(select(func.count(User.id))) == 1


class TestSigningIn:
    def test_renews_the_session_and_drops_what_it_held(self, app, make_person):
        person = make_person(is_signed_in=False)
        with person.client.session_transaction() as session:
            session["planted"] = "by somebody else"
        before = person.client.get_cookie("quizapp").value
        token = csrf_token(person.client)
        person.sign_in()
        after = person.client.get_cookie("quizapp").value
        assert before != after
        with person.client.session_transaction() as session:
            assert "planted" not in session
        assert token != csrf_token(person.client)
        thief = app.test_client()
        thief.set_cookie("quizapp", before)
        assert not is_signed_in(thief)

    def test_unknown_address_wrong_password_and_switched_off_account_get_the_same_answer(
        self, app, make_person
    ):
        known, off = make_person(is_signed_in=False), make_person(is_signed_in=False)
        with app.app_context():
            accounts.set_enabled(off.id, is_enabled=False, actor=None)
        unknown = Person(app, app.test_client(), "nobody@example.org")
        answers = [known.sign_in("not this one"), unknown.sign_in(), off.sign_in()]
        assert {answer.status_code for answer in answers} == {401}
        pages = set()
        for person, answer in zip((known, unknown, off), answers, strict=True):
            assert REFUSED in answer.text
            text = answer.text.replace(person.email, "")
            pages.add(re.sub(r'(content|value|src|nonce)="[^"]*"', "", text))
        assert len(pages) == 1

    def test_unknown_address_and_wrong_password_take_the_same_time(self, make_app):
        app = make_app(ARGON2_PASSES=1, ARGON2_MEMORY_KIB=8 * 1024)
        with app.test_request_context("/sign-in", method="POST"):
            accounts.register("known@example.org", "Known", PASSWORD)
            accounts.prove("warm@example.org", "up")
            took: dict[str, list[float]] = {"known@example.org": [], "nobody@example.org": []}
            for _ in range(40):  # the time of this process, because the machine may be busy
                for email, times in took.items():
                    began = time.process_time()
                    assert accounts.prove(email, "not this one") is None
                    times.append(time.process_time() - began)
        known, unknown = (statistics.median(times) for times in took.values())
        assert abs(known - unknown) < 0.5 * max(known, unknown), (
            "without the hash it would be nearly all of it"
        )

    def test_goes_on_to_where_one_came_from(self, make_person):
        person = make_person(is_signed_in=False)
        asked = person.get("/account")
        assert asked.location == "/sign-in?next=/account"
        assert person.sign_in(at=asked.location).location == "/account"

    @pytest.mark.parametrize(
        "target",
        [
            "//evil.example",
            "\\\\evil.example",
            "/\\evil.example",
            "https:evil.example",
            "https://evil.example/",
            "http://localhost/account",
            "javascript:alert(1)",
            "/account\r\nX: y",
            "\t//evil.example",
            "/\t/evil.example",
            "///evil.example",
            "account",
            "",
        ],
    )
    def test_goes_nowhere_else(self, make_person, target):
        person = make_person(is_signed_in=False)
        csrf = csrf_token(person.client)
        reply = person.client.post(
            "/sign-in",
            query_string={"next": target},
            data={"csrf_token": csrf, "email": person.email, "password": PASSWORD},
        )
        assert (reply.status_code, reply.location) == (302, "/")

    def test_keeps_the_cookie_only_when_asked_to(self, make_person):
        person = make_person(is_signed_in=False)
        person.sign_in()
        assert person.client.get_cookie("quizapp").expires is None
        person.sign_out()
        person.sign_in(stay=True)
        assert person.client.get_cookie("quizapp").expires is not None

    def test_renews_hashes_that_were_made_with_other_settings(self, app, make_person):
        person = make_person(is_signed_in=False)
        with app.app_context():
            before = accounts.get(person.id).password_hash
        app.config["ARGON2_PASSES"] = 2
        person.sign_in()
        with app.app_context():
            after = accounts.get(person.id).password_hash
        assert "t=1" in before
        assert "t=2" in after
        person.sign_out()
        assert person.sign_in().status_code == 302

    @pytest.mark.parametrize("cookie", ["", "x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "é" * 10, "." * 3000])
    def test_a_cookie_that_is_not_ours_is_nobody(self, client, cookie):
        client.set_cookie("quizapp", cookie)
        assert not is_signed_in(client)

    def test_a_cookie_signed_with_another_key_is_nobody(self, make_app, candidate):
        other = make_app(SECRET_KEY="another key of thirty-two characters or more").test_client()
        other.set_cookie("quizapp", candidate.client.get_cookie("quizapp").value)
        assert not is_signed_in(other)


class TestSigningOut:
    def test_ends_the_session_on_the_server_too(self, app, candidate):
        cookie = candidate.client.get_cookie("quizapp").value
        token = csrf_token(candidate.client)
        assert candidate.sign_out().location == "/sign-in"
        thief = app.test_client()
        thief.set_cookie("quizapp", cookie)
        assert not is_signed_in(thief)
        reply = candidate.client.post("/account", data={"csrf_token": token})
        assert reply.status_code == 400

    def test_is_written_down(self, app, candidate):
        candidate.sign_out()
        with app.app_context():
            actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
        assert actions == ["user.created", "account.signed_in", "account.signed_out"]

    def test_pages_are_not_kept_by_the_browser(self, candidate):
        assert candidate.get("/account").headers["Cache-Control"] == "no-store"


class TestLifetime:
    @pytest.mark.parametrize(("idle", "age", "lives"), [(13, 59, True), (15, 20, False), (1, 61, False)])
    def test_ends_when_idle_or_old(self, app, candidate, idle, age, lives):
        with app.app_context():
            now = db.session.scalars(select(SignIn.created_at)).one()
            db.session.execute(
                update(SignIn).values(
                    created_at=now - timedelta(days=age), seen_at=now - timedelta(days=idle)
                )
            )
            db.session.commit()
        assert is_signed_in(candidate.client) is lives

    def test_use_keeps_it_alive(self, app, candidate):
        with app.app_context():
            made = db.session.scalars(select(SignIn.seen_at)).one()
            db.session.execute(update(SignIn).values(seen_at=made - timedelta(days=13)))
            db.session.commit()
        assert is_signed_in(candidate.client)
        with app.app_context():
            assert db.session.scalars(select(SignIn.seen_at)).one() >= made


class TestDevices:
    def test_are_listed_with_what_the_browser_says(self, candidate):
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        other = Person(candidate.app, candidate.app.test_client(), candidate.email)
        other.client.environ_base["HTTP_USER_AGENT"] = agent
        other.sign_in()
        page = candidate.get("/account").text
        assert "Firefox on Linux" in page
        assert page.count("this device") == 1

    def test_one_can_be_signed_out_from_another(self, app, candidate):
        other = candidate.at_another_device()
        assert is_signed_in(other.client)
        with app.app_context():
            ids = list(db.session.scalars(select(SignIn.id).order_by(SignIn.id)))
        assert candidate.post(f"/account/devices/{ids[1]}/sign-out").status_code == 302
        assert not is_signed_in(other.client)
        assert is_signed_in(candidate.client)
        assert candidate.post(f"/account/devices/{ids[1]}/sign-out").status_code == 404

    def test_of_others_are_not_there(self, app, candidate, manager):
        with app.app_context():
            foreign = db.session.scalars(select(SignIn.id).where(SignIn.user_id == manager.id)).one()
        for number in (foreign, 10**9, 2**63):
            assert candidate.post(f"/account/devices/{number}/sign-out").status_code == 404
        assert is_signed_in(manager.client)

    def test_all_others_can_be_signed_out_at_once(self, candidate):
        others = [candidate.at_another_device(), candidate.at_another_device()]
        candidate.post("/account/devices/sign-out")
        assert [is_signed_in(other.client) for other in others] == [False, False]
        assert is_signed_in(candidate.client)

    def test_this_one_is_signed_out_as_by_the_button(self, app, candidate):
        with app.app_context():
            own = db.session.scalars(select(SignIn.id)).one()
        assert candidate.post(f"/account/devices/{own}/sign-out").location == "/sign-in"
        assert not is_signed_in(candidate.client)

    @pytest.mark.parametrize(
        ("agent", "words"),
        [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
                "Safari on iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
            ("curl/8.5", "curl/8.5"),
            ("x\r\n\x1b[31mred", "x   [31mred"),
            ("", "Unknown device"),
        ],
    )
    def test_have_names_in_words(self, agent, words):
        assert sign_ins.device_in_words(agent) == words


class TestChangingThePassword:
    def change(self, person: Person, **fields: str) -> Any:
        return person.post("/account", {"current": PASSWORD, "password": "four quiet herons", **fields})

    def test_ends_every_other_session(self, app, candidate):
        other = candidate.at_another_device()
        assert self.change(candidate).status_code == 302
        assert is_signed_in(candidate.client)
        assert not is_signed_in(other.client)
        assert other.sign_in().status_code == 401
        assert other.sign_in("four quiet herons").status_code == 302
        assert count_of(app, "account.password_changed") == 1

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"current": "not this one"}, "This is not your current password."),
            ({"password": "letmein123"}, "among the first that are tried"),
            ({"password": ""}, "Type the password."),
        ],
    )
    def test_is_refused_with_the_reason(self, candidate, fields, says):
        other = candidate.at_another_device()
        reply = self.change(candidate, **fields)
        assert reply.status_code == 422
        assert says in reply.text
        assert is_signed_in(other.client)


class TestLimits:
    @pytest.fixture
    def limited(self, make_app: Callable[..., Flask]) -> Flask:
        app = make_app(
            RATELIMIT_ENABLED=True, LIMIT_SIGN_IN_ACCOUNT="3 per minute", LIMIT_SIGN_IN_ADDRESS="6 per minute"
        )
        with app.app_context():
            accounts.register("owner@example.org", "Owner", PASSWORD)
        return app

    def person(self, app: Flask, address: str, email: str = "owner@example.org") -> Person:
        person = Person(app, app.test_client(), email)
        person.client.environ_base["REMOTE_ADDR"] = address
        return person

    def test_guessing_at_one_account_is_stopped_wherever_it_comes_from(self, limited):
        statuses = [
            self.person(limited, f"192.0.2.{number}").sign_in("not this one").status_code
            for number in range(5)
        ]
        assert statuses == [401, 401, 401, 429, 429]

    def test_the_answer_says_when_it_goes_on(self, limited):
        for _ in range(3):
            self.person(limited, "192.0.2.1").sign_in("not this one")
        reply = self.person(limited, "192.0.2.1").sign_in()
        assert reply.status_code == 429
        assert 0 < int(reply.headers["Retry-After"]) <= 60
        assert "Try again in" in reply.text

    def test_the_owner_gets_in_on_a_device_used_before(self, limited):
        owner = self.person(limited, "198.51.100.7")
        owner.sign_in()
        owner.sign_out()
        for number in range(5):
            self.person(limited, f"192.0.2.{number}").sign_in("not this one")
        assert self.person(limited, "198.51.100.7").sign_in().status_code == 429
        assert owner.sign_in().status_code == 302

    def test_one_address_cannot_try_many_accounts(self, limited):
        statuses = [
            self.person(limited, "2001:db8::1", f"somebody{number}@example.org").sign_in().status_code
            for number in range(8)
        ]
        assert statuses == [401] * 6 + [429] * 2
        neighbour = self.person(limited, "2001:db8::2", "another@example.org")
        assert neighbour.sign_in().status_code == 429
        assert self.person(limited, "2001:db8:1::1", "another@example.org").sign_in().status_code == 401

    def test_a_forwarded_address_counts_only_behind_a_known_proxy(self, limited):
        statuses = []
        for number in range(8):
            person = self.person(limited, "192.0.2.1", f"somebody{number}@example.org")
            person.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
            statuses.append(person.sign_in().status_code)
        assert statuses[-1] == 429

    def test_signing_in_rightly_is_not_counted(self, limited):
        for _ in range(8):
            person = self.person(limited, "192.0.2.1")
            assert person.sign_in().status_code == 302

    def test_registering_is_limited(self, make_app):
        app = make_app(RATELIMIT_ENABLED=True, LIMIT_REGISTER="2 per hour")
        statuses = [
            register(app.test_client(), email=f"new{number}@example.org").status_code for number in range(3)
        ]
        assert statuses == [302, 302, 429]

    def test_without_redis_people_still_sign_in_and_guessing_is_still_limited(self, make_app, monkeypatch):
        """The choice when the limiter's store is down: each process counts for itself."""
        app = make_app(
            RATELIMIT_ENABLED=True,
            REDIS_URL="unix:///nowhere/redis.sock",
            LIMIT_SIGN_IN_ACCOUNT="3 per minute",
        )
        monkeypatch.setattr(limiter, "_storage_dead", False)
        with app.app_context():
            accounts.register("owner@example.org", "Owner", PASSWORD)
        assert self.person(app, "192.0.2.9").sign_in().status_code == 302
        statuses = [self.person(app, "192.0.2.9").sign_in("not this one").status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]


@pytest.mark.parametrize("field", ["email", "name", "password"])
def test_no_field_can_keep_the_server_busy(client, field):
    for text in ("a" * 65_536, "@" * 65_536, "a." * 32_768 + "@example.org", " " * 65_536, "{[" * 32_768):
        began = time.thread_time()
        assert register(client, **{field: text}).status_code in (400, 422)
        # It takes some hundredths. What grows with the square of the length would take minutes, on a busy machine more.
        assert time.thread_time() - began < 20


def test_a_form_of_too_many_parts_is_refused(client):
    form = "&".join(f"f{number}=x" for number in range(200_000))
    for kind, body in (
        ("application/x-www-form-urlencoded", form),
        (
            "multipart/form-data; boundary=b",
            '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 5000 + "--b--",
        ),
    ):
        assert client.post("/sign-in", data=body, content_type=kind).status_code == 413


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/account", "/reset"])
@pytest.mark.parametrize("text", ["nul\x00", "\x00"])
def test_text_that_no_database_keeps_is_refused_at_the_door(candidate, path, text):
    form = {"email": text, "name": text, "password": text, "current": text}
    reply = candidate.post(path, form)
    assert reply.status_code == 422
    assert "cannot be stored" in reply.text
    assert candidate.get("/account?next=" + "%00").status_code == 422


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "'\"><script>alert(1)</script>", "{{7*7}}"])
def test_what_people_type_is_shown_as_text(client, text):
    reply = register(client, name=text)
    assert reply.status_code == 302
    page = client.get("/account").text
    assert str(escape(text)) in page
    assert text not in page.replace(str(escape(text)), "")
