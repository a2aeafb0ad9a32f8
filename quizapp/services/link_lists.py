"""The personal links of an interview as a file, for who hands them over: where no mail goes out, or by a mail merge of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from quizapp.extensions import db
from quizapp.models import Invitation, User
from quizapp.receipt import received_at
from quizapp.rules import spreadsheets, zones
from quizapp.services import audit, invitation_states, inviting, link_keys
from quizapp.services.invitation_states import LIVING

COLUMNS = ("Name", "E-mail", "Link", "Opens", "Closes")


def as_csv(user: User, interview_id: str, address_of: Callable[[str], str]) -> bytes:
    """Everybody who has not begun yet with the link that opens their interview, in UTF-8; commits an entry of the audit log.

    `address_of` makes an address of a link's token. Raises NotFound, Forbidden for who may not invite.
    """
    interview = inviting.interview_for(user, interview_id)
    now = received_at()
    open_ones = db.session.execute(
        invitation_states.with_state(now)
        .where(Invitation.interview_id == interview.id, invitation_states.of(now).in_(sorted(LIVING)))
        .order_by(Invitation.id)
    ).all()
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for invitation, _ in open_ones:
        moments = [
            zones.in_words(moment, invitation.time_zone) if moment else ""
            for moment in (invitation.opens_at, invitation.closes_at)
        ]
        told = [invitation.name, invitation.email, address_of(link_keys.token_of(invitation)), *moments]
        writer.writerow([spreadsheets.defused(text) for text in told])
    audit.record(
        "invitation.links_taken",
        f"interview {interview.id}",
        actor=user,
        interview=interview.id,
        invitations=len(open_ones),
    )
    db.session.commit()
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")
