"""The home page: what this is for a visitor, what goes on for a person with an account."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask_login import current_user

from quizapp.rules import titles
from quizapp.services import home

blueprint = Blueprint("home", __name__)


@blueprint.record_once
def _name_things(state: object) -> None:
    """Give all templates the words for topics, kinds and levels."""
    app: Flask = state.app  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        topic_title=titles.topic_title, kind_title=titles.kind_title, level_title=titles.level_title
    )


@blueprint.get("/")
def index() -> str:
    if not current_user.is_authenticated:
        return render_template("home/welcome.html", welcome=home.welcome())
    return render_template("home/index.html", home=home.show(current_user))
