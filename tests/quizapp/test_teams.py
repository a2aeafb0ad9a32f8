"""Teams of managers, and who is owner, reviewer or viewer of an interview."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp.errors import Conflict
from quizapp.extensions import db
from quizapp.models import AuditEntry, InterviewMember, InterviewRole, Role, Team
from quizapp.services import interview_roles
from tests.quizapp.hiring_site import HiringSite, MakePerson, build
from tests.quizapp.shelf import Shelf


@pytest.fixture
def site(app: Flask, library: Shelf, make_person: MakePerson) -> HiringSite:
    return build(app, make_person)


def facts(site: HiringSite, action: str) -> list[tuple[str, dict[str, Any]]]:
    with site.app.app_context():
        rows = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
        )
        return [(row.subject, row.facts) for row in rows]


def give(site: HiringSite, by: str, to: str, role: str):
    return site.people[by].post(f"{site.path}/roles/{site.id_of(to)}", {"role": role})


class TestTeams:
    def test_an_admin_makes_one_names_it_and_puts_it_away(self, site):
        admin = site.people["admin"]
        made = admin.post("/admin/teams", {"name": "  Front   end "})
        assert made.status_code == 303
        assert "Front end" in admin.get(made.location).text
        admin.post(f"{made.location}/name", {"name": "Web"})
        admin.post(f"{made.location}/archive", {"archived": "1"})
        assert "archived" in admin.get("/admin/teams").text
        assert "Web" not in admin.get("/manage/interviews/new").text
        admin.post(f"{made.location}/archive", {"archived": "0"})
        assert "Web" in admin.get("/manage/interviews/new").text
        subject, told = facts(site, "team.renamed")[0]
        assert (subject, told["before"], told["after"]) == ("Web", "Front end", "Web")

    def test_a_name_that_cannot_be_used_is_said_at_its_field(self, site):
        for name in ("", " ", "x" * 121, "Backend"):
            reply = site.people["admin"].post("/admin/teams", {"name": name})
            assert reply.status_code == 422, name
            assert 'aria-describedby="problem"' in reply.text
            other = site.people["admin"].post(f"/admin/teams/{site.team_id + 1}/name", {"name": name})
            assert other.status_code == 422, name
        with site.app.app_context():
            assert db.session.scalars(select(Team.name).order_by(Team.name)).all() == ["Backend", "Data"]

    def test_who_is_put_into_a_team_sees_its_interviews_until_they_are_taken_out(self, site):
        admin, stranger = site.people["admin"], site.people["stranger"]
        members = f"/admin/teams/{site.team_id}/members"
        assert stranger.get(site.path).status_code == 404
        assert admin.post(members, {"email": stranger.email}).status_code == 303
        assert stranger.get(site.path).status_code == 200
        assert give(site, "owner", "stranger", "owner").status_code == 303
        assert admin.post(f"{members}/{stranger.id}/remove").status_code == 303
        assert stranger.get(site.path).status_code == 404, "a role without the team opens nothing"

    @pytest.mark.parametrize(
        ("who", "words"),
        [
            ("candidate", "Give them the role manager first"),
            ("nobody", "Nobody has an account with this address"),
        ],
    )
    def test_only_managers_are_put_into_teams(self, site, who, words):
        email = site.people[who].email if who in site.people else "nobody@example.org"
        reply = site.people["admin"].post(f"/admin/teams/{site.team_id}/members", {"email": email})
        assert reply.status_code == 422
        assert words in reply.text
        assert f'value="{email}"' in reply.text

    def test_the_last_owner_of_an_interview_is_not_taken_out(self, site):
        path = f"/admin/teams/{site.team_id}/members/{site.id_of('owner')}/remove"
        reply = site.people["admin"].post(path)
        assert reply.status_code == 409
        assert "is the last owner of “Backend engineer”" in reply.text
        give(site, "owner", "viewer", "owner")
        assert site.people["admin"].post(path).status_code == 303


class TestRoles:
    def test_an_owner_gives_them_and_the_log_has_what_was_before(self, site):
        assert give(site, "owner", "viewer", "reviewer").status_code == 303
        assert give(site, "owner", "viewer", "viewer").status_code == 303
        told = [
            (subject, one["before"], one["after"]) for subject, one in facts(site, "interview.role_changed")
        ]
        email = site.people["viewer"].email
        assert told[-2:] == [(email, "viewer", "reviewer"), (email, "reviewer", "viewer")]
        assert "Role in an interview changed" in site.people["admin"].get("/admin/audit").text

    @pytest.mark.parametrize("by", ["reviewer", "viewer"])
    def test_nobody_else_does(self, site, by):
        assert give(site, by, "viewer", "owner").status_code == 403
        page = site.people[by].get(f"{site.path}/roles").text
        assert "Owner Person" in page
        assert "<select" not in page

    def test_the_last_owner_stays(self, site):
        assert "the last one" in site.people["owner"].get(f"{site.path}/roles").text
        reply = give(site, "owner", "owner", "viewer")
        assert reply.status_code == 409
        assert "Make somebody else an owner first" in reply.text
        give(site, "owner", "reviewer", "owner")
        assert give(site, "reviewer", "owner", "viewer").status_code == 303
        with site.app.app_context():
            rows = db.session.scalars(select(InterviewMember)).all()
            assert {row.user_id: row.role for row in rows} == {site.id_of("reviewer"): InterviewRole.OWNER}

    def test_an_owner_who_can_no_longer_sign_in_is_not_counted(self, site):
        give(site, "owner", "reviewer", "owner")
        site.people["admin"].post(f"/admin/users/{site.id_of('reviewer')}/access", {"access": "off"})
        with site.app.app_context(), pytest.raises(Conflict):
            interview_roles.give(
                site.user("admin"), site.interview_id, site.id_of("owner"), InterviewRole.VIEWER
            )

    @pytest.mark.parametrize("to", ["stranger", "candidate", "admin"])
    def test_they_are_for_people_of_the_team(self, site, to):
        assert give(site, "owner", to, "reviewer").status_code == 404

    def test_a_role_that_there_is_not_is_refused(self, site):
        assert give(site, "owner", "viewer", "king").status_code == 422

    def test_a_manager_who_becomes_a_candidate_sees_nothing_any_more(self, site):
        site.people["admin"].post(f"/admin/users/{site.id_of('viewer')}/role", {"role": Role.CANDIDATE.value})
        assert site.people["viewer"].get(site.path).status_code == 403
        assert "Viewer Person" not in site.people["owner"].get(f"{site.path}/roles").text
