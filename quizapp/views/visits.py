"""What the pages of an interview tell of themselves: how long somebody was active on them."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, request
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quizapp import paces
from quizapp.errors import Unprocessable
from quizapp.security import login_required
from quizapp.services import visits

blueprint = Blueprint("visits", __name__)


class VisitBody(BaseModel):
    """One loading of a page and its seconds of activity so far."""

    model_config = ConfigDict(extra="forbid", strict=True)
    visit: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    seconds: Annotated[float, Field(ge=0, le=86_400, strict=False, allow_inf_nan=False)]


@blueprint.post("/responses/<int:response_id>/visits")
@login_required
@paces.at_most(240)
def note(response_id: int) -> tuple[dict[str, str], int]:
    """Take the count; a page sends it each minute and when it is left."""
    try:
        body = VisitBody.model_validate(request.get_json())
    except ValidationError as error:
        raise Unprocessable("This is no count of seconds", "Load the page again.") from error
    visits.note(response_id, current_user, body.visit, body.seconds)
    return {}, 200
