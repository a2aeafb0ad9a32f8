"""The authors' pages: what state every question is in, and what changed from version to version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import event, select

from quizapp.extensions import db
from quizapp.models import FileFinding, Role
from quizapp.rules import differences
from quizapp.services import authoring, content
from quizapp.services.authoring import Filters
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, bug, choice, code, free, text

HERE = "/author/questions"
BROKEN = "id: text-1\nkind: text\ntitle: no more\nprompt: What?\nacept: [url_for]\n"


@pytest.fixture
def author(make_person: Callable[..., Person]) -> Person:
    return make_person(Role.AUTHOR, name="Alex Author")


def listed(person: Person, **filters: object) -> list[tuple[str, str]]:
    with person.app.app_context():
        found = authoring.catalogue(Filters(**filters)).found.rows  # type: ignore[arg-type]
        return [(entry.id, entry.state) for entry in found]


def test_every_question_is_listed_hiring_banks_too(author: Person, library: Shelf) -> None:
    page = author.get(HERE).text
    for shown in (
        "Title of choice-1",
        "Title of hired",
        "code-2",
        "10 published, 0 failed, 0 drafts, 0 retired",
    ):
        assert shown in page


def test_a_broken_file_shows_its_findings_and_the_version_that_stays(author: Person, library: Shelf) -> None:
    library.write("basics/routing/text-1.yaml", BROKEN)
    library.publish(author.app)
    assert ("text-1", "failed") in listed(author)
    page = author.get(f"{HERE}/text-1").text
    for shown in (
        "The file does not load",
        "basics/routing/text-1.yaml:5:1",
        "unknown-key",
        "did you mean &#39;accept&#39;?",
        "stays published until the file is mended",
        "Title of text-1",
        "url_for",
    ):
        assert shown in page
    library.question(text("text-1"))
    library.publish(author.app)
    assert ("text-1", "published") in listed(author)
    assert "does not load" not in author.get(f"{HERE}/text-1").text


def test_a_file_that_never_loaded_is_a_draft_and_has_a_page(author: Person, library: Shelf) -> None:
    library.write("basics/routing/new-one.yaml", "id: new-one\nkind: choise\n")
    library.publish(author.app)
    assert listed(author, state="draft") == [("new-one", "draft")]
    page = author.get(f"{HERE}/new-one").text
    assert "new-one.yaml:2:7" in page
    assert "Nothing of this question was published yet" in page
    assert author.get(f"{HERE}/new-one/versions").status_code == 200


def test_findings_in_other_files_stand_above_the_list(author: Person, library: Shelf) -> None:
    library.write("basics/blueprints/first-round.yaml", "id: first-round\n")
    library.publish(author.app)
    page = author.get(HERE).text
    assert "Other files do not load" in page
    assert "basics/blueprints/first-round.yaml:1:1" in page


def test_a_sync_that_finds_the_same_writes_nothing(author: Person, library: Shelf) -> None:
    library.write("basics/routing/text-1.yaml", BROKEN)
    library.publish(author.app)
    written: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        if statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    with author.app.app_context():
        known = db.session.scalars(select(FileFinding.found_at)).all()
        engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            content.sync([library.root])
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert db.session.scalars(select(FileFinding.found_at)).all() == known
    assert known
    assert written == []


def test_the_list_is_searched_and_filtered(author: Person, library: Shelf) -> None:
    library.remove(choice("choice-4", topic="templates"))
    library.publish(author.app)
    assert listed(author, state="retired") == [("choice-4", "retired")]
    assert [id_ for id_, _ in listed(author, bank="secret")] == ["hired"]
    assert [id_ for id_, _ in listed(author, kind="code")] == ["code-1", "code-2"]
    assert [id_ for id_, _ in listed(author, topic="templates", state="published")] == ["choice-2"]
    assert [id_ for id_, _ in listed(author, text="TITLE output")] == ["output-1"]
    assert listed(author, text="100%") == []
    page = author.get(f"{HERE}?kind=code&q=code-1").text
    assert "Title of code-1" in page
    assert "Title of code-2" not in page


def test_the_list_is_paged(author: Person, library: Shelf) -> None:
    for number in range(55):
        library.question(choice(f"more-{number:02}"))
    library.publish(author.app)
    assert "Page 1 of 2" in author.get(HERE).text
    assert author.get(f"{HERE}?page=9&bank=basics").location.endswith("page=2&bank=basics")
    assert "Title of text-1" in author.get(f"{HERE}?page=2").text


@pytest.mark.parametrize(
    "made",
    [
        (choice("all-1"), "It is so."),
        (bug("all-2"), "It should be 7."),
        (free("all-3"), "The canary of model answers."),
        (code("all-4"), "test_canary_of_hidden_tests"),
    ],
    ids=lambda made: made[0]["kind"],
)
def test_a_question_is_shown_as_the_candidate_sees_it_with_its_answer_side(
    author: Person, library: Shelf, made: tuple[dict[str, object], str]
) -> None:
    question, answer = made
    library.question(question)
    library.publish(author.app)
    page = author.get(f"{HERE}/{question['id']}").text
    candidate_side, answer_side = page.split("Answer side")
    assert answer in answer_side
    assert answer not in candidate_side
    assert (
        "csrf_token" not in candidate_side.split("What the candidate sees")[1] or "disabled" in candidate_side
    )


@pytest.mark.parametrize("id_", ["text-1", "output-1", "order-1"])
def test_the_other_kinds_are_shown_too(author: Person, library: Shelf, id_: str) -> None:
    assert "Because the rule says so." in author.get(f"{HERE}/{id_}").text


def test_any_two_versions_are_compared(author: Person, library: Shelf) -> None:
    for accepted in ("flask.url_for", "one_more"):
        library.question(text("text-1", accept=["url_for", accepted]))
        library.publish(author.app)
    page = author.get(f"{HERE}/text-1/versions").text
    assert "From version 2 to version 3" in page
    assert "1 field changed" in page
    assert ">+</span>- one_more" in page
    page = author.get(f"{HERE}/text-1/versions?old=1&new=3").text
    assert "From version 1 to version 3" in page
    assert author.get(f"{HERE}/text-1/versions?old=1&new=7").status_code == 404
    assert "flask.url_for" in author.get(f"{HERE}/text-1?version=2").text
    assert author.get(f"{HERE}/text-1?version=9").status_code == 404
    assert author.get(f"{HERE}/none-such").status_code == 404


def test_only_authors_and_admins_see_it(
    library: Shelf, candidate: Person, manager: Person, admin: Person, author: Person
) -> None:
    for path in (HERE, f"{HERE}/code-1", f"{HERE}/code-1/versions"):
        assert candidate.get(path).status_code == 403
        assert manager.get(path).status_code == 403
        assert admin.get(path).status_code == 200
        assert author.get(path).status_code == 200
    assert candidate.app.test_client().get(HERE).status_code == 302


CHANGES = [
    ({"points": 1}, {"points": 2}, [("Points", [("remove", "1"), ("add", "2")])]),
    ({"title": "a"}, {"title": "a"}, []),
    ({"tags": []}, {}, []),
    (
        {"files": {"app.py": "a\n", "b.html": "x\n"}},
        {"files": {"app.py": "b\n", "b.html": "x\n"}},
        [("Starter: app.py", [("remove", "a"), ("add", "b")])],
    ),
    (
        {"options": [{"text": "one", "correct": False}]},
        {"options": [{"text": "one", "correct": True}]},
        [
            (
                "Options",
                [
                    ("same", "1."),
                    ("same", "  text: one"),
                    ("remove", "  correct: no"),
                    ("add", "  correct: yes"),
                ],
            )
        ],
    ),
    (
        {"prompt": "\n".join("abcdefghij")},
        {"prompt": "\n".join("abcdefghiX")},
        [("Prompt", [("gap", ""), *(("same", x) for x in "ghi"), ("remove", "j"), ("add", "X")])],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_differences_are_readable_lines(
    old: dict[str, object], new: dict[str, object], expected: list[object]
) -> None:
    found = differences.changes(old, new)
    assert [(one.title, [(row.sign, row.text) for row in one.rows]) for one in found] == expected


def test_a_candidate_is_told_nothing_of_hidden_tests() -> None:
    found = differences.changes(
        {"tests": {"t.py": "1"}, "title": "a"}, {"tests": {"t.py": "2"}, "title": "b"}
    )
    assert [one.name for one in found] == ["title", "tests"]
    assert [one.name for one in differences.told(found)] == ["title"]
