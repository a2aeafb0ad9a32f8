"""New question files: a commented skeleton per kind, sound but for the parts that say TODO."""

from __future__ import annotations

from quizapp.questions.fields import KINDS

_HEAD = """\
# yaml-language-server: $schema=../../schema.json
id: {id}
title: "TODO what it is about, in a few words that do not give the answer away"
kind: {kind}
level: {level}
topic: {topic}
difficulty: 2   # 1 (easy) to 5, your guess
minutes: {minutes}      # what a prepared candidate needs
points: {points}
# since: "Flask 3.1"   # when the answer depends on a version
prompt: |   # Markdown; one clear question, nothing that gives the answer away
  TODO ask.
"""

_TAIL = """\
explanation: |   # Markdown, shown afterwards: why it is so, in a few sentences that teach
  TODO teach.
references:   # pages of the official documentation, to the right section
  - {reference}
covers: [{covers}]   # ids of coverage.yaml: `quizapp questions list --coverage`
"""

_HINTS = """\
hints:   # optional; each takes its cost off the points
  - text: "TODO a first push."
    cost: 1
"""

_CHOICE = """\
select: one   # or several
options:      # plausible and of similar length; the right one is not always first or longest
  - text: "TODO something that people really believe"
    reason: "TODO why it is wrong"
  - text: "TODO the right answer"
    correct: true
    reason: "TODO why it is right"
  - text: "TODO something else that people believe"
    reason: "TODO why it is wrong, too"
"""

_TEXT = """\
accept: ["TODO the answer"]   # all spellings that are right; case and spaces do not count
# patterns: ["url_for(*)"]    # `*` any text, `?` one character
# normalise: [case, space, punctuation, quotes]
near_misses:                  # wrong answers that people give, each with what to tell them
  - answer: "TODO a wrong answer"
    note: "TODO what is wrong with it"
"""

_OUTPUT = """\
program: |    # Python; prints the same on every run: no times, no sets, no addresses
  for number in range(3):
      print(number)
expected: |   # exactly what it prints; `quizapp questions check` runs it
  0
  1
  2
near_misses:
  - answer: |
      1
      2
      3
    note: "TODO which idea was wrong"
"""

_BUG = """\
program: |   # shown with numbered lines; no comment beside the fault
  from flask import Flask

  app = Flask(__name__)


  @app.get("/")
  def index():
      print("Hello")
# language: html+jinja   # python is the default
faulty:                  # text that stands in one line only, or the line's number
  - line: print("Hello")
    reason: "TODO what is wrong here"
near_misses:             # sound lines that people suspect
  - line: app = Flask(__name__)
    reason: "TODO why it is sound"
fixed: |                 # the whole mended program
  from flask import Flask

  app = Flask(__name__)


  @app.get("/")
  def index():
      return "Hello"
proof: |                 # pytest, never shown: the program fails it, the mended one passes
  def test_index(client):
      assert client.get("/").text == "Hello", "the page should say Hello"
"""

_ORDER = """\
lines:   # in the right order
  - app = Flask(__name__)
  - app.config.from_prefixed_env()
  - db.init_app(app)
  - return app
# indent: true       # the candidate indents too
distractors:         # lines that do not belong
  - text: app.run()
    reason: "TODO why it does not belong"
# also: [[1, 0, 2, 3]]   # other right orders, by indexes from 0
"""

_CODE = """\
files:      # what the editor opens with: it runs, and does not pass
  app.py: |
    def double(number):
        return number
solution:   # the model answer, laid over `files`
  app.py: |
    def double(number):
        return 2 * number
samples: |  # pytest, shown; `client` and other fixtures: sandbox/README.md
  from app import double


  def test_one():
      assert double(1) == 2, "double(1) should be 2"
tests: |    # pytest, hidden; each test says in its message what it expects
  from app import double


  def test_several():
      for number in (0, 3, -4):
          assert double(number) == number + number, f"double({{number}}) should be {{number + number}}"
mistakes:   # wrong answers that people give; each fails exactly the tests it names
  - title: "TODO the mistake in a few words"
    note: "TODO what to tell who makes it"
    files:
      app.py: |
        def double(number):
            return number * number
    fails: [test_one, test_several]
"""

_TESTS = """\
program: |              # right, and shown beside the editor
  def slugify(title):
      return "-".join(title.lower().split())
offers: [slugify]       # what tests import; plain values in and out
files:                  # what the editor opens with
  test_app.py: |
    from app import slugify
solution:               # model tests: pass on every right program, fail on every mutant
  test_app.py: |
    from app import slugify


    def test_words_are_joined():
        assert slugify("Hello  wide World") == "hello-wide-world"
variants:               # further right programs, as unlike the shown one as they can be
  - title: word by word
    files:
      app.py: |
        def slugify(title):
            words = []
            for word in title.split():
                words.append(word.lower())
            return "-".join(words)
mutants:                # wrong in one thing each; the note is shown in practice
  - title: keeps capitals
    note: "TODO what to try"
    changes: [{{find: title.lower().split(), replace: title.split()}}]
  - title: keeps spaces
    note: "TODO what to try, too"
    changes: [{{find: '"-".join(title.lower().split())', replace: 'title.lower().replace(" ", "-")'}}]
  - title: joins with underscores
    note: "TODO what else to try"
    changes: [{{find: '"-"', replace: '"_"'}}]
"""

_FREE = """\
rubric:                 # 2 to 8 criteria, shown before the answer; their points add up to the question's
  - title: "TODO what an answer says"
    points: 2
    description: "TODO what earns the points, and what a part of them"
  - title: "TODO what else it says"
    points: 2
    description: "TODO what earns these points"
model_answer: |         # earns everything
  TODO answer.
words: 120              # about how many; shown, not enforced
"""

_PARTS = {
    "choice": (_CHOICE, 2, 4),
    "text": (_TEXT, 2, 4),
    "output": (_OUTPUT, 3, 4),
    "bug": (_BUG, 4, 5),
    "order": (_ORDER, 4, 5),
    "code": (_HINTS + _CODE, 10, 10),
    "tests": (_TESTS, 12, 10),
    "free": (_FREE, 6, 4),
}
TODO_COVER = "TODO"
TODO_REFERENCE = "https://flask.palletsprojects.com/en/stable/TODO/"

assert set(_PARTS) == set(KINDS)  # noqa: S101 - a new kind needs its skeleton


def skeleton(
    kind: str, id_: str, *, level: str, topic: str, covers: str = TODO_COVER, reference: str = TODO_REFERENCE
) -> str:
    """Give the text of a new question file of a kind (one of KINDS)."""
    body, minutes, points = _PARTS[kind]
    values = {
        "id": id_,
        "kind": kind,
        "level": level,
        "topic": topic,
        "minutes": minutes,
        "points": points,
        "covers": covers,
        "reference": reference,
    }
    return (_HEAD + body + _TAIL).format(**values)
