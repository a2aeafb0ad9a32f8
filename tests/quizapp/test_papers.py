"""The report as a PDF: what its page says is in it, in order, tagged, and nothing that people write is read as markup."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from quizapp.papers.blocks import CUT, markdown
from quizapp.papers.blocks import code as shown
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, code, free
from tests.quizapp.sittings import CHANGED, Sitting, judge, start

INJECTION = '#import "x": * \\ $sum$ *bold* `raw` <label> @ref // gone'


def finish(person: Person, answer: str = "no idea", **code_answer: str) -> Sitting:
    sitting = start(person)
    sitting.answer_all()
    sitting.save("text", {"text": answer}, revision=1)
    sitting.save("code", {"files": {"app.py": code_answer.get("source", CHANGED["files"]["app.py"])}})
    sitting.hand_in()
    judge(person, "wrong_answer", 0.5)
    return sitting


def read(sitting: Sitting) -> PdfReader:
    reply = sitting.person.get(f"{sitting.path}/report.pdf")
    assert (reply.status_code, reply.mimetype) == (200, "application/pdf"), reply.text[:300]
    assert reply.headers["Content-Disposition"] == f"attachment; filename=report-{sitting.attempt_id}.pdf"
    return PdfReader(io.BytesIO(reply.data))


def text_of(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def tags(node: Any) -> list[str]:
    """The kinds of structure in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for child in node for tag in tags(child)]
    if not isinstance(node, DictionaryObject):
        return []
    here = [str(node["/S"])] if "/S" in node else []
    return here + (tags(node["/K"]) if "/K" in node else [])


def test_the_file_says_what_the_page_says(candidate: Person, library: Shelf) -> None:
    reader = read(finish(candidate))
    text = text_of(reader)
    for said in (
        "First round", "Ines Okafor", "30 of 44 points, 68.2 %", "By topic", "By part", "Write code", "75 %",
        "Not enough attempts of others yet (0 of 30).", "What to practise next", "Routing: ", "points lost",
        "no idea", "url_for", "It is so.", "Because the rule says so.", "double(3) should be 6", "Worked answer",
        "return number + number", "The right order", "app.run()",
    ):  # fmt: skip
        assert said in text, said
    assert text.index("By topic") < text.index("By part") < text.index("1. Title of")


def test_what_was_graded_from_a_draft_and_what_came_too_late_is_told(
    candidate: Person, library: Shelf
) -> None:
    sitting = finish(candidate)
    sitting.save("text", {"text": "much too late"}, revision=2)
    sitting.save("choice", {"options": [2]}, revision=1)
    saved_at = sitting.response("code").saved_at
    assert saved_at is not None
    text = text_of(read(sitting))
    for said in (
        f"Graded from the draft saved at {saved_at:%H:%M:%S} UTC.", "Too late 2 saves, kept, not graded",
        "Arrived too late, at", "much too late", "Not answered 0 of 7",
    ):  # fmt: skip
        assert said in text, said
    assert text.count("Wrong two") == text.count("Wrong one") + 1, "the option that came too late"


def test_headings_tables_and_lists_are_tagged(candidate: Person, library: Shelf) -> None:
    reader = read(finish(candidate))
    root = reader.trailer["/Root"]
    found = tags(root["/StructTreeRoot"]["/K"])  # type: ignore[index]
    headings = [tag for tag in found if tag in ("/H1", "/H2", "/H3")]
    assert headings[:3] == ["/H1", "/H2", "/H2"]
    assert headings.count("/H3") == 7
    assert {"/Table", "/TH", "/TD", "/L", "/Code"} <= set(found)
    assert root["/Lang"] == "en"  # type: ignore[index]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()  # type: ignore[index]


def test_what_people_write_is_never_markup(candidate: Person, library: Shelf) -> None:
    source = "#import sys\n/* $x$ */\nprint('*')\n"
    text = text_of(read(finish(candidate, INJECTION, source=source)))
    assert INJECTION in text
    assert "#import sys /* $x$ */ print('*')" in text


@pytest.mark.parametrize(
    "odd", ["漢字 🙂 \N{ARABIC LETTER ALEF}", "\ud800 half", "tab\tand \x0b \x1f bell\x07"]
)
def test_characters_without_a_font_make_a_file_all_the_same(
    candidate: Person, library: Shelf, odd: str
) -> None:
    assert len(read(finish(candidate, odd)).pages) > 1


def test_every_kind_of_question_is_in_it(candidate: Person, library: Shelf) -> None:
    library.question(free("free-1"))
    library.question(code("code-9", title="Title of code-9"))
    kinds = ["choice", "output", "order", "text", "code", "free"]
    library.blueprint(sections=[{"title": kind, "kinds": [kind], "count": 1} for kind in kinds], minutes=60)
    library.publish(candidate.app)
    sitting = start(candidate)
    sitting.answer_all(right=False)
    sitting.hand_in()
    text = text_of(read(sitting))
    assert "1 answer waits for a person to grade it." in text
    assert "The canary of model answers." in text
    assert "Says what 3 points" in text
    assert "Not answered." in text  # the code


def test_a_running_attempt_has_none(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    assert candidate.get(f"{sitting.path}/report.pdf").status_code == 302


def test_markdown_becomes_blocks() -> None:
    found = markdown(
        "A **b** `c` [d](https://x.org)\nnext\n\n- one\n- two\n\n    code\n\n> quoted\n\n## Head\n\n|a|b|\n|-|-|\n|1|2|\n"
    )
    assert [block["t"] for block in found] == ["p", "list", "quote", "label", "table"]
    runs = found[0]["runs"]
    assert [(run["s"], {key for key in run if key != "s"}) for run in runs] == [
        ("A ", set()), ("b", {"b"}), (" ", set()), ("c", {"c"}), (" ", set()), ("d", {"u"}), (" ", set()), ("next", set()),
    ]  # fmt: skip
    assert [len(item) for item in found[1]["items"]] == [1, 2]
    assert [[cell[0]["s"] for cell in row] for row in found[4]["rows"]] == [["a", "b"], ["1", "2"]]


def test_what_is_very_long_is_cut_and_says_so(candidate: Person, library: Shelf) -> None:
    lines = "".join(f"line_{number} = 1\n" for number in range(2000))
    text = text_of(read(finish(candidate, source=lines)))
    assert "line_299 = 1" in text
    assert "line_300 = 1" not in text
    assert CUT in text
    assert shown("x" * 30_000)["s"] == "x" * 20_000 + "\n" + CUT
    assert shown("a\nb\n")["s"] == "a\nb"
