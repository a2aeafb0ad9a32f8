"""What is stored of a question, its hash, and what a candidate sees before answering."""

import json
import re
from pathlib import Path

import pytest

from quizapp.questions import (
    content_hash,
    from_content,
    load_library,
    parse_question,
    public_view,
    to_content,
)
from quizapp.questions.content import canonical_json

ROOT = Path(__file__).parents[2] / "questions"
LIBRARY = load_library([ROOT])

SECRETS = """\
id: secrets
title: Shown title
kind: {kind}
level: fresher
topic: routing
difficulty: 1
minutes: 1
points: 9
prompt: Shown prompt.
hints:
  - text: SECRET hint
    cost: 1
explanation: SECRET explanation
references: ["https://example.org/SECRET"]
covers: [secret]
tags: [secret]
"""
KINDS = {
    "choice": "select: one\noptions:\n- {text: shown a, correct: true, reason: SECRET}\n- {text: shown b, reason: SECRET}\n",
    "text": "accept: [SECRET]\nnear_misses: [{answer: SECRET no, note: SECRET}]\n",
    "output": "program: print('shown')\nexpected: SECRET\nnear_misses: [{answer: SECRET no, note: SECRET}]\n",
    "bug": (
        "program: shown = 1\nfaulty: [{line: 1, reason: SECRET}]\nfixed: SECRET = 1\nproof: 'def test_SECRET(): pass'\n"
    ),
    "order": "lines: [shown c, shown b, shown a]\ndistractors: [{text: shown ab, reason: SECRET}]\n",
    "tests": (
        "program: 'def shown(): return 1'\nfiles: {test_app.py: shown}\noffers: [shown]\n"
        "solution: {test_app.py: 'def test_SECRET(): pass'}\n"
        "variants: [{title: SECRET, changes: [{find: return 1, replace: return +1}]}]\n"
        "mutants:\n"
        "- {title: SECRET a, note: SECRET, changes: [{find: return 1, replace: return 2}]}\n"
        "- {title: SECRET b, note: SECRET, changes: [{find: return 1, replace: return 3}]}\n"
        "- {title: SECRET c, note: SECRET, files: {app.py: 'def shown(): return SECRET'}}\n"
    ),
    "free": (
        "rubric:\n- {title: shown, points: 4, description: SECRET}\n- {title: also shown, points: 5, description: SECRET}\n"
        "model_answer: SECRET\n"
    ),
    "code": (
        "files: {app.py: shown}\nsolution: {app.py: SECRET = 1}\nsamples: 'def test_shown(): pass'\n"
        "tests: 'def test_SECRET(): pass'\n"
        "mistakes: [{title: SECRET, note: SECRET, files: {app.py: SECRET = 2}, fails: [test_SECRET]}]\n"
    ),
}


def made(kind, text=""):
    question = parse_question(text or SECRETS.format(kind=kind) + KINDS[kind], Path("b/routing/secrets.yaml"))
    assert not isinstance(question, list), [str(finding) for finding in question]
    return question


@pytest.mark.parametrize("kind", KINDS)
def test_the_public_view_holds_nothing_that_answers(kind):
    view = json.dumps(public_view(to_content(made(kind))))
    assert "shown" in view.lower()
    assert "secret" not in view.lower().replace('"id": "secrets"', "")
    assert "correct" not in view


def test_the_public_view_of_an_order_question_does_not_tell_the_order():
    view = public_view(to_content(made("order")))
    assert [piece["text"] for piece in view["pieces"]] == ["shown a", "shown ab", "shown b", "shown c"]
    assert [piece["id"] for piece in view["pieces"]] == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_content_is_plain_json_and_gives_the_question_back(kind):
    question = made(kind)
    content = json.loads(canonical_json(to_content(question)))
    assert from_content(content) == question
    assert content_hash(from_content(content)) == content_hash(question)


@pytest.mark.parametrize("kind", KINDS)
def test_the_hash_depends_on_content_and_not_on_layout(kind):
    text = SECRETS.format(kind=kind) + KINDS[kind]
    question = made(kind)
    assert re.fullmatch("[0-9a-f]{64}", content_hash(question))
    lines = text.replace("minutes: 1\npoints: 9\n", "points: 9\n\n# a remark\nminutes: 1\n")
    assert content_hash(made(kind, lines)) == content_hash(question)
    assert content_hash(made(kind, text.replace("Shown prompt.", "Shown prompt!"))) != content_hash(question)


def test_a_default_written_out_is_the_same_content():
    text = SECRETS.format(kind="choice") + KINDS["choice"]
    assert content_hash(made("choice", text + "shuffle: true\n")) == content_hash(made("choice"))
    assert content_hash(made("choice", text + "shuffle: false\n")) != content_hash(made("choice"))


@pytest.mark.parametrize("question", LIBRARY.questions, ids=lambda question: question.id)
def test_every_question_of_the_banks_survives_being_stored(question):
    stored = json.loads(canonical_json(to_content(question)))
    # What only authors need, such as the mutants that tests need not notice, is no part of what is stored.
    assert to_content(from_content(stored)) == stored
    assert content_hash(from_content(stored)) == LIBRARY.origins[question.id].hash
