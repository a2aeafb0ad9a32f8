"""Where the browser goes to see every page: what each route is asked for, in whose browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.browser import full_house
from tests.browser.full_house import House
from tests.quizapp.hiring_site import TYPED, form_of

# Routes that answer no page of their own: they give data or files, or do something and lead back to a page.
DATA = {
    "static", "health.live", "health.ready", "attempts.clock", "attempts.report_pdf", "branches.take", "candidates.pdf",
    "blueprint_editor.outlook_of_form", "exports.fetch", "keeper.script", "notes.save", "practice.draft",
    "recordings.append", "records.export", "responses.save", "review_runs.create", "review_runs.follow", "scores.as_csv",
    "scores.as_xlsx", "submissions.create", "submissions.index", "submissions.show", "submissions.stop",
    "transcripts.keys_json", "transcripts.show", "tryouts.begin", "tryouts.clock", "visits.note",
    "invitation_records.take", "invitations.take_links",
}  # fmt: skip
LEADS_BACK = {
    "accounts.end_other_sign_ins", "accounts.end_sign_in", "accounts.reset", "accounts.sign_out", "admin.set_access",
    "admin.set_role", "attempts.flag", "attempts.share", "authoring.settle_report", "candidates.undo", "comments.add",
    "comments.delete", "comments.edit", "comments.read", "composing.start", "error_reports.from_practice",
    "error_reports.from_response", "exports.delete", "exports.make", "hiring_interviews.archive",
    "hiring_interviews.begin_trial", "hiring_interviews.delete_trial", "interview_roles.give", "interviews.start",
    "invitation_records.forget", "invitations.release", "invitations.renew_link", "invitations.renew_public_link",
    "invitations.resend", "invitations.revoke", "invited.accept", "invited.decline", "invited.follow", "invited.leave",
    "invited.send_code", "invited.start", "operations.give_up", "operations.grade_again", "operations.settle",
    "playback.comment", "practice.again", "practice.answer", "practice.hint", "practice.rating", "regrades.apply",
    "regrades.discard", "regrades.start", "regrades.undo", "review_runs.stop", "reviewing.change", "sharing.revoke",
    "teams.archive", "teams.remove",
}  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """One page to look at: an address, or a form that is sent to it, in somebody's browser."""

    who: str
    path: str
    form: Mapping[str, Any] | None = None
    status: int = 200
    player: bool = False


def visits(house: House) -> dict[str, list[Visit]]:
    """Route -> what to look at, with the most on it first."""
    ids = house.ids
    hired, edited = (f"/manage/interviews/{ids[name]}" for name in ("interview_id", "edited"))
    empty, many = f"/manage/interviews/{ids['empty']}", "/manage/interviews/many"
    report, code, free = f"/manage/attempts/{ids['attempt_id']}", ids["response_id"], ids["free_id"]
    running, mock = ids["running 0"].path, ids["mock"]
    sat, question = ids["sat_ids"], f"/author/questions/{ids['question_id']}"
    token, parts = ids["token"], ids["parts_running"].path

    def manager(*paths: str) -> list[Visit]:
        return [Visit("manager", path) for path in paths]

    def of(who: str, *paths: str) -> list[Visit]:
        return [Visit(who, path) for path in paths]

    def sent(who: str, path: str, status: int = 422, /, **form: Any) -> Visit:
        return Visit(who, path, form, status)

    player = [Visit("running 0", f"{running}?q={number}", player=True) for number in (1, 4, 5, 6, 7, 8, 9)]
    return {
        "home.index": of("candidate", "/")
        + manager("/")
        + of("nobody", "/")
        + of("newcomer", "/")
        + of("author", "/"),
        "banks.index": of("candidate", "/banks", "/banks?q=zzzqqq"),
        "banks.show": of("candidate", "/banks/basics"),
        "accounts.sign_in": [
            *of("nobody", "/sign-in"),
            sent("nobody", "/sign-in", 401, email="a@b.example", password="x"),
        ],
        "accounts.register": [
            *of("nobody", "/register"),
            sent("nobody", "/register", name="", email="a", password="b"),
        ],
        "accounts.forgot_password": of("nobody", "/forgot-password"),
        "accounts.choose_password": [
            Visit("nobody", ids["reset"]),
            sent("nobody", "/reset", password="short"),
        ],
        "accounts.settings": [*of("candidate", "/account"), sent("candidate", "/account", name="")],
        "records.leave": [
            *of("candidate", "/account/delete"),
            sent("candidate", "/account/delete", password="no"),
        ],
        "records.due": of("admin", "/admin/retention"),
        "practice.show": of(
            "candidate",
            *(
                f"/practice/basics/{name}"
                for name in (
                    "choice-2",
                    "text-1",
                    "output-1",
                    "order-1",
                    "bug-1",
                    "code-1",
                    "tests-for-a-slug",
                    "why-a-post-redirects",
                )
            ),
        ),
        "playback.own": of("candidate", f"{mock.path}/playback/{ids['mock_code']}"),
        "playback.own_events": [
            *of("candidate", f"{mock.path}/events"),
            *of("sitter", f"/attempts/{ids['attempt_id']}/events"),
        ],
        "playback.show": manager(f"{report}/playback/{code}"),
        "playback.events": manager(f"{report}/events", f"/manage/attempts/{sat[1]}/events"),
        "similarity.index": manager(f"{hired}/similarity", f"{empty}/similarity"),
        "similarity.show": manager(f"{hired}/similarity/{ids['pair_id']}"),
        "interviews.index": of("candidate", "/interviews") + of("newcomer", "/interviews"),
        "interviews.lobby": of("newcomer", "/interviews/first-round")
        + of("candidate", "/interviews/first-round"),
        "composing.show": of("newcomer", "/compose"),
        "composing.lobby": of("newcomer", "/compose/lobby?bank=basics&minutes=20"),
        "extra_time.index": manager("/manage/extra-time"),
        "extra_time.give": [
            sent("manager", "/manage/extra-time", 404, email="no-such@example.org", percent="30")
        ],
        "attempts.show": player,
        "attempts.finish": of("running 0", f"{running}/finish"),
        "attempts.part": of("running 1", f"{parts}/part"),
        "attempts.report": [
            *of("candidate", f"{mock.path}/report"),
            *of("sitter", f"/attempts/{ids['attempt_id']}/report"),
        ],
        "attempts.save": [sent("running 1", f"{parts}/save?q=1", text="x" * 90_000, revision="0")],
        "transcripts.keys": of("nobody", "/transcript-keys"),
        "branches.index": of("running 0", f"/responses/{ids['branched']}/versions"),
        "notes.save_form": [sent("running 0", f"{running}/notes", text="x" * 60_000)],
        "keeper.away": of("running 0", "/attempts/away"),
        "history.index": of("candidate", "/history") + of("newcomer", "/history"),
        "invited.landing": [
            *of("guest", "/invitation"),
            Visit("nobody", "/invitation", status=410),
            *(Visit("nobody", f"/i/{token[name]}") for name in ("fresh", "second", "over", "declined")),
            Visit("nobody", f"/i/{token['revoked']}", status=410),
        ],
        "invited.go_on": [sent("other device", "/invitation/go-on", link=token["second"], code="0000 0001")],
        "invited.lobby": of("guest", f"/invitations/{ids['guest_invitation']}"),
        "joining.ask": [
            *of("nobody", f"/join/{ids['interview_id']}/{ids['public']}"),
            sent("nobody", f"/join/{ids['interview_id']}/{ids['public']}", name="", email="nonsense"),
        ],
        "invitations.index": manager(f"{hired}/invitations", f"{empty}/invitations", f"{many}/invitations"),
        "invitations.new": manager(
            *(f"{hired}/invitations/new{more}" for more in ("", "?by=list", "?by=file"))
        ),
        "invitations.check": [
            sent(
                "manager",
                f"{hired}/invitations/check",
                422,
                people="cara@example.org, Cara\nno address\nwaits@example.org",
            ),
            sent("manager", f"{hired}/invitations/check", 200, people=f"cara@example.org, {full_house.LONG}"),
        ],
        "invitations.invite": [sent("manager", f"{hired}/invitations", people="no address")],
        "invitations.show": manager(f"{hired}/invitations/{ids['invitation_id']}", f"{hired}/invitations/1"),
        "invitations.change": [
            sent(
                "manager",
                f"{hired}/invitations/{ids['invitation_id']}/change",
                closes="2001-01-01T10:00",
                extra="a",
            )
        ],
        "invitations.extend": [
            *manager(f"{hired}/invitations/extend"),
            sent("manager", f"{hired}/invitations/extend", closes="2001-01-01T10:00", time_zone="UTC"),
        ],
        "invitations.change_public_link": [
            sent("manager", f"{hired}/invitations/public-link", places="0", closes="2001-01-01T10:00")
        ],
        "managing.mocks": manager("/manage", "/manage?q=zzzqqq"),
        "managing.mock": manager(f"/manage/mocks/{mock.attempt_id}"),
        "candidates.show": manager(report, *(f"/manage/attempts/{number}" for number in ids["others"])),
        "candidates.decide": [
            sent("manager", f"{report}/decision", 409, choice="hold", reason="So.", revision="0")
        ],
        "candidates.recommend": [sent("manager", f"{report}/recommendation", choice="maybe")],
        "candidates.rate": [
            sent("manager", f"{report}/answers/{free}/rating", 409, seen="", **{"criterion-0": "1"})
        ],
        "candidates.override": [
            sent("manager", f"{report}/answers/{code}/points", 409, seen="no", points="999", reason="")
        ],
        "sharing.index": manager(f"{report}/share"),
        "sharing.make": [sent("manager", f"{report}/share", depth="all", days="x")],
        "sharing.show": [*of("nobody", *ids["shared"]), Visit("nobody", "/shared/nonsense", status=404)],
        "review_runs.show": manager(f"{report}/answers/{code}/run"),
        "running.index": manager("/manage/running"),
        "running.show": manager(f"/manage/running/{ids['interview_id']}"),
        "running.give": [
            sent("manager", f"/manage/running/{ids['interview_id']}", minutes="x", reason="", key="k")
        ],
        "hiring_interviews.index": manager("/manage/interviews") + of("new manager", "/manage/interviews"),
        "hiring_interviews.new": [
            *manager("/manage/interviews/new", f"/manage/interviews/new?of={ids['edited']}"),
            *of("new manager", "/manage/interviews/new"),
            sent("manager", "/manage/interviews/new", title="", team=ids["team_id"]),
        ],
        "hiring_interviews.show": manager(edited, hired, empty),
        "hiring_interviews.versions": manager(f"{edited}/versions", f"{empty}/versions"),
        "blueprint_editor.edit": manager(f"{edited}/edit", f"{empty}/edit"),
        "blueprint_editor.save": [
            sent(
                "manager",
                f"{edited}/edit",
                422,
                **(form_of(TYPED, 9) | {"title": "", "minutes": "many", "0-count": "-1"}),
            ),
            sent("manager", f"{edited}/edit", 409, **form_of(TYPED, 1)),
        ],
        "blueprint_editor.publish": [
            *manager(f"{edited}/publish", f"{empty}/publish"),
            sent("manager", f"{edited}/publish", 409, revision="1"),
        ],
        "interview_log.index": manager(f"{hired}/log", f"{edited}/log"),
        "interview_roles.index": manager(f"{hired}/roles"),
        "reviewing.show": manager(f"{hired}/reviewing"),
        "teams.index": of("admin", "/admin/teams"),
        "teams.create": [sent("admin", "/admin/teams", name="")],
        "teams.show": of("admin", f"/admin/teams/{ids['team_id']}"),
        "teams.rename": [sent("admin", f"/admin/teams/{ids['team_id']}/name", name="")],
        "teams.add": [sent("admin", f"/admin/teams/{ids['team_id']}/members", email="no-such@example.org")],
        "authoring.index": of("author", "/author/questions", "/author/questions?q=zzzqqq"),
        "authoring.show": of(
            "author",
            question,
            *(
                f"/author/questions/{name}"
                for name in ("code-1", "choice-1", "why-a-post-redirects", "tests-for-a-slug")
            ),
        ),
        "authoring.versions": of("author", f"{question}/versions"),
        "authoring.reports": of("author", f"{question}/reports", "/author/questions/code-1/reports"),
        "error_reports.index": of("candidate", "/error-reports") + of("newcomer", "/error-reports"),
        "regrades.index": of("author", "/regrades"),
        "regrades.show": [
            *of("author", f"/regrades/{ids['regrade_id']}"),
            *manager(f"/regrades/{ids['regrade_id']}"),
        ],
        "readings.index": manager("/answers-to-grade"),
        "readings.show": manager(f"/answers-to-grade/{ids['reading']}"),
        "readings.grade": [
            sent("manager", f"/answers-to-grade/{ids['reading']}", **{"criterion-0": "99", "seen": ""})
        ],
        "scores.index": manager(
            f"{many}/scores", f"{hired}/scores", f"{empty}/scores", f"{hired}/scores?q=zzzqqq"
        ),
        "scores.compare": manager(
            f"{hired}/compare?attempt={sat[0]}&attempt={sat[1]}&attempt={ids['others'][0]}"
        ),
        "scores.statistics": manager(f"{hired}/statistics", f"{empty}/statistics"),
        "exports.index": manager(f"{hired}/exports", f"{hired}/exports?form=csv", f"{empty}/exports"),
        "item_statistics.show": of(
            "author", f"{question}/statistics", "/author/questions/choice-1/statistics"
        ),
        "mock_statistics.index": of("author", "/author/interviews"),
        "mock_statistics.show": of("author", "/author/interviews/first-round/statistics"),
        "admin.users": of("admin", "/admin/users", "/admin/users?q=zzzqqq"),
        "admin.user": of("admin", f"/admin/users/{house.people['reviewer'].id}"),
        "admin.make_reset_link": [
            sent("admin", f"/admin/users/{house.people['reviewer'].id}/reset-link", 200)
        ],
        "admin.audit": of("admin", "/admin/audit", "/admin/audit?q=zzzqqq"),
        "operations.index": of("admin", "/admin/operations"),
        "operations.submission": of("admin", f"/admin/operations/submissions/{ids['submission_id']}"),
    }
