"""Publishing question files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from quizapp import questions_sync
from quizapp.extensions import db
from quizapp.models import Bank, Interview, Question, QuestionVersion
from quizapp.services import content, counts
from tests.quizapp.shelf import Shelf, choice, text


def test_everything_is_published_once(app: Flask, shelf: Shelf) -> None:
    done = shelf.publish(app)
    assert len(done.added) == 10
    assert (done.changed, done.retired, done.kept, done.findings) == ([], [], [], ())
    with app.app_context():
        bank = db.session.get_one(Bank, "basics")
        assert (bank.title, bank.is_public) == ("Bank basics", True)
        assert not db.session.get_one(Bank, "secret").is_public
        question = db.session.get_one(Question, "text-1")
        assert (question.kind, question.topic, question.path) == (
            "text",
            "routing",
            "basics/routing/text-1.yaml",
        )
        assert question.version is not None
        assert question.version.content["accept"] == ["url_for"]
        interview = db.session.get_one(Interview, "first-round")
        assert (interview.kind, interview.is_open, interview.blueprint["minutes"]) == ("mock", True, 30)


def test_a_blueprint_says_itself_whether_it_is_for_hiring(app: Flask, shelf: Shelf) -> None:
    shelf.blueprint(interview="hiring")
    done = shelf.publish(app)
    assert [finding.code for finding in done.findings] == ["open-to-practice"]
    with app.app_context():
        interview = db.session.get_one(Interview, "first-round")
        assert (interview.kind, interview.is_open) == ("hiring", True)


def test_a_second_sync_writes_nothing(app: Flask, library: Shelf) -> None:
    written: list[str] = []
    with app.app_context():
        engine = db.engine

        def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
            if statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
                written.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            done = content.sync([library.root])
        finally:
            event.remove(engine, "before_cursor_execute", note)
    assert not done.has_changes
    assert written == []


def test_a_changed_file_makes_a_new_version_and_keeps_the_old(app: Flask, library: Shelf) -> None:
    with app.app_context():
        before = db.session.get_one(Question, "text-1").version_id
    library.question(text("text-1", accept=["url_for", "flask.url_for"], title="A new title"))
    assert library.publish(app).changed == ["text-1"]
    with app.app_context():
        question = db.session.get_one(Question, "text-1")
        assert question.title == "A new title"
        assert question.version_id != before
        assert db.session.get_one(QuestionVersion, before).content["accept"] == ["url_for"]


def test_a_file_put_back_to_what_it_was_gets_its_old_version_again(app: Flask, library: Shelf) -> None:
    with app.app_context():
        before = db.session.get_one(Question, "text-1").version_id
    library.question(text("text-1", accept=["x"]))
    library.publish(app)
    library.question(text("text-1"))
    library.publish(app)
    with app.app_context():
        assert db.session.get_one(Question, "text-1").version_id == before
        assert db.session.scalar(select(func.count()).where(QuestionVersion.question_id == "text-1")) == 2


@pytest.mark.parametrize(
    "broken", ["id: text-1\nkind: [", "id: text-1\nkind: text\ntitle: no more\n", "\x00"]
)
def test_a_file_that_does_not_load_never_takes_the_published_version_down(
    app: Flask, library: Shelf, broken: str
) -> None:
    library.write("basics/routing/text-1.yaml", broken)
    done = library.publish(app)
    assert done.kept == ["text-1"]
    assert done.findings
    assert done.retired == []
    with app.app_context():
        question = db.session.get_one(Question, "text-1")
        assert not question.is_retired
        assert question.version is not None


def test_a_broken_bank_file_retires_nothing(app: Flask, library: Shelf) -> None:
    library.write("basics/bank.yaml", "id: basics\n")
    done = library.publish(app)
    assert done.retired == []
    assert len(done.kept) == 9
    with app.app_context():
        assert db.session.get_one(Interview, "first-round").is_open


def test_questions_gone_from_the_files_are_retired_and_come_back_with_their_history(
    app: Flask, library: Shelf
) -> None:
    gone = text("text-1")
    library.remove(gone)
    library.blueprint(sections=[{"title": "All", "count": 2}])
    assert library.publish(app).retired == ["text-1"]
    with app.app_context():
        question = db.session.get_one(Question, "text-1")
        assert question.is_retired
        version = question.version_id
    library.question(gone)
    assert library.publish(app).added == ["text-1"]
    with app.app_context():
        question = db.session.get_one(Question, "text-1")
        assert (question.is_retired, question.version_id) == (False, version)


def test_a_missing_folder_is_an_error_and_retires_nothing(app: Flask, library: Shelf, tmp_path: Path) -> None:
    with app.app_context(), pytest.raises(content.RootMissing, match="QUIZAPP_QUESTIONS"):
        content.sync([library.root, tmp_path / "not-there"])
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Question.is_retired.is_(True))) == 0


def test_a_blueprint_that_is_gone_closes_its_interview(app: Flask, library: Shelf) -> None:
    (library.root / "basics/blueprints/first-round.yaml").unlink()
    library.publish(app)
    with app.app_context():
        assert not db.session.get_one(Interview, "first-round").is_open


def test_interviews_of_hiring_banks_are_not_open_to_all(app: Flask, library: Shelf) -> None:
    library.blueprint(id="hiring-round", bank="secret", sections=[{"title": "All", "count": 1}])
    library.publish(app)
    with app.app_context():
        assert db.session.get_one(Interview, "hiring-round").kind == "hiring"


def test_counts_are_fresh_after_a_sync(app: Flask, library: Shelf) -> None:
    with app.app_context():
        assert counts.of_bank("basics")["total"] == 9
        assert counts.of_bank("basics")["kind"] == {
            "choice": 4,
            "text": 1,
            "output": 1,
            "order": 1,
            "code": 2,
        }
    library.question(choice("choice-5"))
    library.publish(app)
    with app.app_context():
        assert counts.of_bank("basics")["total"] == 10
        assert "choice-5" in counts.question_ids("basics")


def test_the_command_publishes_and_says_what_changed(
    settings: dict[str, object],
    shelf: Shelf,
    make_app: Callable[..., Flask],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_app()
    for name in ("VAR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"QUIZAPP_{name}", str(settings[name]))
    assert questions_sync.main([str(shelf.root)]) == 0
    assert questions_sync.main([str(shelf.root)]) == 0
    shelf.write("basics/routing/text-1.yaml", "id: [")
    assert questions_sync.main([str(shelf.root)]) == 1
    assert questions_sync.main([str(shelf.root / "nowhere")]) == 2
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Questions: 10 added",
        "Questions: nothing changed",
        "Questions: 1 kept as they were, their files do not load",
    ]
    assert "text-1.yaml:2:1 syntax" in told.err
    assert "QUIZAPP_QUESTIONS" in told.err


class TestOnBothStores:
    """What is written for many questions at once, on SQLite and on PostgreSQL."""

    @pytest.fixture
    def app(self, make_app: Callable[..., Flask], database_url: str) -> Flask:
        return make_app(DATABASE_URL=database_url)

    def test_versions_are_written_together_and_found_again(self, app: Flask, shelf: Shelf) -> None:
        assert len(shelf.publish(app).added) == 10
        before = versions(app)
        for number in (1, 2, 3):
            shelf.question(choice(f"choice-{number}", prompt="Which is it?", topic=TOPIC[number % 2]))
        assert shelf.publish(app).changed == ["choice-1", "choice-2", "choice-3"]
        between = versions(app)
        assert {id_ for id_ in before if before[id_] != between[id_]} == {"choice-1", "choice-2", "choice-3"}
        for number in (1, 2, 3):
            shelf.question(choice(f"choice-{number}", topic=TOPIC[number % 2]))
        shelf.publish(app)
        assert versions(app) == before, "a file put back gets its old version again"

    def test_nothing_is_written_when_nothing_changed(self, app: Flask, shelf: Shelf) -> None:
        shelf.publish(app)
        assert not shelf.publish(app).has_changes


TOPIC = ("templates", "routing")


def versions(app: Flask) -> dict[str, int | None]:
    """The published version of each question, by id."""
    with app.app_context():
        return {question.id: question.version_id for question in db.session.scalars(select(Question))}
