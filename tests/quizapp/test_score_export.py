"""Taking the score table along, comparing candidates, and the statistics of questions, from real attempts."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from sqlalchemy import select, update

from bench import crowd
from quizapp import caching
from quizapp.extensions import cache, db
from quizapp.models import (
    Attempt,
    AttemptKind,
    AttemptScore,
    Interview,
    Invitation,
    Response,
    ResponseState,
    Role,
    User,
    Visit,
)
from quizapp.rules import item_analysis, spreadsheets
from quizapp.rules.item_analysis import Answer
from quizapp.services import item_statistics, score_export, score_table, scores
from quizapp.services.score_table import Filters
from tests.quizapp.hirings import REVIEWER, VIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import start

EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    "\ufe621",
    " =1",
    "\u200b=1",
    "'=1",
    "\u22121",
    "|calc",
]
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def hiring(app: Flask, library: Shelf, manager: Person) -> Hiring:
    made = hire(app)
    made.give(manager, REVIEWER)
    return made


def rows_of(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def taken(person: Person, path: str) -> bytes:
    """A file from the pages of the interview; the connection is closed, as browsers do. A small one is made by a button."""
    opened = person.post if "/scores." in path else person.get
    with opened(path) as reply:
        assert reply.status_code == 200
        return bytes(reply.data)


def sheets_of(raw: bytes) -> dict[str, list[list[str]]]:
    """Sheet -> rows of texts, as the file holds them; fails on anything but plain cells."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        named = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        texts = []
        if "xl/sharedStrings.xml" in book.namelist():
            shared = ET.fromstring(book.read("xl/sharedStrings.xml"))
            texts = ["".join(one.itertext()) for one in shared]
        found = {}
        for number, name in enumerate(named, 1):
            sheet = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(sheet.iter(f"{NAMESPACE}f")), "no cell is a formula"
            assert not list(sheet.iter(f"{NAMESPACE}hyperlink"))
            found[name] = [
                [
                    texts[int("".join(cell.itertext()))] if cell.get("t") == "s" else "".join(cell.itertext())
                    for cell in row
                ]
                for row in sheet.iter(f"{NAMESPACE}row")
            ]
        return found


# --- cells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EVIL)
def test_what_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert spreadsheets.defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ines", "a=1", "5", "1-2", "\u2013", "Ødegård", "5 % of it"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert spreadsheets.defused(text) == text


def test_taking_the_apostrophe_off_gives_every_text_back() -> None:
    chance = random.Random(1)
    for _ in range(2000):
        text = "".join(chance.choice("=+-@'\t\r\n a1\uff1d\u200b\u00a0") for _ in range(chance.randrange(6)))
        told = spreadsheets.defused(text)
        assert (told.removeprefix("'") if told.startswith("'") else told) == text
        assert told[:1] not in tuple("=+-@\t\r\n")


def test_a_cell_holds_no_more_than_it_can() -> None:
    assert spreadsheets.held("a\x00\x0b\ud800b") == "a\ufffd\ufffd\ufffdb"
    assert len(spreadsheets.held("x" * 40_000)) == spreadsheets.MOST
    assert spreadsheets.held("x" * 40_000).endswith("[cut]")


# --- files ----------------------------------------------------------------------------------------------


@pytest.fixture
def filled(app: Flask, manager: Person) -> Flask:
    with app.app_context():
        crowd.interview("crowd", crowd.team(manager.id), 1, 60)
        for number, text in enumerate(EVIL, 1):
            db.session.execute(
                update(Invitation).where(Invitation.id == crowd.SPAN + number).values(name=text)
            )
        db.session.commit()
    return app


def test_csv_has_everybody_and_no_formula(filled: Flask, manager: Person) -> None:
    reply = manager.post("/manage/interviews/crowd/scores.csv")
    assert reply.mimetype == "text/csv"
    assert re.search(
        r'attachment; filename="scores-crowd-20..-..-..\.csv"', reply.headers["Content-Disposition"]
    )
    rows = rows_of(reply.data)
    assert len(rows) == 60
    assert list(rows[0])[:9] == [
        "Candidate", "E-mail", "State", "Points", "Of points", "Percent", "Concepts", "Read code", "Write code",
    ]  # fmt: skip
    named = {row["Candidate"] for row in rows}
    assert {f"'{text}" for text in EVIL} <= named
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if spreadsheets.is_formula(cell)]
    percents = [float(row["Percent"]) for row in rows if row["Percent"]]
    assert percents == sorted(percents, reverse=True)


def test_xlsx_has_texts_and_numbers_only(filled: Flask, manager: Person) -> None:
    raw = taken(manager, "/manage/interviews/crowd/scores.xlsx")
    sheets = sheets_of(raw)
    assert list(sheets) == ["Candidates"]
    assert len(sheets["Candidates"]) == 61
    named = {row[0] for row in sheets["Candidates"]}
    # XML has no carriage return of its own, so it is looked for without.
    assert {text.replace("\r", "\n") for text in EVIL} <= {
        one.replace("\r", "\n").replace("_x000D_", "\n") for one in named
    }
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()


def test_exports_keep_to_filters_and_to_blindness(filled: Flask, manager: Person) -> None:
    rows = rows_of(taken(manager, "/manage/interviews/crowd/scores.csv?state=final&from=60"))
    assert rows
    assert all(row["State"] == "Finished" and float(row["Percent"]) >= 60 for row in rows)
    with filled.app_context():
        db.session.execute(update(Interview).values(is_blind=True))
        db.session.commit()
    rows = rows_of(taken(manager, "/manage/interviews/crowd/scores.csv"))
    for row in rows:
        assert row["Decision"] or (row["Candidate"].startswith("Candidate") and not row["E-mail"])
    (sheet,) = sheets_of(taken(manager, "/manage/interviews/crowd/scores.xlsx?decision=none")).values()
    assert all(row[0].startswith("Candidate") for row in sheet)


def test_answers_come_along_as_people_read_them(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person]
) -> None:
    hiring.sat(make_person(name="Kofi Mensah"), code=1.0)
    hiring.start(make_person(name="Still Running"))
    rows = rows_of(taken(manager, "/manage/interviews/backend/scores.csv?answers=1"))
    answered = [row for row in rows if row["Candidate"] == "Kofi Mensah"]
    assert [row["Position"] for row in answered] == ["1", "2", "3", "4", "5", "6", "7"]
    told = {row["Kind"]: row for row in answered}
    assert told["text"]["Answer"] == "url_for"
    assert told["choice"]["Answer"] == "Right one"
    assert "return number + number" in told["code"]["Answer"]
    assert (told["code"]["Points"], told["code"]["Of points"], told["code"]["Section"]) == (
        "20.0",
        "20.0",
        "Write code",
    )
    assert [row["Question"] for row in rows if row["Candidate"] == "Still Running"] == [""]
    sheets = sheets_of(taken(manager, "/manage/interviews/backend/scores.xlsx?answers=1"))
    assert len(sheets["Answers"]) == 8
    assert sheets["Answers"][0] == list(score_export.ANSWER_COLUMNS)


def test_a_long_sheet_goes_on_in_a_further_one(
    filled: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_export, "SHEET_ROWS", 50)
    sheets = sheets_of(taken(manager, "/manage/interviews/crowd/scores.xlsx"))
    assert {name: len(rows) for name, rows in sheets.items()} == {"Candidates": 50, "Candidates 2": 12}


def test_memory_does_not_grow_with_the_table(
    app: Flask, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peak of eight times as many rows is about the same; all of them at once would take eight times as much."""
    monkeypatch.setattr(score_table, "BATCH", 50)
    with app.app_context():
        team = crowd.team(manager.id)
        crowd.interview("few", team, 1, 100)
        crowd.interview("many", team, 2, 800)

    def peak(name: str, write: Callable[[Interview], Any]) -> int:
        with app.app_context():
            interview = db.session.get_one(Interview, name)
            tracemalloc.start()
            write(interview)
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return most

    def as_csv(interview: Interview) -> None:
        assert sum(len(part) for part in score_export.csv_of(interview, Filters())) > 5000

    def as_xlsx(interview: Interview) -> None:
        assert sum(len(part) for part in score_export.xlsx_of(interview, Filters())) > 5000

    for write in (as_csv, as_xlsx):
        peak("few", write)  # what is imported and compiled once
        assert peak("many", write) < 2 * peak("few", write)


# --- comparing ------------------------------------------------------------------------------------------


def test_candidates_side_by_side(hiring: Hiring, manager: Person, make_person: Callable[..., Person]) -> None:
    one = hiring.sat(make_person(name="Kofi Mensah"), code=1.0)
    two = hiring.sat(make_person(name="Hanna Virtanen"), right=False)
    page = manager.get(
        f"/manage/interviews/backend/compare?attempt={one.attempt_id}&attempt={two.attempt_id}"
    ).text
    for shown in (
        "Kofi Mensah",
        "Hanna Virtanen",
        "<strong>100.0 %",
        "<strong>0.0 %",
        "no idea",
        "double",
        "not chosen",
        "does not belong",
        "Asked of all",
    ):
        assert shown in page, shown
    with manager.app.app_context():
        asked = [{response.question_id for response in sitting._responses()} for sitting in (one, two)]
    assert page.count('<article class="compare-question"') == len(asked[0] | asked[1])
    assert page.count("Question and what is right") == len(asked[0] | asked[1])
    assert page.count("To decide") == 2
    assert page.count("Not asked") == len(asked[0] ^ asked[1])


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_are_compared(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person], count: int
) -> None:
    ids = [hiring.sat(make_person()).attempt_id for _ in range(count)]
    query = "&".join(f"attempt={number}" for number in ids)
    reply = manager.get(f"/manage/interviews/backend/compare?{query}")
    assert reply.status_code == 422
    assert "Choose 2 to 4 candidates" in reply.text


def test_only_finished_attempts_of_this_interview_are_compared(
    hiring: Hiring, manager: Person, candidate: Person, make_person: Callable[..., Person]
) -> None:
    done, running = hiring.sat(make_person()), hiring.start(make_person())
    path = f"/manage/interviews/backend/compare?attempt={done.attempt_id}&attempt="
    assert manager.get(f"{path}{running.attempt_id}").status_code == 422
    assert manager.get(f"{path}999999").status_code == 404
    other = hire(hiring.app, name="data")
    stranger = other.sat(candidate)
    assert manager.get(f"{path}{stranger.attempt_id}").status_code == 404
    other.give(manager, VIEWER)
    assert manager.get(f"{path}{stranger.attempt_id}").status_code == 422


# --- statistics of questions ----------------------------------------------------------------------------


def answered(count: int, share: Callable[[int], float] = lambda n: float(n % 3 > 0)) -> list[Answer]:
    return [
        Answer(1, share(n), rest=(n % 10) / 10, seconds=float(30 + n), given={"options": [1 if n % 3 else 0]})
        for n in range(count)
    ]


CONTENT = {
    "kind": "choice",
    "select": "one",
    "difficulty": 2,
    "options": [
        {"text": "Wrong", "correct": False},
        {"text": "Right", "correct": True},
        {"text": "No", "correct": False},
    ],
}


def test_from_too_few_answers_nothing_is_told() -> None:
    assert item_analysis.figures(answered(29), {1: CONTENT}) == {"n": 29, "is_enough": False}
    told = item_analysis.figures(answered(30), {1: CONTENT})
    assert told["is_enough"]
    # 20 of 30 right; Wilson: middle (2/3 + 3.8415/60)/1.12805 = 0.6478, half 1.96/1.12805*√(2/9/30 + 3.8415/3600) = 0.1597
    assert told["facility"] == pytest.approx(
        {"value": 2 / 3, "low": 0.4878, "high": 0.8077, "n": 30}, abs=6e-4
    )
    assert told["seconds"]["value"] == 44.5
    assert told["guess"] == pytest.approx(1 / 3)
    assert [(option["text"], option["count"]) for option in told["options"]] == [
        ("Wrong", 10),
        ("Right", 20),
        ("No", 0),
    ]


def test_options_are_counted_for_the_version_that_most_met() -> None:
    answers = answered(40) + [Answer(2, 1.0, 0.5, None, {"options": [0]})] * 10
    told = item_analysis.figures(answers, {1: CONTENT, 2: CONTENT})
    assert told["n"] == 50
    assert told["options"][0]["n"] == 40


@pytest.mark.parametrize(("args", "rest"), [((8, 10, 2, 4), 1.0), ((3, 10, 0, 4), 0.5), ((2, 4, 2, 4), None)])
def test_the_rest_of_an_attempt_leaves_the_question_out(args: tuple[float, ...], rest: float | None) -> None:
    assert item_analysis.rest_of(*args) == rest


def copies(sitting: Any, count: int) -> None:
    """Further people whose attempts are like this one, but for every third, who got nothing for the first question."""
    response_columns = ("question_id", "version_id", "position", "section", "max_points", "answer")
    original = db.session.get_one(Attempt, sitting.attempt_id)
    for number in range(count):
        invited = Invitation(
            interview_id=original.interview_id,
            version_id=original.interview_version_id,
            email=f"copy{number}@example.org",
            created_at=original.started_at,
        )
        attempt = Attempt(
            user_id=original.user_id,
            bank_id=original.bank_id,
            interview_id=original.interview_id,
            kind=original.kind,
            started_at=original.started_at,
            finished_at=original.finished_at,
            invitation=invited,
        )
        for response in original.responses:
            is_wrong = (number + response.position) % 3 == 0
            made = Response(
                **{name: getattr(response, name) for name in response_columns},
                points=0.0 if is_wrong else response.max_points,
                state=ResponseState.MARKED,
            )
            attempt.responses.append(made)
        db.session.add(attempt)
        db.session.flush()
        for response in attempt.responses:
            db.session.add(
                Visit(
                    response_id=response.id,
                    key="a",
                    seconds=60.0,
                    first_at=original.started_at,
                    last_at=original.started_at,
                )
            )
        scores.refresh(attempt)
    db.session.commit()


def test_statistics_of_an_interview_and_of_its_questions(
    hiring: Hiring, manager: Person, make_person: Callable[..., Person]
) -> None:
    sitting = hiring.sat(make_person(), code=1.0)
    page = manager.get("/manage/interviews/backend/statistics").text
    assert "not enough data (1 of 30)" in page
    author = make_person(Role.AUTHOR)
    with hiring.app.app_context():
        copies(sitting, 35)
        asked = [response.question_id for response in sitting._responses()]
        cache.clear()
        found = item_statistics.of_interview("backend")
        assert (found["people"], found["is_cut"]) == (36, False)
        assert {one["question_id"] for one in found["questions"]} == set(asked)
        assert {one["n"] for one in found["questions"]} == {36}
        # Of 36 the real one is right and of 35 copies every third is wrong: 24 or 25 right.
        assert {round(36 * one["facility"]["value"]) for one in found["questions"]} <= {24, 25}
        assert {one["seconds"]["value"] for one in found["questions"]} == {60.0}
        assert all(one["level"]["n"] == 36 for one in found["questions"])
        assert found["consistency"]["forms"] == 1
        assert found["consistency"]["alpha"]["n"] == 36
        # A second attempt of somebody who was invited again under the same address counts nowhere.
        db.session.execute(update(Invitation).values(email="same@example.org"))
        db.session.commit()
        cache.clear()
        assert item_statistics.of_interview("backend")["people"] == 1
        db.session.rollback()
        for invited in db.session.scalars(select(Invitation)):
            invited.email = f"person{invited.id}@example.org"
        db.session.commit()
        cache.clear()
    page = manager.get("/manage/interviews/backend/statistics").text
    for shown in (
        "Discrimination",
        "Options of",
        "How these figures are made",
        "Internal consistency",
        "Mean score",
        "36 complete first attempts",
        f'href="#options-{next(one for one in asked if one.startswith("choice"))}"',
    ):
        assert shown in page, shown
    assert "/author/" not in page, "managers have no pages of questions"
    page = author.get(f"/author/questions/{asked[0]}/statistics").text
    assert page.count("not enough data") == 3, "one person, however often, is one person"


def test_mocks_have_statistics_for_authors(
    hiring: Hiring, candidate: Person, manager: Person, make_person: Callable[..., Person]
) -> None:
    author = make_person(Role.AUTHOR)
    first = start(candidate)
    first.answer_all()
    first.hand_in()
    start(candidate).hand_in()
    page = author.get("/author/interviews").text
    assert "First round" in page
    assert re.search(r">1<span[^>]*> person<.*>2<span[^>]*> attempts<", page, re.DOTALL)
    page = author.get("/author/interviews/first-round/statistics").text
    assert "not enough data (1 of 30)" in page, "first attempts only"
    assert candidate.email not in page
    asked = first.response("choice").question_id
    assert f'href="/author/questions/{asked}/statistics"' in page
    assert author.get("/author/interviews/backend/statistics").status_code == 404, "a team's own"
    assert manager.get("/author/interviews/first-round/statistics").status_code == 403


def test_figures_are_kept_for_a_while(hiring: Hiring, make_person: Callable[..., Person]) -> None:
    hiring.sat(make_person())
    with hiring.app.app_context():
        first = item_statistics.of_interview("backend")
    hiring.sat(make_person())
    with hiring.app.app_context():
        assert item_statistics.of_interview("backend") == first


def practised(count: int) -> None:
    """Further people who practised the two questions that the one there practised, some of them wrongly."""
    original = db.session.scalars(select(Attempt).where(Attempt.kind == AttemptKind.PRACTICE)).one()
    for number in range(count):
        person = User(
            email=f"more{number}@example.org", name="More", password_hash="", created_at=original.started_at
        )
        attempt = Attempt(
            user=person, bank_id="basics", kind=AttemptKind.PRACTICE, started_at=original.started_at
        )
        for one in original.responses:
            is_wrong = number == 0 or (one.question_id == "choice-2" and number % 2 == 0)
            made = {name: getattr(one, name) for name in ("question_id", "version_id", "max_points")}
            points = 0.0 if is_wrong else one.max_points
            answer = {"options": [0 if is_wrong else 1]}
            attempt.responses.append(
                Response(**made, answer=answer, first_points=points, points=points, tries=1)
            )
        db.session.add(attempt)
    db.session.commit()


def test_figures_that_another_version_of_quizapp_kept_are_not_read(
    hiring: Hiring, make_person: Callable[..., Person], tmp_path: Path
) -> None:
    """They may have another shape, and the page would be a fault until they expire."""
    for part in ("rules", "services"):
        shutil.copytree(Path(caching.__file__).parent / part, tmp_path / part)
    ours = caching.code_print()
    assert caching.code_print.__wrapped__(tmp_path) == ours, "the same code, at another place"
    with (tmp_path / "rules" / "statistics.py").open("a") as file:
        file.write("# another version\n")
    theirs = caching.code_print.__wrapped__(tmp_path)
    assert theirs != ours
    hiring.sat(make_person())
    with hiring.app.app_context():
        assert item_statistics.of_interview("backend")["people"] == 1
    hiring.sat(make_person())
    with hiring.app.app_context():
        assert item_statistics.of_interview("backend")["people"] == 1, "kept"
        store = hiring.app.extensions["redis"]
        for key in store.keys("quizapp:page:*"):
            store.rename(key, key.replace(ours.encode(), theirs.encode()))
        assert item_statistics.of_interview("backend")["people"] == 2


def test_practice_mocks_and_hiring_are_apart(
    hiring: Hiring, library: Shelf, make_person: Callable[..., Person]
) -> None:
    person = make_person()
    person.post("/practice/basics/choice-1/answer", {"options": "1"})
    person.post("/practice/basics/choice-2/answer", {"options": "1"})
    with hiring.app.app_context():
        practised(30)
    person.post("/practice/basics/choice-1/again")
    person.post("/practice/basics/choice-1/answer", {"options": "0"})
    with hiring.app.app_context():
        told = item_statistics.of_question("choice-1")
        assert (told["mock"]["n"], told["hiring"]["n"], told["practice"]["n"]) == (0, 0, 31)
        assert told["practice"]["facility"]["value"] == pytest.approx(30 / 31)
        assert told["practice"]["discrimination"] is not None
        assert told["practice"]["level"]["n"] == 31
        assert [option["count"] for option in told["practice"]["options"]] == [2, 29, 0], "as they stand now"
        assert db.session.scalars(select(AttemptScore)).all() == []
    author = make_person(Role.AUTHOR)
    page = author.get("/author/questions/choice-1/statistics").text
    assert "31" in page
    assert page.count("not enough data (0 of 30)") == 2
    assert author.get("/author/questions/nothing/statistics").status_code == 404
