"""What every template may use: filters, globals, and who is looking at the page."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_login import current_user
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

from quizapp.markdown import code_lines, code_rows, inline_markdown, markdown
from quizapp.models import Attempt, Role, User
from quizapp.rules import titles, wording
from quizapp.services import identities
from quizapp.services.sign_ins import device_in_words


@dataclass(frozen=True)
class Viewer:
    """Who is looking, copied out of the database so that even an error page can say so."""

    id: int
    name: str
    email: str
    role: Role
    is_guest: bool = False

    @property
    def initials(self) -> str:
        """One or two letters for the sign of the account."""
        words = [word for word in self.name.split() if word[0].isalnum()] or [self.email]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    def is_a(self, *roles: Role | str) -> bool:
        """True when one of these roles is theirs; an admin has all of them."""
        return self.role is Role.ADMIN or self.role in roles


@dataclass(frozen=True)
class Section:
    """One entry of the top bar."""

    endpoint: str
    label: str
    places: tuple[str, ...]  # blueprints, and single endpoints of others, whose pages lie in it
    role: Role | None = None  # who sees it; None is everybody

    @property
    def is_current(self) -> bool:
        """True on the pages of this section."""
        return request.blueprint in self.places or request.endpoint in self.places


SECTIONS = (
    Section("home.index", "Home", ("home",)),
    Section("banks.index", "Banks", ("banks", "practice")),
    Section(
        "interviews.index",
        "Interviews",
        ("interviews", "composing", "attempts.show", "attempts.part", "attempts.finish", "invited.lobby"),
    ),
    Section(
        "history.index",
        "History",
        ("history", "error_reports", "attempts.report", "playback.own", "playback.own_events"),
    ),
    Section(
        "hiring_interviews.index",
        "Hiring",
        (
            "hiring_interviews",
            "scores",
            "blueprint_editor",
            "interview_roles",
            "interview_log",
            "exports",
            "reviewing",
            "invitations",
            "candidates",
            "comments",
            "sharing",
            "review_runs",
            "playback.show",
            "playback.events",
            "similarity",
            "running",
        ),
        Role.MANAGER,
    ),
    Section("managing.mocks", "Shared mocks", ("managing", "extra_time"), Role.MANAGER),
    Section("regrades.index", "Regrades", ("regrades",), Role.MANAGER),
    Section("authoring.index", "Questions", ("authoring", "item_statistics", "mock_statistics"), Role.AUTHOR),
    Section("readings.index", "Answers to grade", ("readings",), Role.AUTHOR),
    Section("admin.users", "Admin", ("admin", "operations", "teams", "records.due"), Role.ADMIN),
)
NOTHING = "\N{EN DASH}"  # where a figure would stand
_PUBLIC = ("home.index", "banks.index")
_AFTER_SIGNS = re.compile(r"(?<=[@.])(?=.)")
_LOOK_AGAIN = 1.0  # seconds until a static file may be another one


class _Template(Template):
    """A template whose imports are looked up and no more.

    Jinja compares all globals at each import, a dozen and a half times for a page, to find ones that were given to one
    template only. There are none here.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002
        return super()._get_default_module()


def bind(app: Flask) -> None:
    """Register template filters and globals."""
    app.jinja_env.template_class = _Template
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        markdown=markdown,
        inline_markdown=inline_markdown,
        code_lines=code_lines,
        code_rows=code_rows,
        points=points,
        moment=moment,
        duration=duration,
        clock_time=clock_time,
        clock=wording.clock,
        plural=plural,
        candidate_name=candidate_name,
        address=address,
        device=device_in_words,
    )
    app.jinja_env.globals.update(
        viewer=viewer,
        sections=sections,
        asset=asset,
        static_url=static_url,
        drawn_icon=icon,
        has_endpoint=has_endpoint,
        right_now=right_now,
        kinds=tuple(titles.KINDS),
        Role=Role,
    )


def note_viewer(user: User) -> None:
    """Keep a copy of who is signed in for the pages of this request."""
    g.viewer = Viewer(user.id, user.name, user.email, user.role, user.is_guest)


def viewer() -> Viewer | None:
    """Who is looking at the page; None when nobody is signed in. Never asks a database that just failed."""
    if not has_request_context():
        return None
    if "viewer" not in g:
        g.viewer = None  # also while the question below is being asked
        if current_user.is_authenticated:
            note_viewer(current_user)
    found: Viewer | None = g.viewer
    return found


def has_endpoint(endpoint: str) -> bool:
    """True when this application has such a page."""
    return endpoint in current_app.view_functions


def sections() -> list[Section]:
    """The places in the top bar for whoever is looking."""
    person = viewer()
    if person is not None and person.is_guest:
        return []
    return [
        section
        for section in SECTIONS
        if has_endpoint(section.endpoint)
        and (
            section.endpoint in _PUBLIC
            if person is None
            else section.role is None or person.is_a(section.role)
        )
    ]


def static_url(filename: str) -> str:
    """The address of a static file with its content's hash, so that browsers may keep it for ever."""
    # A page names the sheet of icons dozens of times, and files hardly ever change.
    known: dict[tuple[str, str], tuple[float, str]] = current_app.extensions.setdefault(
        "quizapp_static_urls", {}
    )
    place = (request.root_path if has_request_context() else "", filename)
    now = time.monotonic()
    if place not in known or known[place][0] < now:
        known[place] = now + _LOOK_AGAIN, _static_url(filename)
    return known[place][1]


def _static_url(filename: str) -> str:
    path = Path(str(current_app.static_folder)) / filename
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return url_for("static", filename=filename)
    return url_for("static", filename=filename, v=_content_hash(path, stamp))


def asset(name: str) -> str:
    """The address of a front-end bundle."""
    return static_url(f"dist/{name}")


def icon(name: str, label: str | None = None, looks: str = "", **attributes: str) -> Markup:
    """An icon of our sheet; templates may call `looks` by its name there, `class`.

    Pages hold dozens, and a few dozen different ones are all there are.
    """
    return _icon(static_url("icons.svg"), name, label, attributes.pop("class", looks), **attributes)


@lru_cache(maxsize=1024, typed=True)
def _icon(sheet: str, name: str, label: str | None, looks: str) -> Markup:
    classes = f"icon {looks}" if looks else "icon"
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" {}><use href="{}#i-{}"/></svg>').format(classes, said, sheet, name)


@lru_cache(maxsize=256)
def _content_hash(path: Path, _stamp: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def right_now() -> datetime:
    """The clock of this machine, for an error page that cannot ask the database for the time."""
    return datetime.now(UTC)


def points(value: float | None) -> str:
    """Points as people write them: 4, 4.5, 0.33; a dash when there are none."""
    if value is None:
        return NOTHING
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def moment(value: datetime | None, style: str = "both") -> Markup:
    """A time element in words; `style` is both, date, time or short. It is UTC until the page's script knows better."""
    if value is None:
        return escape(NOTHING)
    value = value.astimezone(UTC)
    date, clock = f"{value.day} {value:%B %Y}", f"{value:%H:%M}"
    short = f"{value.day} {value:%b}" + ("" if value.year == right_now().year else f" {value.year}")
    texts = {"date": date, "time": f"{value:%H:%M:%S}", "short": f"{short}, {clock}"}
    return Markup('<time datetime="{}" data-style="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), style, texts.get(style, f"{date}, {clock}")
    )


def duration(seconds: float | None) -> str:
    """A length of time: 0.31 s, 47 s, 3 min 40 s, 1 h 05 min."""
    if seconds is None:
        return NOTHING
    if seconds < 10:  # noqa: PLR2004 - below that, hundredths tell something
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"


def clock_time(seconds: float | None) -> str:
    """A length of time as a clock shows it, for columns: 1:06, 11:47, 1:02:30; a dash when it is not known."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its word: 1 question, 3 questions."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def address(text: str) -> Markup:
    """A mail address that may break after an @ or a dot where its column is narrow; a name stays as it is."""
    return Markup(_AFTER_SIGNS.sub("<wbr>", str(escape(text)))) if "@" in text else escape(text)  # noqa: S704 - escaped before


def candidate_name(attempt: Attempt) -> str:
    """Who sat an attempt, as staff may see it."""
    return identities.of(attempt).name
