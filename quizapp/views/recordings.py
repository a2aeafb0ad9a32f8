"""What pages record of how an answer comes about, sent a while after it happened."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request
from flask_login import current_user

from quizapp import paces
from quizapp.bodies import json_object
from quizapp.errors import Unprocessable
from quizapp.security import login_required
from quizapp.services import recordings

blueprint = Blueprint("recordings", __name__)

_SESSION = re.compile(r"[0-9a-f]{32}")
_MOST = 2**31 - 1


@blueprint.put("/responses/<int:response_id>/recording")
@login_required
@paces.at_most(120)
def append(response_id: int) -> dict[str, Any]:
    body = json_object()
    session, sequence, age = body.get("session"), body.get("sequence"), body.get("age")
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise Unprocessable("The recording has no name", "Load the page again.")
    for number in (sequence, age):
        if type(number) is not int or not 0 <= number <= _MOST:
            raise Unprocessable("The recording has no place in time", "Load the page again.")
    following = recordings.append(
        current_user,
        response_id,
        session,
        int(sequence or 0),
        int(age or 0),
        body.get("entries"),
        request.user_agent.string,
    )
    return {"next": following}
