"""What is no giveaway, no HTML and no dead reference, though it looks like one; what is one has its golden case."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizapp.questions import parse_question
from quizapp.questions.references import hosts, listed_of, reference_flaws

HEAD = """\
id: example
title: An example
level: fresher
topic: routing
difficulty: 2
minutes: 2
points: 4
explanation: It is so.
references: ["https://flask.palletsprojects.com/en/stable/quickstart/#routing"]
covers: [routes]
"""
CODE = """\
kind: code
files:
  app.py: |
    def shout(text): ...
solution:
  app.py: |
    def shout(text):
        loud = text.strip().upper()
        return f"{loud}, {loud}!"
samples: |
  from app import shout

  def test_hello():
      assert shout("hello there") == "HELLO THERE, HELLO THERE!"
tests: |
  from app import shout

  def test_one(client):
      assert shout("good morning") == "GOOD MORNING, GOOD MORNING!"
      assert client.get("/shouted/loudly").json == {"text": "some text"}

  def test_two(client):
      client.post("/shouted/loudly", json={"text": "other text"})
      assert "other text" in client.get("/shouted").text
mistakes:
  - title: Nothing
    note: Write it.
    files: {app.py: "def shout(text): return 1"}
    fails: [test_one]
"""
TEXT = """\
kind: text
accept: [url_for]
near_misses:
  - {answer: redirect, note: That one answers.}
"""
OUTPUT = """\
kind: output
program: |
  print("one more")  # this line prints
expected: one more
"""
FREE = """\
kind: free
rubric:
  - {title: What, points: 2, description: The name.}
  - {title: Why, points: 2, description: A reason.}
model_answer: |
  Cookies go with every request to the site that has set them, whoever makes it.
"""


def codes(text: str) -> list[str]:
    loaded = parse_question(text, Path("drill/routing/example.yaml"))
    return [finding.code for finding in loaded] if isinstance(loaded, list) else []


SOUND = {
    "a choice among named functions": (TEXT, "Which of url_for and redirect builds a URL?"),
    "a longer name that holds the answer": (TEXT, "What does flask.url_for_all call?"),
    "one line of the solution": (CODE, "Begin with\n\n    loud = text.strip().upper()\n\nand go on."),
    "the example of a sample": (CODE, 'It is so that shout("hello there") == "HELLO THERE, HELLO THERE!".'),
    "a part of the output": (OUTPUT, "Is it one, or more?"),
    "a short sentence of the model answer": (FREE, "Cookies go with every request. Why?"),
    "HTML in a span of code": (FREE, "What does `<script>` do, and ``<b>`` with `a < b`?"),
    "HTML in a block of code": (FREE, "What is this?\n\n```html\n<!-- a comment -->\n<p>Text</p>\n```\n"),
    "a sign that is no tag": (FREE, "Is 1 < 2, and 2 <3? See <https://example.org/>."),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_only_looks_like_a_giveaway_is_left_alone(name: str) -> None:
    body, prompt = SOUND[name]
    block = "".join(f"  {line}\n" for line in prompt.splitlines())
    assert codes(f"{HEAD}prompt: |\n{block}{body}") == []


def test_a_value_that_a_test_has_told_itself_is_no_secret() -> None:
    echoed = CODE.replace('json == {"text": "some text"}', 'json == {"text": "other text"}')
    assert codes(f"{HEAD}prompt: Shout.\n{echoed}") == ["test-reveals-test"]
    told = echoed.replace(
        'assert shout("good morning")',
        'client.post("/", json={"text": "other text"})\n      assert shout("good morning")',
    )
    assert codes(f"{HEAD}prompt: Shout.\n{told}") == []
    assert codes(f"{HEAD}prompt: Shout 'other text'.\n{echoed}") == []


@pytest.mark.parametrize(
    "link",
    [
        "https://flask.palletsprojects.com/",
        "https://flask.palletsprojects.com",
        "https://flask.palletsprojects.com/en/3.1.x/api/#flask.Flask.route",
        "https://docs.python.org/3/library/functools.html#functools.wraps",
        "https://docs.sqlalchemy.org/en/21/changelog/migration_21.html",
        "https://www.rfc-editor.org/rfc/rfc9110.html#name-405-method-not-allowed",
        "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP#nonces",
        "https://handbook.acme.example/interviews#anything",
    ],
)
def test_a_page_that_is_there_or_that_nobody_lists_is_left_alone(link: str) -> None:
    assert list(reference_flaws([link])) == []


def test_every_list_says_what_it_was_made_from_and_has_pages() -> None:
    assert len(hosts()) >= 25
    for host in hosts():
        for listed in listed_of(host):
            assert listed.pages
            assert all(
                root.startswith(f"https://{host}/") or not listed.is_complete for root in listed.roots[:1]
            )
            assert all(root.endswith("/") for root in listed.roots)
    folder = Path(__file__).parents[2] / "quizapp" / "questions" / "documentation"
    for path in folder.glob("*.txt"):
        first, second = path.read_text(encoding="utf-8").splitlines()[:2]
        assert first.startswith("# ")
        assert "20" in second, "when"
