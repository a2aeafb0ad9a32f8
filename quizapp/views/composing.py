"""Composing a mock: wishes in the address, a preview of what the bank gives for them, and the usual lobby."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from quizapp.errors import Unprocessable
from quizapp.extensions import limiter
from quizapp.rules import composing as rules
from quizapp.rules import titles
from quizapp.rules.composing import Wishes
from quizapp.security import login_required
from quizapp.services import composing, counts
from quizapp.views.interviews import has_consent, wants_recording
from quizapp.views.responses import who

blueprint = Blueprint("composing", __name__, url_prefix="/compose")


@blueprint.get("")
@login_required
def show() -> str:
    """The form, with what the bank gives for it."""
    banks = counts.public_banks()
    wishes = _wishes(request.args, banks[0]["id"] if banks else "")
    composition = composing.preview(wishes) if banks else None
    return render_template(
        "interviews/compose.html",
        banks=banks,
        wishes=wishes,
        composition=composition,
        counted=counts.of_bank(wishes.bank_id) if banks else None,
        kinds=[kind for kind in titles.KINDS if kind in rules.KINDS],
        rules=rules,
        choices=_choices(wishes),
    )


@blueprint.get("/lobby")
@login_required
def lobby() -> str:
    wishes = _wishes(request.args)
    return render_template(
        "interviews/lobby.html",
        lobby=composing.lobby(current_user, wishes),
        start_url=url_for("composing.start"),
        change_url=url_for("composing.show", **arguments(wishes)),
        choices=_choices(wishes),
    )


@blueprint.post("/start")
@login_required
@limiter.limit("20/hour", key_func=who)
def start() -> Response:
    wishes = _wishes(request.form)
    try:
        attempt = composing.start(current_user, wishes, consents=has_consent(), records=wants_recording())
    except Unprocessable as refusal:
        flash(f"{refusal.message}. {refusal.what_to_do}", "warn")
        return redirect(url_for("composing.lobby", **arguments(wishes)), code=303)
    return redirect(url_for("attempts.show", attempt_id=attempt.id), code=303)


def arguments(wishes: Wishes) -> Mapping[str, Any]:
    """The wishes as the arguments of an address."""
    return {
        "bank": wishes.bank_id,
        "minutes": wishes.minutes,
        "topic": list(wishes.topics),
        "kind": list(wishes.kinds),
        "least": wishes.difficulty[0],
        "most": wishes.difficulty[1],
    } | ({"even": "1"} if wishes.is_even else {})


def _choices(wishes: Wishes) -> list[tuple[str, Any]]:
    """The same as hidden fields."""
    return [
        (name, one)
        for name, value in arguments(wishes).items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _wishes(told: MultiDict[str, str], usual_bank: str = "") -> Wishes:
    """What a form or an address asks for; what nobody can mean is put right, and names nobody knows are left out."""
    least, most = (_between(told.get(name), 1, 5, usual) for name, usual in (("least", 1), ("most", 5)))
    chosen = set(told.getlist("topic"))
    kinds = set(told.getlist("kind"))
    return Wishes(
        bank_id=told.get("bank", usual_bank)[:80],
        minutes=_between(told.get("minutes"), rules.LEAST_MINUTES, rules.MOST_MINUTES, rules.USUAL_MINUTES),
        topics=tuple(topic for topic in titles.TOPICS if topic in chosen),
        kinds=tuple(kind for kind in rules.KINDS if kind in kinds),
        difficulty=(min(least, most), max(least, most)),
        is_even=told.get("even") == "1",
    )


def _between(text: str | None, least: int, most: int, usual: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()):
        return usual
    return min(max(int(text[:9]), least), most)
