"""Questions out to other systems and in from them: round trips, odd text, hostile files, and nothing lost in silence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.markdown import markdown
from quizapp.questions import Library, from_content, load_library
from quizapp.questions.document import read_text
from quizapp.questions.exchange import cli
from quizapp.questions.exchange.draft import MAX_BYTES, held
from quizapp.questions.exchange.incoming import Import, Wish, plan, slug, write
from quizapp.questions.exchange.markup import NoMarkdown, escaped, to_markdown
from quizapp.questions.exchange.outgoing import export
from quizapp.questions.writing import question_text
from quizapp.rules.marking import normalised
from tests.quizapp.shelf import choice, free, order, output, text

SHIPPED = load_library([Path(__file__).parents[2] / "questions"])
READ_AGAIN = ("moodle", "gift", "csv")
LOST = {"moodle": frozenset[str](), "gift": frozenset({"hints"}), "csv": frozenset[str]()}

# Every sign that means something in one of the formats, in YAML or in a spreadsheet.
ODD = st.text(st.sampled_from("ab1 '\"`:;{}[]()<>&=~#%\\*?|,.!@+-/$_\n\té漢😀"), max_size=30)
# Markdown in which no bracket begins HTML, and lines of anything.
SAID = ODD.map(lambda found: found.replace("<", "< ").strip()).filter(bool)
LINE = ODD.map(lambda found: " ".join(found.split())).filter(bool)
# What the formats of a short answer can say: no arrow (GIFT's pairs), no backslash (a sign of its own before a star).
TYPED = LINE.filter(
    lambda found: (
        "->" not in found and "\\" not in found and bool(normalised(found, ("case", "space", "quotes")))
    )
).filter(lambda found: not found.startswith("["))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one empty bank."""
    root = tmp_path / "root"
    (root / "fresher").mkdir(parents=True)
    (root / "coverage.yaml").write_text("rm-routing: Routes.\nurl-for: Links.\n")
    bank = "id: fresher\ntitle: A bank\ndescription: Some questions.\nvisibility: public\n"
    (root / "fresher" / "bank.yaml").write_text(bank)
    return root


def made(content: dict[str, Any]) -> Any:
    """A question of its values."""
    return from_content(content)


def sent(content: dict[str, Any], form: str) -> Any:
    return export([("fresher/routing", made(content))], form)


def taken(root: Path, form: str, written: str | bytes, **more: Any) -> Import:
    """What importing this text would do."""
    path = root.parent / f"file.{form}"
    path.write_bytes(written.encode() if isinstance(written, str) else written)
    return plan(path, form, Wish("fresher", root, **more), load_library([root]))


def values_of(done: Import) -> dict[str, Any]:
    """The values of the one file that is to be written."""
    assert [str(problem) for problem in done.problems] == []
    ((path, written),) = done.files.items()
    values: dict[str, Any] = read_text(written, path).value
    return values


# Files as an author would write them


LEAVES = st.one_of(
    ODD,
    st.text(st.one_of(st.sampled_from("\x00\x07\r\x85\u2028\u202e\ufeff"), st.characters(exclude_categories=["Cs"])), max_size=8),
    st.integers(-(10**9), 10**9),
    st.booleans(),
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "app.py", "a b"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["id", "prompt", "options", "covers", "explanation"]), TREES, min_size=1)
)
def test_what_is_written_as_yaml_is_read_again(values: dict[str, Any]) -> None:
    document = read_text(question_text(values), Path("x.yaml"))
    assert document.findings == []
    assert document.value == values


def test_long_text_is_a_block_and_plain_text_has_no_quotes() -> None:
    written = question_text({"explanation": "Two\nlines.\n", "id": "a-b", "title": "yes", "covers": ["x"]})
    assert written.splitlines()[1:] == [
        "id: a-b", 'title: "yes"', "explanation: |", "  Two", "  lines.", "covers: [x]",
    ]  # fmt: skip


# Round trips


OPTIONS = st.lists(SAID, min_size=2, max_size=5, unique_by=lambda found: " ".join(found.split()))


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    texts = draw(OPTIONS)
    several = draw(st.booleans())
    first = draw(st.integers(0, len(texts) - 1))
    right = {first} | (draw(st.sets(st.integers(0, len(texts) - 1))) if several else set())
    options = [
        {"text": found, **({"correct": True} if number in right else {}), "reason": draw(SAID)}
        for number, found in enumerate(texts)
    ]
    return choice(
        "odd",
        title=draw(LINE),
        prompt=draw(SAID),
        explanation=draw(SAID),
        select="several" if several else "one",
        shuffle=draw(st.booleans()),
        options=options,
        hints=draw(st.sampled_from([[], [{"text": "Look: {here}", "cost": 1}, {"text": "~", "cost": 0}]])),
        tags=draw(st.sampled_from([[], ["a", "b-c"]])),
        **draw(st.sampled_from([{}, {"since": "Flask 3.1"}])),
    )


@pytest.mark.parametrize("form", READ_AGAIN)
@given(content=choices())
def test_a_choice_question_comes_back_as_it_went(
    form: str, content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    done = sent(content, form)
    assert done.left_out == []
    assert_same(content, form, done.text, tmp_path_factory)


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    answers = draw(
        st.lists(
            TYPED,
            min_size=1,
            max_size=4,
            unique_by=lambda found: normalised(found, ("case", "space", "quotes")),
        )
    )
    note = SAID.filter(lambda found: "->" not in found)
    misses = draw(st.sampled_from([[], [{"answer": f"{answers[0]} zz", "note": draw(note)}]]))
    return text(
        "odd",
        title=draw(LINE),
        prompt=draw(SAID),
        accept=answers,
        near_misses=misses,
        patterns=draw(st.sampled_from([[], ["a*b", "x\\*y*"]])),
        normalise=draw(st.sampled_from([[], ["space"], ["case", "space"], ["case", "quotes"]])),
    )


@pytest.mark.parametrize("form", ["moodle", "gift"])
@given(content=texts())
def test_a_short_answer_comes_back_as_it_went(
    form: str, content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    done = sent(content, form)
    assert done.left_out == []
    assert_same(content, form, done.text, tmp_path_factory)


@given(lines=st.lists(LINE, min_size=3, max_size=6, unique=True))
def test_an_order_comes_back_from_moodle_as_it_went(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = order("odd", lines=lines, distractors=[])
    done = sent(content, "moodle")
    assert done.left_out == []
    # Plain lines stay plain: nothing of them is taken for Markdown.
    assert_same(content, "moodle", done.text, tmp_path_factory)


@pytest.mark.parametrize("form", ["moodle", "gift"])
@given(answer=SAID, description=SAID, title=LINE.filter(lambda found: found != "Says why"))
def test_an_essay_brings_its_rubric_back(
    form: str, answer: str, description: str, title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rubric = [
        {"title": title, "points": 3, "description": description},
        {"title": "Says why", "points": 1, "description": "A reason."},
    ]
    content = free("odd", model_answer=answer, rubric=rubric, words=90)
    done = sent(content, form)
    assert done.left_out == []
    assert_same(content, form, done.text, tmp_path_factory)


def assert_same(content: dict[str, Any], form: str, written: str, folders: pytest.TempPathFactory) -> None:
    """Import a file and compare the question with the one that went out."""
    path = folders.getbasetemp() / f"odd.{form}"
    path.write_bytes(written.encode())
    library = Library(coverage={"rm-routing": "Routes."})
    done = plan(path, form, Wish("fresher", folders.getbasetemp() / "nowhere"), library)
    back = made(values_of(done)).to_content()
    assert held(back, without=LOST[form]) == held(made(content).to_content(), without=LOST[form])


@pytest.mark.parametrize("form", READ_AGAIN)
@pytest.mark.parametrize("bank", ["fresher", "experienced"])
def test_the_shipped_banks_come_back(form: str, bank: str, tmp_path: Path) -> None:
    entries = [(f"{bank}/{one.topic}", one) for one in SHIPPED.questions_of(bank) if not one.parameters]
    done = export(entries, form)
    assert done.count + len(done.left_out) == len(entries)
    assert done.count >= sum(one.kind == "choice" for _, one in entries)
    assert all(reason for _, reason in done.left_out)
    path = tmp_path / "file"
    path.write_bytes(done.text.encode())
    coming = plan(path, form, Wish(bank, tmp_path / "root"), Library(coverage=SHIPPED.coverage))
    assert [str(problem) for problem in coming.problems] == []
    assert coming.skipped + coming.notes == []
    assert len(coming.files) == done.count
    for target, written in coming.files.items():
        back = made(read_text(written, target).value).to_content()
        assert held(back, without=LOST[form]) == held(
            SHIPPED.question(target.stem).to_content(), without=LOST[form]
        )


# What does not go out


@pytest.mark.parametrize(
    ("content", "form", "reason"),
    [
        (output("o"), "moodle", "its kind is output"),
        (output("o"), "gift", "its kind is output"),
        (text("t"), "csv", "its kind is text"),
        (order("r"), "moodle", "distractors"),
        (order("r", distractors=[], indent=True), "moodle", "indentation"),
        (order("r", distractors=[], lines=["if x:", "    y()", "z()"]), "moodle", "its lines are indented"),
        (order("r", distractors=[]), "gift", "no ordering"),
        (text("t", accept=["a->b"]), "gift", "->"),
        (text("t", near_misses=[{"answer": "b", "note": "a->b"}]), "gift", "->"),
        (text("t", patterns=["a?c"]), "moodle", "one character"),
        (text("t", accept=["C:\\*"]), "moodle", "backslash"),
        (choice("c", prompt="A bell: \x07"), "moodle", "U+0007"),
        (choice("c", prompt="Half a line\rback"), "gift", "cannot hold"),
        (choice("c", prompt="Half a line\rback"), "moodle", "U+000D"),
        (choice("c", prompt="    indented = 1\n\nWhat is it?"), "csv", None),
    ],
)
def test_what_a_format_cannot_hold_is_named(content: dict[str, Any], form: str, reason: str | None) -> None:
    done = sent(content, form)
    if reason is None:
        assert (done.count, done.left_out) == (1, [])
        return
    assert done.count == 0
    ((id_, said),) = done.left_out
    assert id_ == content["id"]
    assert reason in said


def test_what_is_otherwise_there_is_said() -> None:
    hinted = choice("c", hints=[{"text": "Look.", "cost": 1}])
    assert sent(hinted, "gift").losses == [("c", "its hints are left out (1)")]
    assert sent(hinted, "moodle").losses == []
    strict = text("t", normalise=["punctuation", "space"])
    assert [said for _, said in sent(strict, "moodle").losses] == ["punctuation count there, and not here"]
    assert "capitals do not count there, and do here" in [said for _, said in sent(strict, "gift").losses]
    drawn = output("o", parameters=[{"n": 1}, {"n": 2}], program="print(<<n>>)", expected="<<n>>")
    done = sent(drawn, "anki")
    assert done.losses == [("o", "it is filled with its first parameter set (n = 1); 1 more are left out")]
    assert "print(1)" in done.text


def test_cells_that_a_spreadsheet_would_run_are_text() -> None:
    options = [
        {"text": '=HYPERLINK("https://evil.example")', "correct": True, "reason": "@sum"},
        {"text": "'quoted", "reason": "-1"},
    ]
    done = sent(choice("c", prompt="+1", options=options), "csv")
    (row,) = csv.DictReader(io.StringIO(done.text))
    assert row["prompt"] == "'+1"
    assert row["option_1"].startswith("'=HYPER")
    assert row["option_2"] == "''quoted"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_anki_gets_a_note_per_question_in_decks_by_topic() -> None:
    entries = [
        ("fresher/routing", made(one))
        for one in (
            choice("c", prompt='Which\t"one"?\n\n```python\nx = 1\n```', tags=["urls"]),
            text("t"),
            output("o"),
            order("r"),
            free("f"),
        )
    ]
    done = export(entries, "anki")
    assert (done.count, done.left_out) == (5, [])
    heading, body = done.text[: done.text.index("quizapp-c")], done.text[done.text.index("quizapp-c") :]
    assert heading.splitlines()[:4] == ["#separator:tab", "#html:true", "#notetype:Basic", "#guid column:1"]
    rows = list(csv.reader(io.StringIO(body), delimiter="\t"))
    assert [row[0] for row in rows] == [f"quizapp-{id_}" for id_ in "ctorf"]
    assert {row[1] for row in rows} == {"quizapp::fresher::routing"}
    assert {len(row) for row in rows} == {5}
    front, back = rows[0][2], rows[0][3]
    assert "Right one" in front
    assert "It is so." not in front
    assert "It is so." in back
    assert rows[0][4] == "fresher choice difficulty-2 urls"
    assert "import django" in rows[3][2]
    assert "import django" not in rows[3][3]


def test_what_a_card_shows_is_safe_html() -> None:
    done = sent(choice("c", prompt="<script>alert(1)</script> [x](javascript:alert(1))"), "anki")
    assert "<script" not in done.text
    assert 'href="javascript' not in done.text


# What comes in


GIFT = """\
// question of somebody else

$CATEGORY: $course$/top/Web

::Which one?::[html]<p>Which <b>function</b> builds a <code>URL</code>\\: pick one.</p>{
  =url_for#It does.
  ~redirect#[plain]It *answers*.
  ####[markdown]Because.\\n\\n\\#\\#\\#\\# References\\n\\n- https\\://flask.palletsprojects.com/en/stable/
}

::Earth is round::Is it?{T}

::Pairs::{=a -> b =c -> d}

::How many::{#3:1}

Just text.
"""
DEFAULTS = {"level": "fresher", "difficulty": 1, "minutes": 2, "points": 3, "covers": ["url-for"]}


def test_gift_of_somebody_else(root: Path) -> None:
    done = taken(root, "gift", GIFT, topic="routing", defaults=DEFAULTS)
    values = values_of(done)
    assert values["id"] == "which-one"
    assert values["prompt"] == "Which **function** builds a `URL`: pick one."
    assert values["options"] == [
        {"text": "url\\_for", "correct": True, "reason": "It does."},
        {"text": "redirect", "reason": "It \\*answers\\*."},
    ]
    assert values["references"] == ["https://flask.palletsprojects.com/en/stable/"]
    assert [str(one) for one in done.skipped] == [
        "11: 'Earth is round' is left out: it asks for true or false",
        "13: 'Pairs' is left out: it asks for pairs",
        "15: 'How many' is left out: it asks for a number",
        "17: 'Just text.' is left out: it asks nothing",
    ]


MOODLE = """\
<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>top/Web</text></category></question>
<question type="multichoice">
  <name><text>Which?</text></name>
  <questiontext format="html"><text><![CDATA[<p>Which of <em>these</em>?</p><pre>x &lt; 1
  y</pre>]]></text></questiontext>
  <generalfeedback format="html"><text><![CDATA[<p>So.</p><h4>References</h4>
    <ul><li><a href="https://docs.python.org/3/">Python</a></li></ul>]]></text></generalfeedback>
  <defaultgrade>2.0000000</defaultgrade>
  <single>false</single>
  <shuffleanswers>1</shuffleanswers>
  <answer fraction="60"><text>A</text><feedback format="html"><text>Yes &amp;amp; so.</text></feedback></answer>
  <answer fraction="40"><text>B</text><feedback format="html"><text>Yes.</text></feedback></answer>
  <answer fraction="0"><text>C</text><feedback format="html"><text>No.</text></feedback></answer>
</question>
<question type="cloze"><name><text>Gaps</text></name></question>
</quiz>
"""


def test_moodle_xml_of_somebody_else(root: Path) -> None:
    done = taken(root, "moodle", MOODLE, topic="routing", defaults=DEFAULTS)
    values = values_of(done)
    assert values["prompt"] == "Which of *these*?\n\n```\nx < 1\n  y\n```"
    assert values["references"] == ["https://docs.python.org/3/"]
    assert (values["points"], values["select"], values["explanation"]) == (2, "several", "So.")
    assert values["options"][0] == {"text": "A", "correct": True, "reason": "Yes & so."}
    assert [str(one) for one in done.skipped] == ["17: 'Gaps' is left out: its type is cloze"]
    (note,) = done.notes
    assert (note.line, "weighs its options otherwise" in note.message) == (4, True)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("<em>these</em>", "<img src='x.png'>", 4, "<img>"),
        ('fraction="60"', 'fraction="-60"', 0, ""),
        ('fraction="60"', 'fraction="much"', 13, "'much' where a number belongs"),
        ("<text>No.</text>", "<text></text>", 4, "says nothing of its option 3"),
        ("<single>false", "<single>true", 4, "gives points for 2 options"),
        ("<text>Which?</text>", "<text></text>", 4, "an id"),
        ("2.0000000", "2.5", 4, "points"),
        ("https://docs", "http://docs", 4, "needs the key 'references'"),
        (
            "</questiontext>",
            '<file name="a.png" encoding="base64">AAAA</file></questiontext>',
            6,
            "comes with the file 'a.png'",
        ),
        ("</quiz>", "", 19, "is not XML"),
        ("<quiz>", "<quizzes>", 18, "is not XML"),
    ],
)
def test_what_is_wrong_in_moodle_xml_is_told_with_its_line(
    old: str, new: str, line: int, said: str, root: Path
) -> None:
    done = taken(root, "moodle", MOODLE.replace(old, new, 1), topic="routing", defaults=DEFAULTS)
    if not said:  # a right option less is another question, and a sound one
        assert done.problems == []
        return
    assert done.problems, done
    assert done.problems[0].line == line
    assert said in str(done.problems[0])
    assert all(problem.hint for problem in done.problems)


LAUGHS = '<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<quiz>&b;</quiz>'


@pytest.mark.parametrize(
    "bomb",
    [
        LAUGHS,
        '<!DOCTYPE quiz SYSTEM "file:///etc/passwd">\n<quiz/>',
        '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<quiz>&x;</quiz>',
        '<!DOCTYPE quiz [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>\n<quiz/>',
    ],
)
def test_a_document_type_is_refused_before_anything_of_it_is_read(bomb: str, root: Path) -> None:
    (problem,) = taken(root, "moodle", bomb).problems
    assert "document type" in problem.message


def test_files_too_large_too_deep_or_of_other_bytes_are_refused(root: Path) -> None:
    deep = "<quiz>" + "<a>" * 60 + "</a>" * 60 + "</quiz>"
    assert "nested" in taken(root, "moodle", deep).problems[0].message
    assert "larger than" in taken(root, "gift", b" " * (MAX_BYTES + 1)).problems[0].message
    assert taken(root, "gift", b"a\n\n\xff").problems[0].line == 3
    assert taken(root, "csv", b"title\n\xff").problems[0].line == 2
    for form in READ_AGAIN:
        assert taken(root, form, "").problems
    for encoding in ("none-such", "shift_jis", "rot13", "idna"):
        strange = f'<?xml version="1.0" encoding="{encoding}"?>\n<quiz></quiz>'
        assert taken(root, "moodle", strange).problems


@pytest.mark.parametrize("form", READ_AGAIN)
@given(data=st.data())
def test_whatever_is_in_a_file_ends_in_questions_or_problems(
    form: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sound = {"moodle": MOODLE, "gift": GIFT, "csv": table()}[form]
    start = data.draw(st.integers(0, len(sound) - 1))
    cut = data.draw(st.integers(0, 40))
    between = data.draw(st.text(st.sampled_from("<>&;{}=~#%:\\/'\",*[]\n\t\r\x00 9aé")) | st.just("9" * 5000))
    path = tmp_path_factory.getbasetemp() / f"broken.{form}"
    path.write_bytes((sound[:start] + between + sound[start + cut :]).encode())
    wish = Wish("fresher", tmp_path_factory.getbasetemp() / "nowhere", "routing", DEFAULTS)
    done = plan(path, form, wish, Library(coverage={"rm-routing": "Routes.", "url-for": "Links."}))
    assert done.problems or done.files or done.skipped


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        ("::A::What?{=a ~b", 1, "braces"),
        ("\n\n::A::What?{=a#x {b} ~c#y}", 3, "braces"),
        ("What?{=a#x ~b#y}", 1, "has no title"),
        ("::A::What?{a}", 1, "neither = nor ~"),
        ("::A::What?{=%50%a =b}", 1, "gives 50 %"),
        ("::A::What?{=a*}", 1, "no answer that is right as it stands"),
        ("::A::What?{}", 1, "no model answer and rubric"),
        ("::A::What?{~a#x ~b#y}", 1, "has no right option"),
        ("::A::[html]<table>{=a}", 1, "<table>"),
        ("::A::[html]<p>" + "<br>" * 20_000 + "{=a}", 1, "more text than"),
    ],
)
def test_what_is_wrong_in_gift_is_told_with_its_line(written: str, line: int, said: str, root: Path) -> None:
    done = taken(root, "gift", written, topic="routing", defaults=DEFAULTS)
    assert [(problem.line, said in str(problem)) for problem in done.problems] == [(line, True)]
    assert done.problems[0].hint


def table(**changes: str) -> str:
    """A CSV file with two sound rows, the second one changed."""
    exported = sent(choice("first", prompt="Over\ntwo lines"), "csv").text
    rows = list(csv.DictReader(io.StringIO(exported)))
    rows.append(rows[0] | {"id": "second", "title": "Second"} | changes)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"minutes": "two"}, "the column minutes has 'two'"),
        ({"right_1": "perhaps"}, "the column right_1 has 'perhaps'"),
        ({"reason_2": ""}, "the column reason_2 is empty"),
        ({"option_3": ""}, "the column option_3 is empty"),
        ({"id": "first"}, "has the id 'first', as has line 2"),
        ({"id": "Not an id"}, "has the id 'Not an id'"),
        ({"covers": "rm-rooting"}, "covers 'rm-rooting'"),
        ({"topic": "rooting"}, "topic cannot be 'rooting'"),
        ({"right_2": "no"}, "has no right option"),
        ({"explanation": ""}, "needs the key 'explanation'"),
        ({"difficulty": "9"}, "difficulty"),
    ],
)
def test_one_wrong_row_is_told_with_its_line_and_nothing_is_planned_away(
    changes: dict[str, str], said: str, root: Path
) -> None:
    done = taken(root, "csv", table(**changes))
    assert {problem.line for problem in done.problems} == {4}, "the first row takes two lines"
    assert any(said in str(problem) for problem in done.problems), done.problems
    assert all(problem.hint for problem in done.problems)


def test_tables_with_other_columns_or_separators(root: Path) -> None:
    assert "has no column" in taken(root, "csv", "title,prompt\na,b\n").problems[0].message
    assert "unknown column" in taken(root, "csv", table().replace("since", "sinse", 1)).problems[0].message
    semicolons = io.StringIO()
    csv.writer(semicolons, delimiter=";").writerows(csv.reader(io.StringIO(table())))
    assert len(taken(root, "csv", "\ufeff" + semicolons.getvalue()).files) == 2


def test_html_that_cannot_be_shown_is_named_and_the_rest_becomes_markdown() -> None:
    html = "<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol><blockquote><p>said</p></blockquote><p>a<br>b</p>"
    assert to_markdown(html) == "1. one\n2. two\n    - in\n\n> said\n\na  \nb"
    with pytest.raises(NoMarkdown, match="<sub>"):
        to_markdown("H<sub>2</sub>O")


@given(st.text(st.sampled_from("ab1 #>+-=*_`~[]()<>&;.!|\\:\n"), max_size=25))
def test_plain_text_of_others_shows_the_same(plain: str) -> None:
    wanted = " ".join(plain.split())
    assert shown(escaped(wanted)) == wanted
    assert shown(to_markdown(f"<p>{escape(wanted)}</p>")) == wanted


def shown(source: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", str(markdown(source)))).split())


@pytest.mark.parametrize(
    ("title", "expected"), [("What is `g`?", "what-is-g"), ("Über 2 Wege", "uber-2-wege"), ("漢字", "")]
)
def test_a_title_makes_an_id(title: str, expected: str) -> None:
    assert slug(title) == expected


# Writing


def test_files_are_written_all_or_none_and_never_over_others(root: Path) -> None:
    done = taken(root, "csv", table())
    in_the_way = root / "fresher" / "routing" / "second.yaml"
    in_the_way.parent.mkdir()
    in_the_way.write_text("mine")
    with pytest.raises(FileExistsError):
        write(done)
    assert in_the_way.read_text() == "mine"
    assert not (root / "fresher" / "routing" / "first.yaml").exists()
    (problem,) = taken(root, "csv", table()).problems
    assert "would overwrite" in problem.message
    in_the_way.unlink()
    write(done)
    library = load_library([root])
    assert [question.id for question in library.questions] == ["first", "second"]
    assert not library.findings
    assert ["as has" in problem.message for problem in taken(root, "csv", table()).problems] == [True, True]


# The commands

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("QUIZAPP_QUESTIONS", str(root))

    def run(*words: object) -> tuple[int, str, str]:
        status = cli.main([str(word) for word in words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_questions_come_in_and_go_out_by_command(run: Run, root: Path, tmp_path: Path) -> None:
    table_file = tmp_path / "table.csv"
    table_file.write_text(table())
    status, out, err = run("import", "--format", "csv", table_file, "--bank", "fresher", "--dry-run")
    assert (status, len(out.splitlines())) == (0, 2)
    assert "2 questions to write" in err
    assert not load_library([root]).questions
    status, out, _ = run("import", "--format", "csv", table_file, "--bank", "fresher", "--topic", "api")
    assert (status, out.splitlines()[0]) == (0, str(root / "fresher" / "api" / "first.yaml"))
    target = tmp_path / "out.xml"
    status, out, err = run("export", "--format", "moodle", "--bank", "fresher", "-o", target)
    assert (status, out) == (0, "")
    assert "2 questions written, 0 left out" in err
    assert target.read_text().count('<question type="multichoice">') == 2
    status, _, err = run("export", "--format", "moodle", "-o", target)
    assert (status, "is there already" in err) == (2, True)
    status, out, _ = run("export", "--format", "gift", root / "fresher" / "api" / "second.yaml")
    assert (status, out.count("::Second::")) == (0, 1)
    assert "::Title of first::" not in out


def test_an_import_with_something_to_mend_writes_nothing(run: Run, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.txt"
    file.write_text("::A::What?{=a}\n\n::B::What?{=%50%a}\n")
    status, out, err = run("import", "--format", "gift", file, "--bank", "fresher", "--topic", "api")
    assert (status, out) == (1, "")
    assert f"{file}:1: 'A': needs the key 'references'" in err
    assert "--reference" in err
    assert f"{file}:3: 'B' gives 50 %" in err
    assert "nothing was written" in err
    assert not (root / "fresher" / "api").exists()
    file.write_text("::A::What?{=a####So it is.}\n")
    words = ["import", "--format", "gift", file, "--bank", "fresher", "--topic", "api", "--difficulty", 2]
    words += [
        "--minutes",
        1,
        "--points",
        2,
        "--covers",
        "url-for",
        "--reference",
        "https://docs.python.org/3/",
    ]
    assert run(*words)[0] == 0
    (question,) = load_library([root]).questions
    assert (question.level, question.kind, question.minutes) == ("fresher", "text", 1)


def test_commands_that_cannot_be_done_say_so(run: Run, tmp_path: Path) -> None:
    status, _, err = run("import", "--format", "csv", tmp_path / "none.csv", "--bank", "fresher")
    assert (status, "none.csv" in err) == (2, True)
    status, _, err = run("import", "--format", "csv", tmp_path / "none.csv", "--bank", "freshers")
    assert (status, "did you mean 'fresher'?" in err) == (2, True)
    status, _, err = run("export", "--format", "csv", "--bank", "freshers")
    assert (status, "did you mean 'fresher'?" in err) == (2, True)
    status, _, err = run("export", "--format", "csv", tmp_path / "none")
    assert (status, "does not exist" in err) == (2, True)
    status, out, err = run("export", "--format", "csv")
    assert (status, out) == (1, "")
    assert "0 questions written" in err
