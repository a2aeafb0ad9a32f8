"""The banks and the questions in them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.models import User
from quizapp.rules import titles
from quizapp.services import banks
from quizapp.services.paging import page_number

blueprint = Blueprint("banks", __name__)

MAX_TEXT = 100
DIFFICULTIES = {"1-2": (1, 2), "3": (3,), "4-5": (4, 5)}


def _user() -> User | None:
    return current_user if current_user.is_authenticated else None


@blueprint.get("/banks")
def index() -> str:
    text = request.args.get("q", "")[:MAX_TEXT].strip()
    found = banks.search(_user(), text) if text else []
    return render_template("banks/index.html", banks=banks.overview(_user()), text=text, found=found)


@blueprint.get("/banks/<bank_id>")
def show(bank_id: str) -> str | Response:
    filters = _filters()
    shelf = banks.show(_user(), bank_id, filters)
    if filters.page != shelf.page:
        return redirect(url_for("banks.show", bank_id=bank_id, page=shelf.page, **_arguments()))
    return render_template(
        "banks/show.html",
        shelf=shelf,
        filters=filters,
        arguments={"bank_id": bank_id, **_arguments()},
        bands=_bands(),
        orders=banks.ORDERS,
    )


def _arguments() -> dict[str, Any]:
    """The filters as they stand in the address. Only these: other names mean something to url_for."""
    names = ("level", "topic", "kind", "difficulty", "state", "q", "order")
    return {name: request.args.getlist(name) for name in names if name in request.args}


def _filters() -> banks.Filters:
    """Read the filters; a value that does not exist filters nothing."""
    chosen = [band for band in request.args.getlist("difficulty") if band in DIFFICULTIES]
    order = request.args.get("order", "topic")
    return banks.Filters(
        levels=_known("level", titles.LEVELS),
        topics=_known("topic", titles.TOPICS),
        kinds=_known("kind", titles.KINDS),
        states=_known("state", titles.STATES) if current_user.is_authenticated else (),
        difficulties=[grade for band in chosen for grade in DIFFICULTIES[band]],
        text=request.args.get("q", "")[:MAX_TEXT].strip(),
        order=order if order in banks.ORDERS else "topic",
        page=page_number(request.args.get("page")),
    )


def _known(name: str, known: dict[str, str]) -> list[str]:
    return [value for value in known if value in request.args.getlist(name)]


def _bands() -> dict[str, tuple[str, tuple[int, ...]]]:
    words = {"1-2": "1 and 2", "3": "3", "4-5": "4 and 5"}
    return {band: (words[band], grades) for band, grades in DIFFICULTIES.items()}
