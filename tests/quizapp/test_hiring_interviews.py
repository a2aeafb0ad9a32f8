"""Hiring interviews as managers make them: the list, the draft's editor, publishing, versions, and tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from quizapp.extensions import db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AuditEntry,
    Interview,
    InterviewVersion,
    Question,
    Response,
    Submission,
    Team,
)
from quizapp.pages import NOTHING
from quizapp.questions.blueprint_form import TypedSection
from quizapp.services import publishing
from tests.quizapp.hiring_site import (
    SECTIONS,
    TYPED,
    HiringSite,
    MakePerson,
    build,
    form_of,
    invite,
    sit,
    stored_typed,
)
from tests.quizapp.shelf import Shelf

# A field, what is typed into it, and what its error says.
WRONG = (
    ("title", "", "Give it a title"),
    ("minutes", "an hour", "whole minutes from 1 to 600"),
    ("minutes", "601", "whole minutes from 1 to 600"),
    ("pass_line", "101", "whole percent"),
    ("attempts", "0", "Give a number from 1 to 100"),
    ("cool_down", "-1", "whole hours"),
    ("description", " ", "Write what candidates read"),
    ("ending", "x" * 8001, "at most 8000"),
    ("1-count", "", "Give a number from 1 to 100"),
    ("1-count", "1e9", "Give a number from 1 to 100"),
    ("1-title", "", "Give it a title"),
    ("1-points", "0", "whole points"),
    ("1-own_minutes", "soon", "whole minutes from 1 to 600, or leave it empty"),
    ("1-least", "6", "difficulties from 1 to 5"),
    ("1-least", "", "difficulties from 1 to 5"),
    ("1-mix-3", "some", "whole numbers from 1 to 100"),
    ("1-mix-3", "101", "whole numbers from 1 to 100"),
    ("1-mix-3", "2", "The mix adds up to 2, and 1 are asked."),
    ("1-shortest", "200", "whole minutes from 1 to 120"),
    ("1-banks", "nowhere", "Tick at least one bank"),
)


@pytest.fixture
def site(app: Flask, library: Shelf, make_person: MakePerson) -> HiringSite:
    return build(app, make_person)


def revision(site: HiringSite) -> int:
    with site.app.app_context():
        return db.session.get_one(Interview, site.interview_id).draft_revision


def entries(site: HiringSite, action: str) -> list[AuditEntry]:
    with site.app.app_context():
        return list(
            db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        )


class TestTheList:
    def test_it_counts_who_is_invited_runs_and_has_finished(self, site):
        sit(site, invite(site))
        sit(site, invite(site, "omar@example.org"), "author", finished=False)
        invite(site, "noor@example.org")
        page = site.people["viewer"].get("/manage/interviews").text
        assert "Backend engineer" in page
        assert "3 invited, 1 running, 1 finished" in page

    def test_a_try_is_in_no_count(self, site):
        site.people["owner"].post(f"{site.path}/tries", {"of": "version"})
        assert "0 invited, 0 running, 0 finished" in site.people["owner"].get("/manage/interviews").text

    def test_it_shows_what_one_asks_for_and_may_see(self, site):
        for who, query, sees in (
            ("owner", "", True),
            ("owner", "?mine=1", True),
            ("viewer", "?mine=1", False),
            ("viewer", "?q=BACK+eng", True),
            ("viewer", "?q=front", False),
            ("viewer", "?state=draft", False),
            ("viewer", "?state=archived", False),
            ("stranger", "", False),
            ("admin", "", True),
        ):
            reply = site.people[who].get(f"/manage/interviews{query}")
            assert reply.status_code == 200
            assert (site.path in reply.text) is sees, (who, query)

    def test_who_is_in_no_team_is_told_why_it_is_empty(self, site, manager):
        page = manager.get("/manage/interviews").text
        assert "You are in no team" in page
        assert "You are in no team" in manager.get("/manage/interviews/new").text

    def test_an_archived_interview_is_put_away_and_comes_back(self, site):
        owner = site.people["owner"]
        assert owner.post(f"{site.path}/archive", {"archived": "1"}).status_code == 303
        assert "All interviews are archived" in owner.get("/manage/interviews").text
        assert site.path in owner.get("/manage/interviews?state=archived").text
        refused = owner.post(f"{site.path}/edit", form_of(TYPED, revision(site)))
        assert refused.status_code == 409
        assert owner.get(f"{site.path}/edit").location.endswith(site.path)
        owner.post(f"{site.path}/archive", {"archived": "0"})
        assert site.path in owner.get("/manage/interviews").text
        assert [len(entries(site, f"interview.{word}")) for word in ("archived", "restored")] == [1, 1]


class TestMakingOne:
    def test_it_begins_with_parts_that_its_bank_can_fill(self, site):
        reply = site.people["owner"].post(
            "/manage/interviews/new", {"title": "Data engineer", "team": site.team_id}
        )
        assert reply.status_code == 303
        page = site.people["owner"].get(reply.location)
        assert page.status_code == 200
        for part in ("Concepts", "Read code", "Write code"):
            assert f'value="{part}"' in page.text
        assert "It cannot be drawn" not in page.text

    @pytest.mark.parametrize("title", ["", "   ", "x" * 201])
    def test_a_title_that_cannot_be_used_is_shown_again(self, site, title):
        reply = site.people["owner"].post("/manage/interviews/new", {"title": title, "team": site.team_id})
        assert reply.status_code == 422
        assert "Give it a title" in reply.text
        assert 'aria-invalid="true"' in reply.text

    def test_it_is_made_for_ones_own_team_only(self, site):
        reply = site.people["stranger"].post(
            "/manage/interviews/new", {"title": "Mine now", "team": site.team_id}
        )
        assert reply.status_code == 404
        assert "There is no such team of yours" in reply.text

    def test_a_duplicate_has_the_draft_and_nobody_invited(self, site):
        invite(site)
        owner = site.people["owner"]
        assert "Backend engineer, copy" in owner.get(f"/manage/interviews/new?of={site.interview_id}").text
        made = owner.post(
            "/manage/interviews/new",
            {"of": site.interview_id, "title": "Backend, senior", "team": site.team_id},
        )
        with site.app.app_context():
            copy = db.session.get_one(Interview, made.location.split("/")[-2])
            source = db.session.get_one(Interview, site.interview_id)
            assert copy.blueprint["sections"] == source.blueprint["sections"]
            assert copy.blueprint["title"] == copy.title == "Backend, senior"
            assert copy.version is None
        assert "0 invited" not in owner.get(f"/manage/interviews/{copy.id}").text
        refused = site.people["stranger"].get(f"/manage/interviews/new?of={site.interview_id}")
        assert refused.status_code == 404


class TestTheDraft:
    def test_what_is_typed_is_saved_with_what_was_before_in_the_log(self, site):
        typed = replace(
            TYPED,
            title="Backend engineer (Flask)",
            minutes="75",
            ending="Thank *you*.",
            pass_line="65",
            cool_down="24",
            attempts="2",
            shuffle=False,
            results="after-window",
            verdicts="hidden",
            sections=(
                TypedSection(
                    "7", "Talk", ("basics", "secret"), ("routing",), ("choice", "text"), "2", "1", "3", "1", "5", "6",
                    "9", "one", barrier=True,
                ),
                *SECTIONS,
            ),
        )  # fmt: skip
        reply = site.people["owner"].post(f"{site.path}/edit", form_of(typed, revision(site)))
        assert reply.status_code == 303, reply.text
        stored = stored_typed(site)
        assert replace(stored, sections=()) == replace(typed, sections=())
        assert [replace(one, key="") for one in stored.sections] == [
            replace(one, key="") for one in typed.sections
        ]
        facts = entries(site, "interview.draft_saved")[-1].facts
        assert facts["changed"]["minutes"] == {"before": ["45"], "after": ["75"]}
        assert "banks:" not in facts["changed"]
        assert "What changed" in site.people["admin"].get("/admin/audit?action=interview.draft_saved").text

    def test_what_cannot_be_used_is_said_at_its_field_and_nothing_typed_is_lost(self, site):
        for field, value, words in WRONG:
            form = form_of(replace(TYPED, minutes="50"), revision(site)) | {field: value}
            reply = site.people["owner"].post(f"{site.path}/edit", form)
            assert reply.status_code == 422, field
            assert words in reply.text
            assert "was not saved" in reply.text
            if value.strip() and field != "1-banks":
                assert value in reply.text
            if field != "minutes":
                assert 'name="minutes" value="50"' in reply.text
        assert stored_typed(site).minutes == "45", "nothing is stored"

    def test_a_range_that_ends_before_it_begins_is_refused(self, site):
        form = form_of(TYPED, revision(site)) | {"0-least": "4", "0-most": "2"}
        reply = site.people["owner"].post(f"{site.path}/edit", form)
        assert reply.status_code == 422
        assert 'id="0-difficulty-error"' in reply.text

    def test_a_mix_of_difficulties_is_stored_and_shown(self, site):
        owner = site.people["owner"]
        form = form_of(TYPED, revision(site)) | {"0-mix-2": "2", "0-mix-4": "0"}
        assert owner.post(f"{site.path}/edit", form | {"0-most": "1"}).status_code == 422
        assert owner.post(f"{site.path}/edit", form).status_code == 303
        assert stored_typed(site).sections[0].mix == ("", "2", "", "", "")
        assert 'name="0-mix-2" value="2"' in owner.get(f"{site.path}/edit").text
        assert "mix: 2: 2" in owner.get(f"{site.path}/publish").text
        assert owner.post(f"{site.path}/publish", {"revision": str(revision(site))}).status_code == 303
        assert ">2 at 2</td>" in owner.get(site.path).text

    def test_a_version_from_before_a_key_was_known_is_no_other_one(self, site):
        with site.app.app_context():
            interview = db.session.get_one(Interview, site.interview_id)
            version = db.session.get_one(InterviewVersion, site.version_id)
            old = version.blueprint
            bare = [{k: v for k, v in section.items() if k != "mix"} for section in old["sections"]]
            version.blueprint = old | {"sections": bare}
            db.session.commit()
            assert not publishing.is_changed(interview)
            interview.blueprint = old | {"minutes": 46}
            assert publishing.is_changed(interview)

    def test_without_a_section_it_asks_nothing(self, site):
        form = form_of(replace(TYPED, sections=()), revision(site))
        asked = "Add a section: an interview asks something."
        assert asked in site.people["owner"].post(f"{site.path}/edit", form).text
        form = form_of(replace(TYPED, sections=TYPED.sections[:1]), revision(site)) | {"0-count": "0"}
        page = site.people["owner"].post(f"{site.path}/edit", form).text
        assert "Give a number from 1 to 100." in page
        assert asked not in page, "there is one, whose field cannot be read"

    def test_the_buttons_of_sections_work_on_what_is_typed_and_save_nothing(self, site):
        typed = replace(TYPED, description="**Hello** <script>alert(1)</script>")
        for order, titles in (
            ("add", ["Concepts", "Write code", ""]),
            ("remove-0", ["Write code"]),
            ("copy-0", ["Concepts", "Concepts", "Write code"]),
            ("down-0", ["Write code", "Concepts"]),
            ("up-1", ["Write code", "Concepts"]),
            ("up-0", ["Concepts", "Write code"]),
            ("remove-9", ["Concepts", "Write code"]),
            ("preview", ["Concepts", "Write code"]),
        ):
            reply = site.people["owner"].post(f"{site.path}/edit", form_of(typed, revision(site), do=order))
            assert reply.status_code == 200
            found = [part.split('"')[0] for part in reply.text.split('-title" value="')[1:]]
            assert found == titles, order
            assert "<strong>Hello</strong>" in reply.text
            assert "<script>alert" not in reply.text
        assert stored_typed(site).description == "Welcome."

    def test_two_editors_never_overwrite_each_other_silently(self, site):
        owner, admin = site.people["owner"], site.people["admin"]
        seen = revision(site)
        assert admin.post(f"{site.path}/edit", form_of(replace(TYPED, minutes="90"), seen)).status_code == 303
        reply = owner.post(f"{site.path}/edit", form_of(replace(TYPED, minutes="30"), seen))
        assert reply.status_code == 409
        assert "Somebody else saved this draft" in reply.text
        assert 'name="minutes" value="30"' in reply.text, "what was typed is still there"
        assert "</span>90" in reply.text, "and so is what the other one saved"
        assert stored_typed(site).minutes == "90"
        assert f'name="revision" value="{seen + 1}"' in reply.text
        assert (
            owner.post(f"{site.path}/edit", form_of(replace(TYPED, minutes="30"), seen + 1)).status_code
            == 303
        )
        assert stored_typed(site).minutes == "30"

    def test_saving_can_go_on_to_publishing(self, site):
        reply = site.people["owner"].post(f"{site.path}/edit", form_of(TYPED, revision(site), do="publish"))
        assert reply.location.endswith("/publish")


class TestTheOutlook:
    def ask(self, site: HiringSite, **changes: str) -> dict[str, Any]:
        reply = site.people["owner"].post(f"{site.path}/outlook", form_of(TYPED, 0) | changes)
        assert reply.status_code == 200, reply.text
        told: dict[str, Any] = reply.get_json()
        return told

    def test_it_says_what_fits_and_what_everybody_can_practise(self, site):
        told = self.ask(site)
        assert told["sections"]["0"]["words"] == "4 questions available, 4 of them open to practice"
        assert told["total"] == {
            "questions": "3 questions",
            "minutes": "about 6 min of 45",
            "points": "about 28",
            "expected": "75 %",
        }
        assert any("open to practice" in warning for warning in told["warnings"])
        assert told["can_publish"]
        assert told["welcome"] == "<p>Welcome.</p>\n"

    def test_a_bank_for_hiring_is_no_practice(self, site):
        told = self.ask(site, **{"0-banks": "secret", "0-count": "1"})
        assert told["sections"]["0"] == {
            "words": "1 question available",
            "notes": ["Everybody gets the same ones."],
        }

    def test_sections_that_compete_are_found_too_small_together(self, site):
        told = self.ask(site, **{"0-count": "4", "1-kinds": "choice", "1-count": "2"})
        assert not told["can_publish"]
        assert "It cannot be drawn" in told["warnings"][0]
        notes = [note for section in told["sections"].values() for note in section["notes"]]
        assert "Too few: other sections draw from the same questions." in notes
        assert told["total"]["expected"] == NOTHING

    def test_one_too_small_by_itself_says_so(self, site):
        told = self.ask(site, **{"0-count": "9"})
        assert "Too few: 9 are asked." in told["sections"]["0"]["notes"]

    def test_a_difficulty_of_a_mix_that_is_too_small_is_named(self, site):
        told = self.ask(site, **{"0-count": "3", "0-mix-2": "2", "0-mix-3": "1"})
        assert not told["can_publish"]
        assert "asks 1 question of difficulty 3, and 0 fit it." in told["warnings"][0]
        assert told["sections"]["0"] == {
            "words": "4 questions available, 4 of them open to practice; 4 of difficulty 2, 0 of difficulty 3",
            "notes": ["Too few of difficulty 3: one is asked, none fit."],
        }

    def test_a_mix_that_does_not_add_up_says_so_while_it_is_typed(self, site):
        told = self.ask(site, **{"0-mix-2": "1"})
        assert told["sections"]["0"]["notes"] == [
            "The mix adds up to 1, and 2 are asked. Change one of them."
        ]

    def test_retired_questions_are_told(self, site):
        with site.app.app_context():
            db.session.get_one(Question, "choice-1").is_retired = True
            db.session.commit()
        told = self.ask(site)
        assert "1 retired question would fit and is drawn no more." in told["sections"]["0"]["notes"]
        assert told["sections"]["0"]["words"].startswith("3 questions available")

    def test_too_little_time_is_told(self, site):
        told = self.ask(site, minutes="5", **{"0-own_minutes": "3"})
        assert any("take 6 minutes on average" in warning for warning in told["warnings"])
        assert "They take 4 minutes on average; the section has 3." in told["sections"]["0"]["notes"]
        assert any(
            "minutes of their own" in one
            for one in self.ask(site, minutes="5", **{"0-own_minutes": "9"})["warnings"]
        )

    def test_what_cannot_be_read_is_left_out_and_said(self, site):
        told = self.ask(site, **{"1-count": "many"})
        assert told["sections"]["1"]["words"] == "Mend the fields of this section first."
        assert told["total"]["questions"] == "2 questions"
        assert not told["can_publish"]

    def test_it_saves_nothing(self, site):
        self.ask(site, title="Other")
        assert stored_typed(site).title == "Backend engineer"
        assert revision(site) == 1


class TestVersions:
    def edit(self, site: HiringSite, **changes: Any) -> None:
        typed = replace(TYPED, **changes)
        reply = site.people["owner"].post(f"{site.path}/edit", form_of(typed, revision(site)))
        assert reply.status_code == 303, reply.text

    def publish(self, site: HiringSite, **changes: str):
        form = {"revision": str(revision(site)), "note": "Longer.", **changes}
        return site.people["owner"].post(f"{site.path}/publish", form)

    def test_who_is_invited_keeps_theirs(self, site):
        first = invite(site)
        self.edit(site, minutes="90")
        assert "draft has changes" in site.people["viewer"].get("/manage/interviews").text
        page = site.people["owner"].get(f"{site.path}/publish").text
        assert "1 person is invited and has not begun" in page
        assert "</span>45" in page
        assert "+</span>90" in page
        assert self.publish(site).status_code == 303
        second = invite(site, "omar@example.org")
        attempts = [sit(site, first, finished=False), sit(site, second, "author", finished=False)]
        with site.app.app_context():
            told = [db.session.get_one(Attempt, one) for one in attempts]
            assert [attempt.minutes for attempt in told] == [45, 90]
            assert [one.interview_version and one.interview_version.number for one in told] == [1, 2]
            version = db.session.get_one(InterviewVersion, site.version_id)
            assert version.blueprint["minutes"] == 45, "a version is never changed"
        listed = site.people["viewer"].get(f"{site.path}/versions").text
        assert "Longer." in listed
        facts = entries(site, "interview.published")[-1].facts
        assert (facts["before_version"], facts["after_version"]) == (1, 2)

    def test_the_same_draft_makes_no_second_version(self, site):
        assert self.publish(site).status_code == 303
        with site.app.app_context():
            assert db.session.scalar(select(func.count(InterviewVersion.id))) == 1

    def test_what_was_not_seen_is_not_published(self, site):
        seen = revision(site)
        self.edit(site, minutes="90")
        reply = self.publish(site, revision=str(seen))
        assert reply.status_code == 409
        assert "Somebody else saved this draft" in reply.text

    def test_what_cannot_be_drawn_is_not_published(self, site):
        self.edit(site, sections=(replace(SECTIONS[0], count="9"),))
        page = site.people["owner"].get(f"{site.path}/publish").text
        assert "It cannot be drawn" in page
        assert "Publish version 2</button>" not in page
        reply = self.publish(site)
        assert reply.status_code == 409
        assert "Nothing was published" in reply.text

    def test_two_versions_are_compared(self, site):
        self.edit(site, minutes="90")
        against_draft = site.people["viewer"].get(f"{site.path}/versions").text
        assert "From version 1 to the draft: 1 field changed." in against_draft
        self.publish(site)
        page = site.people["viewer"].get(f"{site.path}/versions?old=2&new=1").text
        assert "From version 2 to version 1: 1 field changed." in page
        assert site.people["viewer"].get(f"{site.path}/versions?old=1&new=7").status_code == 404

    def test_a_bank_that_shrinks_is_told_on_the_interviews_page(self, site):
        assert "It cannot be drawn" not in site.people["viewer"].get(site.path).text
        with site.app.app_context():
            for question in db.session.scalars(select(Question).where(Question.kind == "code")):
                question.is_retired = True
            db.session.commit()
        assert "It cannot be drawn" in site.people["viewer"].get(site.path).text

    def test_what_a_file_describes_is_changed_there_and_duplicated_here(self, site, library):
        library.blueprint(id="of-a-file", interview="hiring", title="Of a file")
        library.publish(site.app)
        admin = site.people["admin"]
        assert "A file describes this interview" in admin.get("/manage/interviews/of-a-file").text
        assert admin.post("/manage/interviews/of-a-file/edit", form_of(TYPED, 0)).status_code == 409
        form = {"of": "of-a-file", "title": "Ours", "team": site.team_id}
        made = admin.post("/manage/interviews/new", form)
        assert admin.get(made.location).status_code == 200

    def test_managers_begin_with_what_files_describe(self, site, library):
        library.blueprint(id="of-a-file", interview="hiring", title="Of a file")
        library.publish(site.app)
        manager = site.people["stranger"]
        page = manager.get("/manage/interviews/new").text
        assert "Of a file" in page
        assert "First round" in page, "mocks too"
        assert site.interview_id not in page, "but none of another team"
        assert 'value="First round"' in manager.get("/manage/interviews/new?of=first-round").text
        for of in ("of-a-file", "first-round"):
            with site.app.app_context():
                team = db.session.scalars(select(Team).where(Team.name == "Data")).one()
                asked = db.session.get_one(Interview, of).blueprint["sections"]
            made = manager.post("/manage/interviews/new", {"of": of, "title": "Ours", "team": team.id})
            with site.app.app_context():
                copy = db.session.get_one(Interview, made.location.split("/")[-2])
                assert (copy.kind, copy.team_id, copy.blueprint["interview"]) == ("hiring", team.id, "hiring")
                assert (copy.blueprint["attempts"], copy.blueprint["results"]) == (1, "never")
                drawn = [(one["title"], one["kinds"], one["count"]) for one in copy.blueprint["sections"]]
                assert drawn == [(one["title"], one["kinds"], one["count"]) for one in asked]
            assert manager.get(made.location).status_code == 200
        assert manager.get("/manage/interviews/of-a-file").status_code == 404, "it has no team of its own"


class TestTries:
    def test_a_try_is_sat_as_a_candidate_sits_it_and_can_be_deleted(self, site):
        owner = site.people["owner"]
        begun = owner.post(f"{site.path}/tries", {"of": "version"})
        assert begun.status_code == 303
        assert owner.get(begun.location).status_code == 200
        assert owner.post(f"{site.path}/tries", {"of": "version"}).location == begun.location, (
            "one runs at a time"
        )
        owner.post(f"{begun.location}/finish")
        assert owner.get(f"{begun.location}/report").status_code == 200
        with site.app.app_context():
            (attempt,) = db.session.scalars(select(Attempt))
            assert attempt.kind is AttemptKind.TRIAL
            assert attempt.interview_version_id == site.version_id
        assert "Try of" in owner.get(site.path).text
        assert "Try of" not in site.people["reviewer"].get(site.path).text
        assert site.people["reviewer"].get(begun.location).status_code == 404
        assert "Backend engineer" not in owner.get("/history").text.split("<main")[1]
        path = f"{site.path}/tries/{attempt.id}/delete"
        assert site.people["reviewer"].post(path).status_code == 404
        assert owner.post(path).status_code == 303
        with site.app.app_context():
            for model in (Attempt, Response, Submission):
                assert db.session.scalar(select(func.count()).select_from(model)) == 0

    def test_the_draft_can_be_tried_before_it_is_published(self, site):
        owner = site.people["owner"]
        owner.post(f"{site.path}/edit", form_of(replace(TYPED, minutes="12"), revision(site)))
        assert "Try the draft" in owner.get(site.path).text
        owner.post(f"{site.path}/tries", {"of": "draft"})
        with site.app.app_context():
            (attempt,) = db.session.scalars(select(Attempt))
            assert (attempt.minutes, attempt.interview_version_id) == (12, None)

    def test_only_tries_are_deleted(self, site):
        attempt = sit(site, invite(site), "owner")
        path = f"{site.path}/tries/{attempt}/delete"
        assert site.people["owner"].post(path).status_code == 404


class TestOnBothStores:
    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    def test_an_interview_is_made_published_tried_and_put_away(self, site):
        owner = site.people["owner"]
        sit(site, invite(site))
        assert "1 invited, 0 running, 1 finished" in owner.get("/manage/interviews?mine=1&q=back").text
        typed = replace(TYPED, minutes="75")
        owner.post(f"{site.path}/edit", form_of(typed, revision(site)))
        reply = owner.post(f"{site.path}/publish", {"revision": str(revision(site)), "note": "Longer."})
        assert reply.status_code == 303, reply.text
        assert owner.get(f"{site.path}/versions").status_code == 200
        give = owner.post(f"{site.path}/roles/{site.id_of('viewer')}", {"role": "owner"})
        assert give.status_code == 303, give.text
        begun = owner.post(f"{site.path}/tries", {"of": "version"})
        owner.post(f"{begun.location}/finish")
        attempt_id = begun.location.rsplit("/", 1)[1]
        assert owner.post(f"{site.path}/tries/{attempt_id}/delete").status_code == 303
        assert owner.post(f"{site.path}/archive", {"archived": "1"}).status_code == 303
        assert site.people["admin"].get("/admin/teams").status_code == 200
