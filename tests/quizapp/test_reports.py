"""The report: score, topics, every question with its answer, and what is shown when grading is incomplete."""

from __future__ import annotations

from collections.abc import Callable

from quizapp.extensions import db
from quizapp.models import Attempt
from quizapp.services import reports
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, code, text
from tests.quizapp.sittings import CHANGED, Sitting, judge, start


def report(sitting: Sitting) -> reports.Report:
    attempt = db.session.get_one(Attempt, sitting.attempt_id)
    return reports.report(attempt)


def test_the_report_adds_up(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(sitting.person, "wrong_answer", 0.5)
    with sitting.person.app.app_context():
        found = report(sitting)
        assert (found.total.points, found.total.max_points, found.total.percent) == (34, 44, 77.3)
        assert (found.total.full_count, found.total.is_complete, found.number) == (6, True, 1)
        assert [title for title, _ in found.sections] == ["Concepts", "Read code", "Write code"]
        assert [(part.points, part.max_points) for _, part in found.sections] == [
            (12, 12),
            (12, 12),
            (10, 20),
        ]
        assert sum(part.points for _, part in found.topics) == 34
        assert [item.verdict for item in found.items] == ["accepted"] * 6 + ["wrong_answer"]
        assert found.lost == [("routing", 10)]
        assert found.pass_line == 60


def test_the_page_shows_answers_right_answers_and_reasons(sitting: Sitting) -> None:
    sitting.answer_all(right=False)
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(sitting.person, "wrong_answer", 0.0)
    page = sitting.person.get(f"{sitting.path}/report").text
    for shown in (
        "of 44 points",
        "By topic",
        "It is not so.",  # why the chosen option is wrong
        "no idea",  # what was written
        "url_for",  # what is right
        "import django",
        "Another framework.",
        "Because the rule says so.",
        "double(3) should be 6",  # the failed test's message
        "Graded from the draft saved at",
        "Worked answer",
        "return",
        "quickstart",
        "not reached",
    ):
        assert shown in page, shown


def test_what_was_left_empty_is_said_not_marked_wrong(sitting: Sitting) -> None:
    sitting.hand_in()
    with sitting.person.app.app_context():
        assert [item.verdict for item in report(sitting).items] == ["none"] * 7
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "Not answered" in page
    assert "It is so." in page


def test_code_on_its_way_is_shown_as_such(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "Code is being graded" in page
    assert "incomplete" in page
    assert "Being graded" in page


def test_a_fault_of_ours_leaves_the_score_incomplete_and_not_scaled_up(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(sitting.person, "internal_error", 0.0)
    with sitting.person.app.app_context():
        found = report(sitting)
        assert (found.total.points, found.total.max_points, found.total.is_complete) == (24, 44, False)
        assert (found.not_graded, found.is_grading) == (1, False)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "1 answer could not be graded" in page
    assert "incomplete" in page


def test_the_best_submission_is_shown(sitting: Sitting) -> None:
    with sitting.person.app.app_context():
        sitting.person.app.config["NO_WAITING"] = True
    path = f"/responses/{sitting.response('code').id}/submissions"
    for key, source, verdict, share in (
        ("a", "best = 1\n", "accepted", 1.0),
        ("b", "worse = 1\n", "runtime_error", 0.0),
    ):
        sitting.person.send_json("POST", path, {"scope": "full", "files": {"app.py": source}, "key": key})
        judge(sitting.person, verdict, share)
    sitting.hand_in()
    with sitting.person.app.app_context():
        (item,) = [item for item in report(sitting).items if item.content["kind"] == "code"]
        assert (item.verdict, item.details["files"]) == ("accepted", {"app.py": "best = 1\n"})
        assert item.points == 20


def test_the_filter_shows_what_lost_points_or_was_flagged(sitting: Sitting) -> None:
    sitting.answer_all()
    sitting.person.post(f"{sitting.path}/flag?q=2", {"flagged": "1"})
    sitting.hand_in()

    def listed(show: str) -> int:
        return sitting.person.get(f"{sitting.path}/report?show={show}").text.count(
            '<details class="report-item'
        )

    assert (listed("all"), listed("lost"), listed("flagged"), listed("nonsense")) == (7, 1, 1, 7)


def test_late_edits_are_marked_where_they_were_made_and_counted(sitting: Sitting) -> None:
    sitting.save("text", {"text": "in time"})
    sitting.hand_in()
    assert "late edit" not in sitting.person.get(f"{sitting.path}/report").text
    sitting.save("text", {"text": "too late"})
    sitting.save("choice", {"options": [1]})
    sitting.save("choice", {"options": [0]})
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "3 saves, kept, not graded" in page
    assert page.count('class="tag">late edit') == 2
    written = page.split(f'id="q{sitting.response("text").position}"')[1].split("</details>\n    <details")[0]
    assert "1 edit arrived too late" in written
    assert "too late</span>" in written
    assert "2 edits arrived too late" in page
    with sitting.person.app.app_context():
        late = {item.content["kind"]: [edit.text for edit in item.late] for item in report(sitting).items}
    assert late["text"] == ["too late"]
    assert late["code"] == []


def test_the_report_names_the_draft_that_was_graded_by_its_moment(sitting: Sitting) -> None:
    sitting.save("code", CHANGED)
    saved_at = sitting.response("code").saved_at
    sitting.hand_in()
    judge(sitting.person, "accepted", 1.0)
    assert saved_at is not None
    page = sitting.person.get(f"{sitting.path}/report").text
    told = f'Graded from the draft saved at <time datetime="{saved_at.isoformat(timespec="seconds")}"'
    assert told in page
    assert f">{saved_at:%H:%M:%S}</time>" in page


def test_an_old_report_stays_as_it_was_when_the_question_changes(sitting: Sitting, library: Shelf) -> None:
    sitting.answer_all()
    sitting.hand_in()
    library.question(text("text-1", accept=["something else"], prompt="A new prompt.", points=1))
    library.publish(sitting.person.app)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "<p>A new prompt.</p>" not in page
    assert page.count("something else") == 1, "it stands among what is different now, and nowhere else"
    with sitting.person.app.app_context():
        assert report(sitting).total.points == 24


def test_hostile_text_is_shown_as_text(sitting: Sitting) -> None:
    attack = "<script>alert(1)</script>{{ 7 * 7 }}"
    sitting.save("text", {"text": attack})
    sitting.save("code", {"files": {"app.py": f"# {attack}\n"}})
    sitting.hand_in()
    judge(sitting.person, "wrong_answer", 0.0)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7 * 7 }}" in page


def test_history_lists_interviews_and_practice(sitting: Sitting) -> None:
    person = sitting.person
    assert "running" in person.get("/history").text
    sitting.hand_in()
    person.post("/practice/basics/choice-1/answer", {"options": "1"})
    page = person.get("/history").text
    assert "First round" in page
    assert f"{sitting.path}/report" in page
    assert "Bank basics" in page
    assert "1 of 1" in page


def test_an_empty_history_says_what_to_do(make_person: Callable[..., Person], library: Shelf) -> None:
    page = make_person().get("/history").text
    assert "No reports yet" in page
    assert "Nothing practised yet" in page


def test_a_report_says_that_a_question_was_changed_since_and_how(sitting: Sitting, library: Shelf) -> None:
    sitting.answer_all()
    sitting.hand_in()
    path = f"{sitting.path}/report"
    assert "This question was" not in sitting.person.get(path).text
    library.question(text("text-1", accept=["url_for", "flask.url_for"], near_misses=[]))
    library.publish(sitting.person.app)
    page = sitting.person.get(path).text
    assert page.count("This question was changed on") == 1
    assert "Your answer was graded with the version you saw" in page
    assert ">+</span>- flask.url_for" in page
    assert "Near misses" not in page, "what a report keeps to itself stays out of the difference"


def test_a_change_of_hidden_tests_is_told_without_showing_it(sitting: Sitting, library: Shelf) -> None:
    sitting.hand_in()
    position = sitting.response("code").position
    id_ = sitting.response("code").question_id
    hidden = code(id_)["tests"].replace("should be 6", "has to be six")
    library.question(code(id_, tests=hidden))
    library.publish(sitting.person.app)
    page = sitting.person.get(f"{sitting.path}/report").text
    assert page.split(f'id="q{position}"')[1].count("Only parts that a report does not show") == 1
    assert "has to be six" not in page


def test_a_question_put_back_to_an_older_version_says_so(candidate: Person, library: Shelf) -> None:
    library.question(text("text-1", accept=["other"]))
    library.publish(candidate.app)
    sitting = start(candidate)
    sitting.hand_in()
    library.question(text("text-1"))
    library.publish(candidate.app)
    assert "This question was put back to its version of" in candidate.get(f"{sitting.path}/report").text
