"""One question file: what is refused, at which place, and what is said about it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.questions import ChoiceQuestion, CodeQuestion, Finding, OrderQuestion, parse_question
from quizapp.questions.document import MAX_BYTES, read_file, read_text
from quizapp.questions.schema import Question

PATH = Path("questions/fresher/routing/example.yaml")

HEAD = """\
id: example
title: An example
level: fresher
topic: routing
difficulty: 2
minutes: 2
points: 4
prompt: What does a view return?
explanation: A view returns something Flask can make a response of.
references:
  - https://flask.palletsprojects.com/en/stable/quickstart/#about-responses
covers: [what-is-a-route]
"""
HEAD_LINES = HEAD.count("\n")

CHOICE = """\
kind: choice
select: one
options:
  - text: A response
    correct: true
    reason: That is what is sent.
  - text: A socket
    reason: The server owns it.
"""
TEXT = """\
kind: text
accept: [url_for]
near_misses:
  - answer: redirect
    note: That one answers.
"""
OUTPUT = """\
kind: output
program: |
  for number in range(2):
      print(number)
expected: |
  0
  1
"""
BUG = """\
kind: bug
program: |
  from flask import Flask
  app = Flask(__name__)

  @app.get("/")
  def index():
      print("Hello")
faulty:
  - line: print("Hello")
    also: [5]
    reason: A view has to return something.
near_misses:
  - line: 4
    reason: The route is right.
fixed: |
  from flask import Flask
  app = Flask(__name__)

  @app.get("/")
  def index():
      return "Hello"
proof: |
  def test_it(client):
      assert client.get("/").text == "Hello"
"""
ORDER = """\
kind: order
lines:
  - app = Flask(__name__)
  - init(app)
  - return app
distractors:
  - text: app.run()
    reason: A factory runs nothing.
"""
CODE = """\
kind: code
files:
  app.py: |
    def double(n): ...
solution:
  app.py: |
    def double(n):
        return 2 * n
samples: |
  from app import double

  def test_two():
      assert double(2) == 4
tests: |
  from app import double

  def test_zero():
      assert double(0) == 0

  class TestMore:
      def test_three(self):
          assert double(3) == 6
mistakes:
  - title: Squares
    note: Two is the one number for which it works.
    files:
      app.py: |
        def double(n):
            return n * n
    fails: ["TestMore::test_three"]
"""
TESTS = """\
kind: tests
program: |
  def double(n):
      return 2 * n
offers: [double]
files:
  test_app.py: |
    from app import double
solution:
  test_app.py: |
    from app import double

    def test_three():
        assert double(3) == 6
variants:
  - title: by adding
    files:
      app.py: |
        def double(n):
            return n + n
mutants:
  - title: squares
    note: Two is not enough.
    changes: [{find: 2 * n, replace: n * n}]
  - title: thrice
    note: Any number will do.
    changes: [{find: 2 * n, replace: 3 * n}]
  - title: nothing
    note: Any number will do.
    changes: [{find: "    return 2 * n", replace: "    pass"}]
mistakes:
  - title: Two only
    note: Two is the one number for which squaring works.
    files:
      test_app.py: |
        from app import double

        def test_two():
            assert double(2) == 4
    fails: [squares]
"""
FREE = """\
kind: free
rubric:
  - title: Says what
    points: 3
    description: The name of it.
  - title: Says why
    points: 1
    description: A reason.
model_answer: Because.
"""
KINDS = {
    "choice": CHOICE,
    "text": TEXT,
    "output": OUTPUT,
    "bug": BUG,
    "order": ORDER,
    "code": CODE,
    "tests": TESTS,
    "free": FREE,
}


def question(text: str) -> Question:
    loaded = parse_question(text, PATH)
    assert not isinstance(loaded, list), [str(finding) for finding in loaded]
    return loaded


def findings(text: str) -> list[Finding]:
    loaded = parse_question(text, PATH)
    assert isinstance(loaded, list), "the file was accepted"
    return sorted(loaded)


def the_finding(text: str) -> Finding:
    found = findings(text)
    assert len(found) == 1, [str(finding) for finding in found]
    return found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_question_of_each_kind_loads(kind):
    loaded = question(HEAD + KINDS[kind])
    assert loaded.kind == kind
    assert loaded.minutes == 2


def test_a_question_cannot_be_changed():
    loaded = question(HEAD + CHOICE)
    with pytest.raises(ValueError, match="frozen"):
        loaded.title = "Another"  # type: ignore[misc]


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "012", "0o17", "1:30", "2024-01-02", "1e3", "True", "="]
)
def test_what_yaml_1_1_would_twist_stays_text(word):
    loaded = question(HEAD + CHOICE.replace("text: A socket", f"text: {word}"))
    assert isinstance(loaded, ChoiceQuestion)
    assert loaded.options[1].text == word


# (what to replace, with what, code, line, column, words of the message or hint)
REFUSED = {
    "a number where text belongs": ("text: A socket", "text: 404", "wrong-type", 7, 11, "quotes"),
    "a truth value where text belongs": ("text: A socket", "text: true", "wrong-type", 7, 11, "quotes"),
    "nothing where text belongs": ("text: A socket", "text:", "wrong-type", 7, 10, "nothing"),
    "yes as a truth value": ("correct: true", "correct: yes", "wrong-type", 5, 14, "yes, no, on and off"),
    "an unknown key": ("select: one", "select: one\nshufle: true", "unknown-key", 3, 1, "mean 'shuffle'"),
    "an unknown key in an option": ("correct: true", "corect: true", "unknown-key", 5, 5, "mean 'correct'"),
    "a key twice": ("select: one", "select: one\nselect: one", "duplicate-key", 3, 1, "'select' twice"),
    "a merge key": ("select: one", "select: one\n<<: {}", "unknown-key", 3, 1, "<<"),
    "an unknown word": ("select: one", "select: many", "unknown-value", 2, 9, "several"),
    "no options": ("select: one\n", "", "missing-key", None, 1, "'select'"),
    "two right options": (
        "reason: The",
        "correct: true\n    reason: The",
        "two-right-options",
        7,
        5,
        "several",
    ),
    "no right option": ("    correct: true\n", "", "no-right-option", 4, 3, "correct: true"),
    "the same option twice": ("text: A socket", "text: A  response", "same-option", 7, 5, "repeats"),
    "a python tag": ("text: A socket", "text: !!python/name:os.system x", "tag", 7, 11, "tag"),
    "any tag": ("text: A socket", "text: !!str 12", "tag", 7, 11, "quote"),
    "a second document": ("  - text: A socket", "---\n  - text: A socket", "two-documents", 7, 1, "one file"),
    "a mapping as key": ("select: one", "select: one\n? {a: b}\n: c", "odd-key", 3, 3, "plain"),
    "broken YAML": ("select: one", "select: [one", "syntax", None, None, "not YAML"),
    "a bad indent": ("    correct: true", "   correct: true", "syntax", 5, 4, "not YAML"),
    "a tab": ("select: one", "select:\tone", "tab", 2, 8, "spaces"),
    "a hidden sign": ("A socket", "A \u202esocket", "odd-character", 7, 13, "U+202E"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_shown_at_its_place(name):
    old, new, code, line, column, words = REFUSED[name]
    assert old in CHOICE
    found = [finding for finding in findings(HEAD + CHOICE.replace(old, new, 1)) if finding.code == code]
    assert len(found) == 1, findings(HEAD + CHOICE.replace(old, new, 1))
    if line is not None:
        assert found[0].line == HEAD_LINES + line
    if column is not None:
        assert found[0].column == column
    assert words in str(found[0])


HEAD_REFUSED = {
    "leading zeros": ("difficulty: 2", "difficulty: 02", "wrong-type", 5, "leading zeros"),
    "a number as text": ("points: 4", "points: '4'", "wrong-type", 7, "without quotes"),
    "a fraction": ("points: 4", "points: 4.5", "wrong-type", 7, "whole number"),
    "a truth value as a number": ("points: 4", "points: true", "wrong-type", 7, "whole number"),
    "too hard": ("difficulty: 2", "difficulty: 6", "out-of-range", 5, "less than or equal to 5"),
    "an unknown topic": ("topic: routing", "topic: rooting", "unknown-value", 4, "mean 'routing'"),
    "another id than the file": ("id: example", "id: exmaple", "id-not-file", 1, "'example'"),
    "another topic than the folder": ("topic: routing", "topic: api", "topic-not-folder", 4, "'routing'"),
    "an id with capitals": ("id: example", "id: Example", "wrong-form", 1, "match"),
    "no prompt": ("prompt: What does a view return?", "prompt: ' '", "wrong-form", 8, "write some text"),
    "no references": (
        "references:\n  - https://flask.palletsprojects.com/en/stable/quickstart/#about-responses\n",
        "references: []\n",
        "out-of-range",
        10,
        "at least 1",
    ),
    "an insecure reference": ("https://flask", "http://flask", "wrong-form", 11, "https"),
    "the same cover twice": ("covers: [", "covers: [what-is-a-route, ", "repeated", 12, "repeats"),
    "dear hints": (
        "points: 4",
        "points: 4\nhints: [{text: a, cost: 3}, {text: b, cost: 2}]",
        "hints-too-dear",
        8,
        "5 of 4",
    ),
    "a list for a word": ("level: fresher", "level: [fresher]", "unknown-value", 3, "cannot be"),
    "an unknown kind": ("id: example", "id: example\nkind: chioce", "unknown-value", 2, "mean 'choice'"),
    "no kind": ("id: example", "id: example", "missing-key", 1, "'kind'"),
}


@pytest.mark.parametrize("name", HEAD_REFUSED)
def test_a_wrong_common_key_is_shown_at_its_line(name):
    old, new, code, line, words = HEAD_REFUSED[name]
    assert old in HEAD
    text = HEAD.replace(old, new, 1) + ("" if name.endswith("kind") else CHOICE)
    found = [finding for finding in findings(text) if finding.code == code]
    assert [finding.line for finding in found] == [line], findings(text)
    assert words in str(found[0])


KIND_REFUSED = {
    "a near miss that is right": ("text", "answer: redirect", "answer: URL_FOR", "near-miss-accepted", 4),
    "the same answer twice": ("text", "[url_for]", "[url_for, ' Url_For']", "repeated", 2),
    "a program that does not parse": ("output", "print(number)", "print(number", "python-syntax", 4),
    "a fault in no line": ("bug", 'line: print("Hello")', "line: puts", "unknown-line", 10),
    "a fault in several lines": ("bug", 'line: print("Hello")', "line: app", "unknown-line", 10),
    "a fault in an empty line": ("bug", "also: [5]", "also: [3]", "unknown-line", 11),
    "a fault behind the last line": ("bug", "also: [5]", "also: [7]", "unknown-line", 11),
    "a near miss that is faulty": ("bug", "line: 4", "line: 6", "repeated", 14),
    "a fault that stays": ("bug", 'return "Hello"', 'print("Hello")', "fault-not-mended", 10),
    "a mended program that does not parse": ("bug", 'return "Hello"', "return (", "python-syntax", 22),
    "a proof without a test": ("bug", "def test_it", "def check_it", "no-tests", 23),
    "a distractor that is a line": ("order", "text: app.run()", "text: init(app)", "ambiguous-line", 7),
    "an order that leaves a line out": (
        "order",
        "distractors:",
        "also: [[0, 1, 1]]\ndistractors:",
        "not-an-order",
        6,
    ),
    "the same order again": ("order", "distractors:", "also: [[0, 1, 2]]\ndistractors:", "repeated", 6),
    "a line of two lines": ("order", "- return app", '- "a\\nb"', "wrong-form", 5),
    "a solution that does not parse": ("code", "return 2 * n", "return 2 *", "python-syntax", 8),
    "samples that do not parse": (
        "code",
        "assert double(2) == 4",
        "assert double(2 == 4",
        "python-syntax",
        13,
    ),
    "tests that do not parse": ("code", "assert double(3) == 6", "assert double(3) = 6", "python-syntax", 22),
    "an assert that is always true": (
        "code",
        "assert double(3) == 6",
        "assert (double(3) == 6, 'six')",
        "python-syntax",
        22,
    ),
    "a mistake naming no test": ("code", "TestMore::test_three", "test_three", "unknown-test", 30),
    "a mistake that is the solution": ("code", "return n * n", "return 2 * n", "mistake-is-solution", 27),
    "tests without a test": ("code", "def test_two", "def check_two", "no-tests", 9),
    "a change of what is not there": (
        "tests",
        "find: 2 * n, replace: 3",
        "find: 4 * n, replace: 3",
        "change-not-found",
        27,
    ),
    "a mutant that is the program": ("tests", "replace: 3 * n", "replace: (2 * n)", "same-program", 25),
    "a mutant that is another": ("tests", "replace: 3 * n", "replace: n * n", "same-program", 25),
    "a mutant that does not parse": ("tests", "replace: 3 * n", "replace: 3 *", "python-syntax", 25),
    "a variant without a program": (
        "tests",
        "changes: [{find: 2 * n, replace: 3 * n}]",
        "changes: []",
        "variant-form",
        25,
    ),
    "a variant of another file": (
        "tests",
        "      app.py: |\n        def",
        "      a.py: |\n        def",
        "unknown-file",
        18,
    ),
    "an offer that is not there": ("tests", "offers: [double]", "offers: [doubled]", "unknown-name", 5),
    "a survivor that is no mutant": ("tests", "fails: [squares]", "fails: [square]", "unknown-mutant", 40),
    "a test file that pytest does not find": (
        "tests",
        "files:\n  test_app.py",
        "files:\n  app_tests.py",
        "not-a-test-file",
        7,
    ),
    "a rubric of other points": ("free", "points: 3", "points: 2", "rubric-points", 3),
    "a criterion twice": ("free", "title: Says why", "title: Says what", "repeated", 6),
    "a path that leaves the folder": (
        "code",
        "  app.py: |\n    def double(n): ...",
        "  ../app.py: a",
        "wrong-form",
        3,
    ),
    "an absolute path": ("code", "  app.py: |\n    def double(n): ...", "  /app.py: a", "wrong-form", 3),
}


@pytest.mark.parametrize("name", KIND_REFUSED)
def test_a_rule_of_one_kind_is_shown_at_its_line(name):
    kind, old, new, code, line = KIND_REFUSED[name]
    assert old in KINDS[kind]
    text = HEAD + KINDS[kind].replace(old, new, 1)
    found = [finding for finding in findings(text) if finding.code == code]
    assert [finding.line - HEAD_LINES for finding in found] == [line], [str(f) for f in findings(text)]


def test_python_errors_point_into_the_text_with_their_column():
    text = HEAD + CODE.replace("assert double(3) == 6", "assert double(3) == 6 6")
    found = the_finding(text)
    line = text.splitlines()[found.line - 1]
    assert found.code == "python-syntax"
    assert line.endswith("assert double(3) == 6 6")
    assert line[found.column - 1 :] == "6"


def test_all_findings_of_a_file_come_at_once():
    text = (HEAD + CHOICE).replace("points: 4", "points: many").replace("level: fresher", "level: junior")
    text = text.replace("text: A socket", "text: 7").replace("select: one", "selct: one")
    assert [finding.code for finding in findings(text)] == [
        "missing-key",
        "unknown-value",
        "wrong-type",
        "unknown-key",
        "wrong-type",
    ]


def test_a_misspelt_key_does_not_hide_what_is_wrong_elsewhere():
    text = (HEAD + CHOICE).replace("correct: true", "corect: true")
    text = text.replace("prompt: What", "prompt: <b>What</b>").replace("#about-responses", "#about-nothing")
    assert [finding.code for finding in findings(text)] == ["raw-html", "unknown-anchor", "unknown-key"]


def test_a_misspelt_kind_does_not_hide_what_is_wrong_elsewhere():
    text = (HEAD + CHOICE).replace("kind: choice", "kind: chioce").replace("    correct: true\n", "")
    assert [finding.code for finding in findings(text)] == ["unknown-value", "no-right-option"]


def test_a_file_without_the_form_of_a_question_is_read_to_its_end():
    text = (HEAD + CHOICE).replace("kind: choice", "").replace("#about-responses", "#about-nothing")
    assert sorted(finding.code for finding in findings(text)) == ["missing-key", "unknown-anchor"]
    text = (HEAD + CHOICE).replace("points: 4", "points: '4'").replace("A socket", "A <i>socket</i>")
    assert [finding.code for finding in findings(text)] == ["wrong-type", "raw-html"]


def test_a_finding_prints_as_path_line_column_code_message_and_what_to_do():
    text = str(the_finding(HEAD + CHOICE.replace("select: one", "select: one\nshufle: true")))
    assert text == f"{PATH}:15:1 unknown-key does not know 'shufle' (did you mean 'shuffle'?)"


def test_lines_that_read_the_same_are_no_fault_of_an_order_question():
    # They may stand for one another when the answer is marked.
    loaded = question(HEAD + ORDER.replace("- return app", '- "}"\n  - "}"'))
    assert isinstance(loaded, OrderQuestion)


def test_tests_may_be_one_text_or_several_files():
    one = question(HEAD + CODE)
    body = CODE.split("tests: |\n")[1].split("mistakes:", maxsplit=1)[0]
    several = CODE.replace("tests: |\n" + body, "tests:\n  test_hidden.py: |\n" + body.replace("  ", "    "))
    other = question(HEAD + several.replace("    from app", "      from app", 0))
    assert isinstance(one, CodeQuestion)
    assert isinstance(other, CodeQuestion)
    assert one.tests.keys() == other.tests.keys() == {"test_hidden.py"}
    assert one.mistaken_files(one.mistakes[0]) == one.mistakes[0].files


def test_an_alias_bomb_is_refused_before_it_grows():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    codes = {finding.code for finding in findings(bomb)}
    assert "alias" in codes


CUTS = st.tuples(st.integers(0, 2000), st.integers(0, 40))
WORDS = (
    "true",
    "12",
    "[1, 2]",
    "{a: b}",
    "&a x",
    "*a",
    "!!str x",
    "- ",
    "? ",
    "---\n",
    ": ",
    " #",
    "    ",
    "<<: x\n",
)
PIECES = st.sampled_from([*"{}[]\"'~@`|>%\t\0\r\n\x85\u2028\ud800", *WORDS])


@given(kind=st.sampled_from(sorted(KINDS)), edits=st.lists(st.tuples(CUTS, PIECES), min_size=1, max_size=4))
def test_whatever_is_written_gives_a_question_or_findings_inside_the_file(kind, edits):
    text = HEAD + KINDS[kind]
    for (start, length), piece in edits:
        text = text[:start] + piece + text[start + length :]
    loaded = parse_question(text, PATH)
    if isinstance(loaded, list):
        assert loaded
        last = len(text.splitlines()) + 1
        assert all(1 <= finding.line <= last and finding.column >= 1 and str(finding) for finding in loaded)


SLIPS = st.tuples(
    st.integers(0, 60),
    st.sampled_from(["{}x", "zzz", "text", "files", "options", "line", "kind", "also"]),
    st.sampled_from(["", " 7", " [1, {a: b}]", " {a: 1}", " null", " x"]),
)


@given(kind=st.sampled_from(sorted(KINDS)), slips=st.lists(SLIPS, min_size=1, max_size=3))
def test_whatever_keys_are_written_the_findings_stand_inside_the_file(kind, slips):
    lines = (HEAD + KINDS[kind]).splitlines()
    for number, name, value in slips:
        line = lines[number % len(lines)]
        if match := re.match(r"(\s*(?:- )?)([a-z_]+):(.*)", line):
            lines[number % len(lines)] = f"{match[1]}{name.format(match[2])}:{value or match[3]}"
    loaded = parse_question("\n".join(lines), PATH)
    if isinstance(loaded, list):
        assert loaded
        assert all(1 <= finding.line <= len(lines) + 1 for finding in loaded)


def test_deep_nesting_is_refused():
    for text in ("[" * 5000 + "]" * 5000, "a: " + "{a: " * 100 + "}" * 100, "[" * 200_000):
        codes = {finding.code for finding in findings(text)}
        assert codes & {"too-deep", "syntax"}, codes


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_file_is_a_finding(text):
    assert the_finding(text).code == "empty-file"


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "12\n"])
def test_a_file_that_holds_no_mapping_is_a_finding(text):
    assert the_finding(text).code == "wrong-type"


def test_other_encodings_are_refused_at_the_byte(tmp_path):
    path = tmp_path / "example.yaml"
    path.write_bytes((HEAD + "title2: caf\u00e9\n").encode("latin-1"))
    found = read_file(path).findings
    assert [(finding.code, finding.line, finding.column) for finding in found] == [
        ("not-utf8", HEAD_LINES + 1, 12)
    ]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "routing" / "example.yaml"
    path.parent.mkdir()
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + CODE).replace("\n", "\r\n").encode())
    document = read_file(path)
    assert not document.findings
    assert document.value == read_text(HEAD + CODE, path).value


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "example.yaml"
    path.write_bytes(b"# " + b"x" * MAX_BYTES)
    assert [finding.code for finding in read_file(path).findings] == ["too-large"]


def test_a_file_that_is_not_there_is_a_finding(tmp_path):
    assert [finding.code for finding in read_file(tmp_path / "none.yaml").findings] == ["unreadable"]


def test_a_reference_that_is_no_address_is_a_finding():
    link = "https://flask.palletsprojects.com/en/stable/quickstart/#about-responses"
    (found,) = findings((HEAD + CHOICE).replace(link, "https://[flask"))
    assert (found.code, found.line) == ("unknown-site", 11)
