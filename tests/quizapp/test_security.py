"""What holds for every page, walked over all routes; a route that is not listed here fails."""

from __future__ import annotations

import hashlib
import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from quizapp.config import ConfigurationError
from quizapp.extensions import db
from quizapp.models import Attempt, Base, Question, Response, Role, SignIn
from quizapp.security import safe_next
from tests import applications
from tests.quizapp import hiring_site, people
from tests.quizapp.hiring_site import HiringSite
from tests.quizapp.invitations_desk import Guest, csrf_of, stored, token_of
from tests.quizapp.matrix import ROLES, Access, Answer, Row, expected, got
from tests.quizapp.people import PASSWORD, Person, csrf_token
from tests.quizapp.shelf import Shelf

SAFE = {"GET", "HEAD", "OPTIONS"}
EVERYBODY, SIGNED_IN, ITS_CANDIDATE = Access.EVERYBODY, Access.SIGNED_IN, Access.ITS_CANDIDATE
VIEWER, REVIEWER, OWNER = Access.VIEWER, Access.REVIEWER, Access.OWNER

# Who may use a route: route x role -> what the role gets (see `matrix.expected`). A new one needs a line:
#   EVERYBODY, SIGNED_IN            no role is asked for
#   {Role.MANAGER, Role.ADMIN}      the account's role alone decides
#   ITS_CANDIDATE                   the attempt's candidate; nobody else finds it
#   VIEWER, REVIEWER, OWNER         the role in the interview decides; a manager of another team finds nothing. Every route under
#                                   /manage with something in its address needs one of these, or a reason in BY_ACCOUNT
# The walk fills addresses with what the fixture `known` names: the interview, an invitation, the candidate's finished attempt and its code
# response. Arguments of other names lead to nothing, so use these names, or make what they need there. What is looked at before it is
# asked whose it is goes into BODIES or FORMS. Guests get 403 unless the route is listed in FOR_GUESTS as well.
MATRIX: dict[str, Row] = {
    "static": EVERYBODY,
    "health.live": EVERYBODY,
    "health.ready": EVERYBODY,
    "home.index": EVERYBODY,
    "banks.index": EVERYBODY,
    "banks.show": EVERYBODY,
    "accounts.sign_in": EVERYBODY,
    "accounts.register": EVERYBODY,
    "accounts.sign_out": EVERYBODY,
    "accounts.forgot_password": EVERYBODY,
    "accounts.reset": EVERYBODY,
    "accounts.choose_password": EVERYBODY,
    "accounts.settings": SIGNED_IN,
    "accounts.end_sign_in": SIGNED_IN,
    "accounts.end_other_sign_ins": SIGNED_IN,
    "records.export": SIGNED_IN,
    "records.leave": SIGNED_IN,
    "records.due": {Role.ADMIN},
    "practice.show": SIGNED_IN,
    "practice.answer": SIGNED_IN,
    "practice.draft": SIGNED_IN,
    "practice.hint": SIGNED_IN,
    "practice.again": SIGNED_IN,
    "practice.rating": SIGNED_IN,
    "responses.save": ITS_CANDIDATE,
    "visits.note": ITS_CANDIDATE,
    "recordings.append": ITS_CANDIDATE,
    "playback.own": ITS_CANDIDATE,
    "playback.own_events": ITS_CANDIDATE,
    "playback.comment": ITS_CANDIDATE,
    "playback.show": VIEWER,
    "playback.events": VIEWER,
    "similarity.index": VIEWER,
    "similarity.show": VIEWER,
    "submissions.create": ITS_CANDIDATE,
    "submissions.index": ITS_CANDIDATE,
    "submissions.show": SIGNED_IN,
    "submissions.stop": SIGNED_IN,
    "interviews.index": SIGNED_IN,
    "interviews.lobby": SIGNED_IN,
    "interviews.start": SIGNED_IN,
    "composing.show": SIGNED_IN,
    "composing.lobby": SIGNED_IN,
    "composing.start": SIGNED_IN,
    "tryouts.begin": SIGNED_IN,
    "tryouts.clock": SIGNED_IN,
    "extra_time.index": {Role.MANAGER, Role.ADMIN},
    "extra_time.give": {Role.MANAGER, Role.ADMIN},
    "attempts.show": ITS_CANDIDATE,
    "attempts.clock": ITS_CANDIDATE,
    "attempts.finish": ITS_CANDIDATE,
    "attempts.flag": ITS_CANDIDATE,
    "attempts.part": ITS_CANDIDATE,
    "attempts.report": ITS_CANDIDATE,
    "attempts.report_pdf": ITS_CANDIDATE,
    "attempts.save": ITS_CANDIDATE,
    "attempts.share": ITS_CANDIDATE,
    "transcripts.show": ITS_CANDIDATE,
    "transcripts.keys": EVERYBODY,
    "transcripts.keys_json": EVERYBODY,
    "branches.index": SIGNED_IN,
    "branches.take": SIGNED_IN,
    "notes.save": SIGNED_IN,
    "notes.save_form": SIGNED_IN,
    "keeper.script": EVERYBODY,
    "keeper.away": SIGNED_IN,
    "history.index": SIGNED_IN,
    "invited.follow": EVERYBODY,
    "invited.landing": EVERYBODY,
    "invited.accept": EVERYBODY,
    "invited.decline": EVERYBODY,
    "invited.send_code": EVERYBODY,
    "invited.go_on": EVERYBODY,
    "invited.lobby": ITS_CANDIDATE,
    "invited.start": ITS_CANDIDATE,
    "invited.leave": SIGNED_IN,
    "joining.ask": EVERYBODY,
    "invitations.index": VIEWER,
    "invitations.new": REVIEWER,
    "invitations.check": REVIEWER,
    "invitations.invite": REVIEWER,
    "invitations.take_links": REVIEWER,
    "invitations.show": VIEWER,
    "invitations.change": REVIEWER,
    "invitations.resend": REVIEWER,
    "invitations.renew_link": REVIEWER,
    "invitations.revoke": REVIEWER,
    "invitations.release": REVIEWER,
    "invitation_records.take": OWNER,
    "invitation_records.forget": OWNER,
    "invitations.extend": REVIEWER,
    "invitations.change_public_link": REVIEWER,
    "invitations.renew_public_link": REVIEWER,
    "managing.mocks": {Role.MANAGER, Role.ADMIN},
    "managing.mock": {Role.MANAGER, Role.ADMIN},
    "candidates.show": VIEWER,
    "candidates.pdf": VIEWER,
    "candidates.decide": REVIEWER,
    "candidates.recommend": REVIEWER,
    "candidates.rate": REVIEWER,
    "candidates.override": REVIEWER,
    "candidates.undo": REVIEWER,
    "comments.add": REVIEWER,
    "comments.edit": REVIEWER,
    "comments.delete": REVIEWER,
    "comments.read": VIEWER,
    "sharing.index": OWNER,
    "sharing.make": OWNER,
    "sharing.revoke": OWNER,
    "sharing.show": EVERYBODY,
    "review_runs.show": REVIEWER,
    "review_runs.create": REVIEWER,
    "review_runs.follow": REVIEWER,
    "review_runs.stop": REVIEWER,
    "running.index": {Role.MANAGER, Role.ADMIN},
    "running.show": VIEWER,
    "running.give": REVIEWER,
    "hiring_interviews.index": {Role.MANAGER, Role.ADMIN},
    "hiring_interviews.new": {Role.MANAGER, Role.ADMIN},
    "hiring_interviews.show": VIEWER,
    "hiring_interviews.archive": OWNER,
    "hiring_interviews.versions": VIEWER,
    "hiring_interviews.begin_trial": VIEWER,
    "hiring_interviews.delete_trial": VIEWER,
    "blueprint_editor.edit": OWNER,
    "blueprint_editor.save": OWNER,
    "blueprint_editor.outlook_of_form": OWNER,
    "blueprint_editor.publish": OWNER,
    "interview_log.index": OWNER,
    "interview_roles.index": VIEWER,
    "interview_roles.give": OWNER,
    "reviewing.show": VIEWER,
    "reviewing.change": OWNER,
    "teams.index": {Role.ADMIN},
    "teams.create": {Role.ADMIN},
    "teams.show": {Role.ADMIN},
    "teams.rename": {Role.ADMIN},
    "teams.archive": {Role.ADMIN},
    "teams.add": {Role.ADMIN},
    "teams.remove": {Role.ADMIN},
    "authoring.index": {Role.AUTHOR, Role.ADMIN},
    "authoring.show": {Role.AUTHOR, Role.ADMIN},
    "authoring.versions": {Role.AUTHOR, Role.ADMIN},
    "authoring.reports": {Role.AUTHOR, Role.ADMIN},
    "authoring.settle_report": {Role.AUTHOR, Role.ADMIN},
    "error_reports.index": SIGNED_IN,
    "error_reports.from_practice": SIGNED_IN,
    "error_reports.from_response": ITS_CANDIDATE,
    "regrades.index": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "regrades.start": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "regrades.show": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "regrades.discard": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "regrades.apply": {Role.MANAGER, Role.ADMIN},
    "regrades.undo": {Role.MANAGER, Role.ADMIN},
    "readings.index": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "readings.show": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "readings.grade": {Role.MANAGER, Role.AUTHOR, Role.ADMIN},
    "scores.index": VIEWER,
    "scores.as_csv": VIEWER,
    "scores.as_xlsx": VIEWER,
    "scores.compare": VIEWER,
    "scores.statistics": VIEWER,
    "exports.index": VIEWER,
    "exports.make": VIEWER,
    "exports.fetch": VIEWER,
    "exports.delete": VIEWER,
    "item_statistics.show": {Role.AUTHOR, Role.ADMIN},
    "mock_statistics.index": {Role.AUTHOR, Role.ADMIN},
    "mock_statistics.show": {Role.AUTHOR, Role.ADMIN},
    "admin.users": {Role.ADMIN},
    "admin.user": {Role.ADMIN},
    "admin.set_role": {Role.ADMIN},
    "admin.set_access": {Role.ADMIN},
    "admin.make_reset_link": {Role.ADMIN},
    "admin.audit": {Role.ADMIN},
    "operations.index": {Role.ADMIN},
    "operations.submission": {Role.ADMIN},
    "operations.grade_again": {Role.ADMIN},
    "operations.give_up": {Role.ADMIN},
    "operations.settle": {Role.ADMIN},
}
# What is open to a guest, who has an invitation instead of an account.
FOR_GUESTS = {
    "static",
    "health.live",
    "health.ready",
    "home.index",  # leads to the invitation
    "accounts.sign_out",
    "tryouts.begin",
    "tryouts.clock",
    "attempts.show",
    "attempts.clock",
    "attempts.finish",
    "attempts.flag",
    "attempts.part",
    "attempts.report",
    "attempts.report_pdf",
    "transcripts.show",
    "transcripts.keys",
    "transcripts.keys_json",
    "visits.note",
    "recordings.append",
    "playback.own",
    "playback.own_events",
    "playback.comment",
    "branches.index",
    "branches.take",
    "notes.save",
    "notes.save_form",
    "keeper.script",
    "keeper.away",
    "attempts.save",
    "responses.save",
    "submissions.create",
    "submissions.index",
    "submissions.show",
    "submissions.stop",
    "error_reports.from_response",
    "invited.follow",
    "invited.landing",
    "invited.accept",
    "invited.decline",
    "invited.send_code",
    "invited.go_on",
    "invited.lobby",
    "invited.start",
    "invited.leave",
}
# Under /manage, and yet no role in an interview decides.
BY_ACCOUNT = {"managing.mock": "mocks belong to no team; who sits one shares it with all managers"}
# What is looked at before it is asked whose it is, so that the walk sends it: JSON, or a form.
BODIES: dict[str, dict[str, Any]] = {
    "responses.save": {"answer": {"files": {}}, "revision": 0},
    "visits.note": {"visit": "a-visit-of-the-walk", "seconds": 1},
    "recordings.append": {"session": "0" * 32, "sequence": 0, "age": 0, "entries": []},
}
FORMS = {
    "invitations.invite": {"time_zone": "UTC", "email": "nina@example.org"},
    "invitations.change_public_link": {"time_zone": "UTC"},
    "invitations.extend": {"time_zone": "UTC", "closes": "2099-01-01T10:00"},
}
# Who may use these finds nothing all the same, because the walk's attempt is no try, was not recorded, and so on.
MAY_BE_MISSING = {
    "exports.delete",
    "exports.fetch",
    "hiring_interviews.delete_trial",
    "invitations.renew_public_link",
    "playback.comment",
    "playback.own",
}
# Their own tests; here they would end the walk, or go on in somebody else's name.
SESSION_CHANGES = {
    "accounts.sign_out",
    "accounts.end_other_sign_ins",
    "invited.follow",
    "invited.accept",
    "invited.decline",
    "invited.send_code",
    "invited.go_on",
    "invited.leave",
}
QUESTION = """\
id: one
title: One question
kind: choice
level: fresher
topic: routing
difficulty: 1
minutes: 1
points: 2
prompt: Which?
explanation: CANARY explanation
references: ["https://flask.palletsprojects.com/"]
covers: [routing]
select: one
options:
  - {text: this, correct: true, reason: CANARY right}
  - {text: that, reason: CANARY wrong}
"""
BLUEPRINT = """\
id: mock
title: A mock
bank: small
minutes: 10
description: Ten minutes.
sections:
  - {title: All, topics: any, kinds: [choice], count: 1, difficulty: [1, 5]}
"""


@pytest.fixture
def small_bank(app: Flask, library: Shelf) -> None:
    """A published bank with one question and one mock interview, beside the usual library."""
    add_small_bank(app, library)


def add_small_bank(app: Flask, library: Shelf) -> None:
    library.bank("small", "public")
    library.write("coverage.yaml", {"rm-routing": "Routes.", "routing": "how requests find views"})
    library.write("small/routing/one.yaml", QUESTION)
    library.write("small/blueprints/mock.yaml", BLUEPRINT)
    done = library.publish(app)
    assert not done.findings, [str(finding) for finding in done.findings]


def rules(app: Flask) -> list[Rule]:
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def address(rule: Rule, **known: Any) -> str:
    """An address of this rule; what is not known is something that is not there."""
    values = {
        name: known.get(name, 999_999 if "int" in type(converter).__name__.lower() else "no-such")
        for name, converter in rule._converters.items()
    }
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: str(values[found[1]]), rule.rule)


def contents(app: Flask) -> str:
    """A checksum of the database, but for the time at which a device was seen last."""
    digest = hashlib.sha256()
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column is not SignIn.__table__.c.seen_at]
            rows = db.session.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


def test_every_route_says_who_may_use_it(app):
    assert {rule.endpoint for rule in rules(app)} == set(MATRIX)


@pytest.fixture
def site(app: Flask, library: Shelf, make_person: Callable[..., Person]) -> HiringSite:
    """A team's interview with people in every role."""
    return hiring_site.build(app, make_person)


@pytest.fixture
def known(site: HiringSite) -> dict[str, Any]:
    """What addresses are filled with, by the names of their arguments."""
    return names_on(site)


def names_on(site: HiringSite) -> dict[str, Any]:
    """Have somebody invited who sits the interview, and name all that is there by then."""
    invitation_id = hiring_site.invite(site)
    attempt_id = hiring_site.sit(site, invitation_id)
    with site.app.app_context():
        coded = select(Response.id).join(Response.question).where(Response.attempt_id == attempt_id)
        response_id = db.session.scalar(coded.where(Question.kind == "code"))
    return {
        "interview_id": site.interview_id,
        "version_id": site.version_id,
        "invitation_id": invitation_id,
        "attempt_id": attempt_id,
        "response_id": response_id,
        "team_id": site.team_id,
        "user_id": site.id_of("viewer"),
        "bank_id": "basics",
        "question_id": "choice-1",
    }


class Watched:
    """The application's database, seen from a connection of its own: whether anything was committed, and the way back."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            db.session.remove()
            self._own = sqlite3.connect(str(db.engine.url.database))
        self._kept = sqlite3.connect(":memory:")
        self.keep()

    def keep(self) -> None:
        """Remember how it is now."""
        self._own.backup(self._kept)
        self._version = self._count()

    def has_changed(self) -> bool:
        """Whether another connection has committed a change since this was asked last: SQLite counts them."""
        before, self._version = self._version, self._count()
        return self._version != before

    def rewind(self) -> None:
        """Put it back to how it was: what one role may change is not to be gone for the next."""
        if self.has_changed():
            self._kept.backup(self._own)
            self._version = self._count()

    def close(self) -> None:
        self._own.close()
        self._kept.close()

    def _count(self) -> int:
        return int(self._own.execute("pragma data_version").fetchone()[0])


@pytest.fixture
def watched(app: Flask) -> Iterator[Watched]:
    """The database of the application as it is now."""
    watched = Watched(app)
    yield watched
    watched.close()


def test_what_belongs_to_an_interview_asks_for_a_role_in_it(app):
    """A row that names roles of accounts would let managers of other teams in."""
    unsaid = [
        rule.endpoint
        for rule in rules(app)
        if rule.rule.startswith("/manage/")
        and rule.arguments
        and not isinstance(MATRIX[rule.endpoint], Access)
    ]
    assert set(unsaid) <= set(BY_ACCOUNT), "write VIEWER, REVIEWER or OWNER in their lines"


def test_every_role_gets_what_the_matrix_says(app, site, known, watched):
    wrong = []
    for role in ROLES:
        client = client_of(role, site)
        token = csrf_of(client) if role == "guest" else csrf_token(client)
        watched.keep()  # with the sign-in
        for rule in rules(app):
            if rule.endpoint in SESSION_CHANGES or rule.endpoint == "static":
                continue
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                sent: dict[str, Any] = {"json": BODIES.get(rule.endpoint), "data": FORMS.get(rule.endpoint)}
                headers = {"X-CSRFToken": token}
                reply = client.open(address(rule, **known), method=method, headers=headers, **sent)
                reply.close()
                assert reply.status_code < 500, (role, method, rule.rule, reply.status_code)
                is_shut = role == "guest" and rule.endpoint not in FOR_GUESTS
                wanted = Answer.FORBIDDEN if is_shut else expected(MATRIX[rule.endpoint], role)
                answer = got(reply)
                is_missing = answer is Answer.NOT_FOUND and wanted in (Answer.OPEN, Answer.FORBIDDEN)
                if answer is not wanted and not (is_missing and may_be_missing(rule, known)):
                    wrong.append(f"{role}: {method} {rule.rule} is {answer}, not {wanted}")
                if method != "GET":
                    watched.rewind()
    assert not wrong, "\n".join(wrong)


def client_of(role: str, site: HiringSite) -> FlaskClient:
    """The browser of somebody in this role."""
    if role == "anonymous":
        return site.app.test_client()
    if role == "guest":
        hiring_site.invite(site, "guest@example.org")
        guest = Guest(site.app, token_of(site.app, stored(site.app, "guest@example.org")))
        guest.accept()
        return guest.client
    return site.people[role].client


def may_be_missing(rule: Rule, known: dict[str, Any]) -> bool:
    """Whether what the address names need not be there for who may use it: unknown arguments, or no hiring interview's."""
    in_interview = MATRIX[rule.endpoint] in (VIEWER, REVIEWER, OWNER, ITS_CANDIDATE)
    return not in_interview or not rule.arguments <= set(known) or rule.endpoint in MAY_BE_MISSING


def test_every_change_needs_the_token_of_the_session(app, admin, candidate, small_bank):
    others = csrf_token(candidate.client)
    before = contents(app)
    seen = 0
    for rule in rules(app):
        for method in sorted((rule.methods or set()) - SAFE):
            for headers in ({}, {"X-CSRFToken": others}, {"X-CSRFToken": "x"}):
                known = {
                    "user_id": candidate.id,
                    "bank_id": "small",
                    "question_id": "one",
                    "interview_id": "mock",
                }
                reply = admin.client.open(
                    address(rule, **known), method=method, headers={**headers, "Accept": "application/json"}
                )
                assert reply.status_code == 400, (method, rule.rule)
                assert reply.json["error"]["code"] == "outdated_form", (method, rule.rule)
                seen += 1
    assert seen >= 3 * 15
    assert contents(app) == before


def test_looking_changes_nothing(app, admin, small_bank, known, watched):
    assert admin.id
    admin.post("/practice/small/one/answer", {"options": "0"})
    admin.post("/interviews/mock/start", {"consent": "1"})
    with app.app_context():
        own = Attempt.user_id == admin.id
        attempts = list(db.session.scalars(select(Attempt.id).where(own)))
        responses = list(db.session.scalars(select(Response.id).join(Attempt).where(own)))
    assert len(attempts) == 2, "the walk needs a practised question and a running interview"
    before = contents(app)
    watched.keep()
    opened: dict[tuple[str, str], int] = {}
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "accounts.reset"):
            continue
        for attempt, response in zip(attempts, responses, strict=False):
            mock = {
                "attempt_id": attempt,
                "response_id": response,
                "user_id": admin.id,
                "bank_id": "small",
                "question_id": "one",
                "interview_id": "mock",
            }
            places = [address(rule, **mock)]
            if rule.rule.startswith("/manage/") and rule.arguments:
                places.append(address(rule, **known))
            for path, method in itertools.product(places, ("GET", "HEAD")):
                if (path, method) in opened:  # neither attempt nor response is named in it
                    continue
                reply = admin.client.open(path, method=method)
                assert reply.status_code < 500, path
                assert not watched.has_changed() or contents(app) == before, (
                    f"{method} {path} changed something"
                )
                opened[path, method] = reply.status_code
    assert list(opened.values()).count(200) > 40


class Tags(HTMLParser):
    """The elements of a page, as a browser sees them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> list[tuple[str, Any]]:
    """Every page that can be opened, as an admin who has practised and sits an interview, and as nobody; opened once."""
    folder = tmp_path_factory.mktemp("pages")
    with applications.running(folder, redis_url, TESTING=True) as app:
        library = Shelf(folder / "questions")
        library.fill()
        library.publish(app)
        add_small_bank(app, library)
        make_person = people.maker(app)
        known = names_on(hiring_site.build(app, make_person))
        return list(opened_pages(app, make_person(Role.ADMIN, name="Ada Lindqvist"), known))


def opened_pages(app: Flask, admin: Person, known: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    admin.post("/practice/small/one/answer", {"options": "0"})
    admin.post("/interviews/mock/start", {"consent": "1"})
    with app.app_context():
        attempts = list(db.session.scalars(select(Attempt.id).order_by(Attempt.id)))
    seen = set()
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        mock = {"user_id": admin.id, "bank_id": "small", "question_id": "one", "interview_id": "mock"}
        asked = [
            (address(rule, **mock, attempt_id=attempt), client)
            for attempt in attempts
            for client in (admin.client, app.test_client())
        ]
        if known.keys() & rule.arguments and rule.rule.startswith(("/manage/", "/admin/")):
            asked.append((address(rule, **known), admin.client))
        for path, client in asked:
            if (path, client is admin.client) in seen:  # no attempt is named in it
                continue
            seen.add((path, client is admin.client))
            reply = client.get(path)
            if reply.mimetype == "text/html":
                yield path, reply


def test_no_page_has_a_script_or_style_of_its_own(pages):
    """The policy would stop it, so what is written inline would silently not work."""
    assert len(pages) > 30
    for path, page in pages:
        nonce = re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])
        assert nonce
        for tag, attributes in Tags(page.text).found:
            inline = [name for name in attributes if name.startswith("on") or name == "style"]
            assert not inline, (path, tag, inline)
            assert tag != "style", path
            for name in ("href", "src", "action", "formaction"):
                assert not (attributes.get(name) or "").lower().startswith("javascript:"), (path, tag)
            if tag == "script":
                source = attributes.get("src") or ""
                assert source.startswith("/static/") or attributes.get("type") == "application/json", (
                    path,
                    source,
                )
                assert attributes.get("nonce") in (None, nonce[1]), path


def test_every_page_has_a_title_a_heading_a_skip_link_and_labels(pages):
    for path, page in pages:
        if page.status_code == 302:
            continue
        tags = Tags(page.text).found
        names = [tag for tag, _ in tags]
        assert re.search(r"<title>[^<·]{3,} · quizapp</title>", page.text), path
        assert names.count("h1") == 1, path
        assert names.count("main") == 1, path
        assert ("a", {"class": "skip", "href": "#main"}) in tags, path
        ids = [attributes["id"] or "" for _, attributes in tags if attributes.get("id")]
        assert len(ids) == len(set(ids)), (path, sorted(one for one in ids if ids.count(one) > 1))
        labelled = {attributes.get("for") for tag, attributes in tags if tag == "label"}
        for tag, attributes in tags:
            for name in ("aria-labelledby", "aria-describedby"):
                for one in (attributes.get(name) or "").split():
                    assert one in ids, (path, tag, name, one)
            is_field = tag in ("select", "textarea") or (
                tag == "input" and attributes.get("type") not in ("hidden", "radio", "checkbox", "submit")
            )
            if is_field and attributes.get("aria-hidden") != "true":
                assert attributes.get("id") in labelled or attributes.get("aria-label"), (
                    path,
                    tag,
                    attributes,
                )


def test_every_answer_carries_the_headers(app, pages):
    for path, page in [*pages, ("/nope", app.test_client().get("/nope"))]:
        headers = page.headers
        policy = headers["Content-Security-Policy"]
        for part in (
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ):
            assert part in policy, path
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers
        assert not [name for name, _ in headers if name.lower().startswith("access-control")]


def test_a_nonce_is_used_once(client):
    policies = {client.get("/sign-in").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


def test_static_files_may_be_kept_when_their_address_holds_their_hash(client):
    page = client.get("/sign-in").text
    found = re.search(r'href="(/static/css/components\.css\?v=\w{12})"', page)
    assert found
    for path, says in ((found[1], "immutable"), ("/static/css/components.css", "no-cache")):
        with client.get(path) as file:
            assert says in file.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["..%2fconfig.py", "../config.py", "%2e%2e/config.py", "css/../../config.py", "", "css", ".env", "%00"],
)
def test_nothing_but_static_files_is_served(client, path):
    assert client.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/console", "/metrics", "/rq", "/static/"])
def test_what_others_forget_is_not_there(client, path):
    assert client.get(path).status_code == 404


class TestBehindHttps:
    @pytest.fixture
    def browser(self, make_app: Callable[..., Flask]) -> FlaskClient:
        return make_app(HTTPS=True).test_client()

    def test_cookies_are_bound_to_the_host_and_sent_to_nobody_else(self, browser):
        cookie = browser.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
        assert cookie.startswith("__Host-quizapp=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert len(cookie) < 4096

    def test_browsers_are_told_to_stay_there(self, browser):
        reply = browser.get("/sign-in", base_url="https://localhost")
        assert reply.headers["Strict-Transport-Security"].startswith("max-age=31536000")

    def test_a_form_needs_to_come_from_a_page_of_ours(self, browser):
        page = browser.get("/sign-in", base_url="https://localhost").text
        found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page)
        assert found
        form = {"csrf_token": found[1], "email": "a@example.org", "password": PASSWORD}
        for referrer, status in (
            ("https://localhost/sign-in", 401),
            ("https://evil.example/", 400),
            (None, 400),
        ):
            headers = {"Referer": referrer} if referrer else {}
            reply = browser.post("/sign-in", data=form, base_url="https://localhost", headers=headers)
            assert reply.status_code == status, referrer


def test_cookies_of_plain_http_are_still_out_of_reach_for_scripts(client):
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))


def test_production_does_not_start_without_a_real_key(make_app, monkeypatch):
    monkeypatch.setenv("QUIZAPP_ENV", "production")
    for key in (None, "", "short", "x" * 31):
        with pytest.raises(ConfigurationError, match="QUIZAPP_SECRET_KEY"):
            make_app(SECRET_KEY=key)


def test_a_host_that_is_not_ours_is_refused_when_ours_is_known(make_app):
    client = make_app(PUBLIC_URL="https://quiz.example.org").test_client()
    for host, status in (("quiz.example.org", 200), ("localhost", 200), ("evil.example", 400), ("a b", 400)):
        reply = client.get("/sign-in", headers={"Host": host})
        assert reply.status_code == status, host
        assert "evil.example" not in reply.text


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/account", "/account"),
        ("/banks/fresher?q=a&page=2#x", "/banks/fresher?q=a&page=2#x"),
        (None, "/"),
        ("//evil", "/"),
        ("/%09/evil", "/%09/evil"),
    ],
)
def test_where_one_may_go_after_signing_in(app, target, goes):
    with app.test_request_context():
        assert safe_next(target) == goes


def test_secrets_of_a_question_are_on_no_page_before_it_is_answered(app, candidate, small_bank):
    for path in (
        "/",
        "/banks",
        "/banks/small",
        "/practice/small/one",
        "/interviews",
        "/interviews/mock",
        "/history",
    ):
        reply = candidate.get(path)
        assert reply.status_code == 200, path
        assert "CANARY" not in reply.text, path
