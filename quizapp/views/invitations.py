"""Inviting people to a hiring interview, and what became of it; for owners and reviewers, viewers read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.bodies import row_number
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import limiter
from quizapp.models import InterviewRole, Role
from quizapp.rules import invitees, zones
from quizapp.rules.invitees import Misfit, Reading, Window
from quizapp.security import external_url, roles_required
from quizapp.services import (
    extending,
    invitation_changes,
    invitation_list,
    invitation_records,
    inviting,
    link_keys,
    link_lists,
    outbox,
    public_links,
)
from quizapp.services.invitation_states import State
from quizapp.services.inviting import Wishes
from quizapp.views.responses import who

blueprint = Blueprint("invitations", __name__, url_prefix="/manage/interviews/<interview_id>/invitations")

MAX_QUERY = 100
WAYS = ("one", "list", "file")
_FIELDS = ("email", "name", "people", "opens", "closes", "time_zone", "extra", "message", "remind", "again")
_PER_HOUR = limiter.limit("300/hour", key_func=who)


@blueprint.get("")
@roles_required(Role.MANAGER)
def index(interview_id: str) -> str:
    """The list, and the public link."""
    return _index_page(interview_id)


@blueprint.get("/new")
@roles_required(Role.MANAGER)
def new(interview_id: str) -> str:
    """The form for one person, a pasted list or a file."""
    return _form_page(interview_id, {})


@blueprint.post("/check")
@roles_required(Role.MANAGER)
@_PER_HOUR
def check(interview_id: str) -> str | tuple[str, int]:
    """Judge the list row by row, and show whom it would invite. Nothing is written."""
    sent = _sent()
    try:
        terms = _terms(sent)
    except Misfit as misfit:
        return _form_page(interview_id, sent, _at_field(misfit)), 422
    reading = _reading(sent, terms)
    try:
        found = inviting.preview(current_user, interview_id, reading)
    except Conflict as closed:
        return _form_page(interview_id, sent, _at_field(closed)), closed.status
    page = render_template(
        "invitations/preview.html",
        interview=inviting.interview_for(current_user, interview_id),
        preview=found,
        flaws=reading.flaws[: invitees.MOST_FLAWS],
        sent=sent,
        **_common(),
    )
    return page, 422 if reading.flaws else 200


@blueprint.post("")
@roles_required(Role.MANAGER)
@_PER_HOUR
def invite(interview_id: str) -> Response | tuple[str, int]:
    """Invite everybody who was shown; with any flaw, nobody."""
    sent = _sent()
    try:
        reading = _reading(sent, _terms(sent))
    except Misfit as misfit:  # the window has closed since the list was checked
        return _form_page(interview_id, sent, _at_field(misfit)), 422
    try:
        made = inviting.invite(current_user, interview_id, reading, _wishes(sent))
    except Conflict as closed:  # archived since
        return _form_page(interview_id, sent, _at_field(closed)), closed.status
    people = f"{len(made)} {'person is' if len(made) == 1 else 'people are'} invited."
    flash(
        people if made else "Nobody was invited: all in the list are invited already, or have sat it.", "done"
    )
    return _back(interview_id)


@blueprint.post("/links.csv")
@roles_required(Role.MANAGER)
@_PER_HOUR
def take_links(interview_id: str) -> Response:
    """The links of everybody who has not begun, as a file to hand them over from."""
    lines = link_lists.as_csv(
        current_user, interview_id, lambda token: external_url("invited.follow", token=token)
    )
    reply = Response(lines, mimetype="text/csv")
    reply.headers["Content-Disposition"] = 'attachment; filename="links.csv"'
    return reply


@blueprint.route("/extend", methods=["GET", "POST"])
@roles_required(Role.MANAGER)
@limiter.limit("300/hour", key_func=who, methods=["POST"])
def extend(interview_id: str) -> str | Response | tuple[str, int]:
    """Give everybody who has not begun a later end."""
    if request.method == "GET":
        return _extend_page(interview_id)
    sent, form = _sent(), request.form
    try:
        count = extending.extend(
            current_user,
            interview_id,
            _terms(sent).window,
            with_expired=form.get("expired") == "1",
            is_mailed=form.get("mail") == "1",
        )
    except (Misfit, Unprocessable) as problem:
        return _extend_page(interview_id, form, _at_field(problem)), 422
    told = f"{count} {'person has' if count == 1 else 'people have'} a later end now."
    flash(told if count else "Every end is as late already, so nothing was changed.", "done")
    return _back(interview_id)


@blueprint.get("/<int:invitation_id>")
@roles_required(Role.MANAGER)
def show(interview_id: str, invitation_id: int) -> str:
    """One invitation: its link, terms, mails and history."""
    return _details_page(interview_id, invitation_id)


@blueprint.post("/<int:invitation_id>/change")
@roles_required(Role.MANAGER)
@_PER_HOUR
def change(interview_id: str, invitation_id: int) -> str | Response | tuple[str, int]:
    """Set window, extra time and reminder."""
    sent = _sent()
    try:
        terms = _terms(sent)
        hours = _wishes(sent).remind_hours
        invitation_changes.change(
            current_user, interview_id, invitation_id, terms.window, terms.extra_share, hours
        )
    except (Misfit, Unprocessable, Conflict) as problem:
        page = _details_page(interview_id, invitation_id, sent, _at_field(problem))
        return page, getattr(problem, "status", 422)
    return _done(interview_id, invitation_id, "The terms are changed.")


@blueprint.post("/<int:invitation_id>/resend")
@roles_required(Role.MANAGER)
@_PER_HOUR
def resend(interview_id: str, invitation_id: int) -> Response:
    """Mail the link again."""
    invitation_changes.resend(current_user, interview_id, invitation_id)
    return _done(interview_id, invitation_id, "The invitation is mailed again.")


@blueprint.post("/<int:invitation_id>/renew-link")
@roles_required(Role.MANAGER)
@_PER_HOUR
def renew_link(interview_id: str, invitation_id: int) -> Response:
    """Void the link, and make another one."""
    invitation_changes.renew_link(current_user, interview_id, invitation_id)
    return _done(interview_id, invitation_id, "The old link opens nothing any more; the new one is mailed.")


@blueprint.post("/<int:invitation_id>/revoke")
@roles_required(Role.MANAGER)
def revoke(interview_id: str, invitation_id: int) -> Response:
    """Void the invitation."""
    invitation_changes.revoke(current_user, interview_id, invitation_id)
    return _done(interview_id, invitation_id, "The invitation is revoked. Its link says so.")


@blueprint.post("/<int:invitation_id>/release")
@roles_required(Role.MANAGER)
def release(interview_id: str, invitation_id: int) -> Response:
    """Let the next device go on without a code."""
    invitation_changes.release(current_user, interview_id, invitation_id)
    return _done(interview_id, invitation_id, "Whoever opens the link next may go on there, within a day.")


@blueprint.post("/public-link")
@roles_required(Role.MANAGER)
@_PER_HOUR
def change_public_link(interview_id: str) -> Response | tuple[str, int]:
    """Open or close the public link, and set its places."""
    sent = _sent() | {name: request.form.get(name, "") for name in ("places", "open")}
    try:
        public_links.change(
            current_user,
            interview_id,
            places=request.form.get("places", 0, type=int),
            is_open=sent["open"] == "1",
            message=sent["message"],
            window=_terms(sent).window,
        )
    except (Misfit, Unprocessable, Conflict) as problem:
        return _index_page(interview_id, sent, _at_field(problem)), getattr(problem, "status", 422)
    flash("The public link is changed.", "done")
    return _back(interview_id)


@blueprint.post("/public-link/renew")
@roles_required(Role.MANAGER)
@_PER_HOUR
def renew_public_link(interview_id: str) -> Response:
    """Void the public link, and make another one."""
    public_links.renew(current_user, interview_id)
    flash("The old public link opens nothing any more.", "done")
    return _back(interview_id)


def _common() -> dict[str, Any]:
    return {
        "in_words": zones.in_words,
        "as_field": zones.as_field,
        "zone_names": zones.names(),
        "mail_in_words": invitation_list.mail_in_words,
        "is_mailing": outbox.is_mailing(),
        "reminder_hours": inviting.REMINDER_HOURS,
        "most_percent": invitees.MOST_EXTRA_PERCENT,
    }


def _at_field(problem: Misfit | Unprocessable | Conflict) -> dict[str, str]:
    """The field that a refusal is about, with what is wrong there; under "" what is about none of them."""
    if isinstance(problem, Misfit):
        return {problem.field: str(problem)}
    return {problem.beside.get("field", ""): f"{problem.message}. {problem.what_to_do}"}


def _index_page(
    interview_id: str, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The list, with the form of the public link as it stands, or as it was sent and refused."""
    filters = _filters()
    listing = invitation_list.listing(current_user, interview_id, filters)
    link, taken = public_links.of(listing.access.interview)
    return render_template(
        "invitations/index.html",
        listing=listing,
        interview=listing.access.interview,
        may_invite=inviting.may_invite(listing.access),
        filters=filters,
        arguments={"q": filters.text, "state": filters.state},
        states=[state.value for state in State],
        link=link,
        taken=taken,
        public_url=link
        and external_url("joining.ask", interview_id=interview_id, token=link_keys.public_token(link)),
        typed=typed,
        errors=errors or {},
        **_common(),
    )


def _form_page(interview_id: str, sent: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    way = request.args.get("by", "") or sent.get("by", "")
    if way == "file" and sent.get("people"):
        way = "list"  # a browser keeps no file for a second try, so its text is shown instead
    access = inviting.access_for(current_user, interview_id)
    return render_template(
        "invitations/new.html",
        interview=access.interview,
        is_owner=access.may(InterviewRole.OWNER),
        way=way if way in WAYS else "one",
        sent=sent,
        errors=errors or {},
        **_common(),
    )


def _extend_page(
    interview_id: str, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    found = extending.prospect(current_user, interview_id)
    return render_template(
        "invitations/extend.html",
        found=found,
        interview=found.access.interview,
        typed=typed or {},
        errors=errors or {},
        **_common(),
    )


def _details_page(
    interview_id: str,
    invitation_id: int,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    details = invitation_list.details(current_user, interview_id, invitation_id)
    invitation = details.invitation
    # Viewers read; a link opens the interview in the candidate's name, so it is for those who may invite.
    link = details.may_change and invitation.revoked_at is None
    return render_template(
        "invitations/show.html",
        details=details,
        invitation=invitation,
        interview=details.access.interview,
        link=external_url("invited.follow", token=link_keys.token_of(invitation)) if link else None,
        may_forget=details.access.may(InterviewRole.OWNER) and invitation_records.is_for_owners(details),
        typed=typed,
        errors=errors or {},
        **_common(),
    )


def _sent() -> dict[str, str]:
    """The form as it was sent, with an uploaded file in the place of its text."""
    sent = {name: request.form.get(name, "") for name in (*_FIELDS, "by")}
    file = request.files.get("file")
    if file is not None and file.filename:
        sent["people"], sent["unreadable"] = invitees.text_of(file.stream.read(invitees.MOST_BYTES + 1))
    return sent


def _terms(sent: Mapping[str, str]) -> invitees.Terms:
    """What holds for everybody. Raises Misfit."""
    now = inviting.terms(Window(), 0.0).now
    window = invitees.window_of(sent["opens"], sent["closes"], sent["time_zone"], now)
    return inviting.terms(window, invitees.share_of(sent["extra"] or "0"))


def _reading(sent: Mapping[str, str], terms: invitees.Terms) -> Reading:
    if problem := sent.get("unreadable"):
        return Reading(flaws=[invitees.Flaw(0, problem)])
    if sent["email"].strip():
        return invitees.read_one(sent["email"], sent["name"], terms)
    return invitees.read(sent["people"], terms)


def _wishes(sent: Mapping[str, str]) -> Wishes:
    hours = next((h for h in inviting.REMINDER_HOURS if sent["remind"] == str(h)), 0)
    return Wishes(sent["message"], hours, sent["again"] == "1")


def _filters() -> invitation_list.Filters:
    return invitation_list.Filters(
        text=request.args.get("q", "")[:MAX_QUERY].strip(),
        state=request.args.get("state", "")[:20],
        older_than=request.args.get("older_than", type=row_number),
        newer_than=request.args.get("newer_than", type=row_number),
    )


def _back(interview_id: str) -> Response:
    return redirect(url_for("invitations.index", interview_id=interview_id), code=303)


def _done(interview_id: str, invitation_id: int, told: str) -> Response:
    flash(told, "done")
    return redirect(
        url_for("invitations.show", interview_id=interview_id, invitation_id=invitation_id), code=303
    )
