"""Links to reports: making and revoking them, and what whoever has one sees."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from quizapp.errors import Unprocessable
from quizapp.extensions import limiter
from quizapp.models import Depth, InterviewRole, Role
from quizapp.security import external_url, roles_required
from quizapp.services import hiring, identities, reports, share_links

blueprint = Blueprint("sharing", __name__)


@blueprint.get("/manage/attempts/<int:attempt_id>/share")
@roles_required(Role.MANAGER)
def index(attempt_id: int) -> str:
    return _page(attempt_id)


@blueprint.post("/manage/attempts/<int:attempt_id>/share")
@roles_required(Role.MANAGER)
def make(attempt_id: int) -> Response | tuple[str, int]:
    try:
        share_links.make(current_user, attempt_id, request.form)
    except Unprocessable as refusal:
        return _page(attempt_id, refusal), refusal.status
    flash("Link made. It can be copied here at any time.", "done")
    return redirect(url_for("sharing.index", attempt_id=attempt_id), code=303)


@blueprint.post("/manage/share-links/<int:link_id>/revoke")
@roles_required(Role.MANAGER)
def revoke(link_id: int) -> Response:
    link = share_links.revoke(current_user, link_id)
    flash("Revoked. The link shows nothing any more.", "done")
    return redirect(url_for("sharing.index", attempt_id=link.attempt_id), code=303)


@blueprint.get("/shared/<token>")
@limiter.limit("60/minute")
def show(token: str) -> Response:
    """A shared report, for whoever has its link. No search engine keeps it, and no other site learns its address."""
    found = share_links.opened(token)
    answer = make_response(
        render_template(
            "reviewing/shared.html",
            found=found,
            report=found.report,
            is_full=found.link.depth is Depth.FULL,
            allowed=reports.minutes_allowed(found.attempt),
            report_url=url_for("sharing.show", token=token),
            show="all",
        )
    )
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Referrer-Policy"] = "no-referrer"
    if request.method == "GET":
        share_links.count(found.link)
    return answer


def _page(attempt_id: int, problem: Unprocessable | None = None) -> str:
    attempt, access = hiring.attempt(current_user, attempt_id, InterviewRole.OWNER)
    return render_template(
        "reviewing/share.html",
        attempt=attempt,
        interview=access.interview,
        candidate=identities.of(attempt),
        links=[
            (one, external_url("sharing.show", token=one.token)) for one in share_links.listed(attempt_id)
        ],
        problem=problem,
        typed=request.form,
        most_days=share_links.MOST_DAYS,
    )
