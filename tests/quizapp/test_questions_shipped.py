"""The banks that come with the project: sound, complete, true, and without giveaways."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quizapp.questions import (
    BugQuestion,
    ChoiceQuestion,
    OrderQuestion,
    OutputQuestion,
    TextQuestion,
    load_library,
)
from quizapp.questions.cli import json_schemas
from quizapp.questions.drawing import candidate
from quizapp.rules.marking import line_number, mark, pieces
from quizapp.rules.selection import admits, draw, expected_minutes

ROOT = Path(__file__).parents[2] / "questions"
LIBRARY = load_library([ROOT])
# As people meet them: a parameterised question once for each of its sets.
MET = [met for question in LIBRARY.questions for met in question.each()]
CHOICES = [question for question in MET if isinstance(question, ChoiceQuestion)]
OUTPUTS = [question for question in MET if isinstance(question, OutputQuestion)]
TEXTS = [question for question in MET if isinstance(question, TextQuestion)]
BUGS = [question for question in MET if isinstance(question, BugQuestion)]
ORDERS = [question for question in MET if isinstance(question, OrderQuestion)]

FRESHER = [
    "what-is-flask",
    "flask-vs-django",
    "install-flask",
    "what-is-a-route",
    "what-is-a-blueprint",
    "how-routing-is-declared",
    "init-py-role",
    "what-is-flask-wtf",
    "http-methods-in-routes",
    "templates-basics",
]
EXPERIENCED = [
    "routing-internals",
    "route-decorator-purpose",
    "url-for-purpose",
    "contexts",
    "error-handlers",
    "request-response-objects",
    "middleware-and-hooks",
    "flask-sqlalchemy",
    "g-object",
    "flask-migrate",
    "securing-flask",
    "flask-restful",
    "current-app-and-g",
    "production-setup",
    "signals",
    "flask-caching",
    "cookies",
    "before-and-teardown",
    "static-files",
    "app-config",
    "testing-support",
    "flask-socketio",
    "before-first-request-removed",
]
# Sites whose word counts: makers of what is asked about, standards, and the two references on the web's safety.
OFFICIAL = (
    "https://flask.palletsprojects.com/",
    "https://werkzeug.palletsprojects.com/",
    "https://jinja.palletsprojects.com/",
    "https://click.palletsprojects.com/",
    "https://markupsafe.palletsprojects.com/",
    "https://itsdangerous.palletsprojects.com/",
    "https://docs.python.org/",
    "https://peps.python.org/",
    "https://packaging.python.org/",
    "https://pip.pypa.io/",
    "https://docs.pytest.org/",
    "https://docs.sqlalchemy.org/",
    "https://alembic.sqlalchemy.org/",
    "https://flask-sqlalchemy.readthedocs.io/",
    "https://flask-migrate.readthedocs.io/",
    "https://flask-wtf.readthedocs.io/",
    "https://wtforms.readthedocs.io/",
    "https://flask-login.readthedocs.io/",
    "https://flask-caching.readthedocs.io/",
    "https://flask-restful.readthedocs.io/",
    "https://flask-socketio.readthedocs.io/",
    "https://gunicorn.org/",
    "https://docs.djangoproject.com/",
    "https://developer.mozilla.org/",
    "https://cheatsheetseries.owasp.org/",
    "https://www.rfc-editor.org/",
    "https://httpwg.org/",
    "https://html.spec.whatwg.org/",
    "https://url.spec.whatwg.org/",
    "https://www.w3.org/",
    "https://www.sqlite.org/",
    "https://sqlite.org/",
    "https://www.postgresql.org/",
)


def by_id(question):
    return question.id


def test_all_files_load():
    assert [str(finding) for finding in LIBRARY.findings] == []


@pytest.mark.parametrize("cover", FRESHER + EXPERIENCED)
def test_every_question_people_are_asked_is_covered(cover):
    assert cover in LIBRARY.coverage
    assert any(cover in question.covers for question in LIBRARY.questions if question.kind != "code")


def test_the_schemas_are_those_of_the_models():
    for name, schema in json_schemas().items():
        assert json.loads((ROOT / name).read_text(encoding="utf-8")) == schema, (
            f"{name}: run quizapp questions schema"
        )


@pytest.mark.parametrize("question", LIBRARY.questions, ids=by_id)
def test_the_first_line_names_the_schema(question):
    first = LIBRARY.origins[question.id].path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schema.json"


@pytest.mark.parametrize("question", LIBRARY.questions, ids=by_id)
def test_references_are_official_and_explanations_teach(question):
    assert all(link.startswith(OFFICIAL) for link in question.references), question.references
    assert len(question.explanation.split()) >= 30


@pytest.mark.parametrize("question", OUTPUTS, ids=by_id)
@pytest.mark.parametrize("seed", ["1", "2"])
def test_programs_print_what_is_expected_on_every_run(question, seed, tmp_path):
    # Two hash seeds: what depends on the order of a set differs between them.
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", question.program],
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stdout.rstrip() == question.expected.rstrip()
    assert run.stderr == ""


@pytest.mark.parametrize("question", [*OUTPUTS, *TEXTS], ids=by_id)
def test_the_expected_answer_is_right_and_near_misses_are_told_why_not(question):
    content = question.to_content()
    accepted = [question.expected] if isinstance(question, OutputQuestion) else question.accept
    for answer in accepted:
        assert mark(content, {"text": answer}).correct
    for miss in question.near_misses:
        marked = mark(content, {"text": miss.answer})
        assert not marked.correct
        assert marked.feedback["note"] == miss.note


@pytest.mark.parametrize("question", CHOICES, ids=by_id)
def test_the_right_options_earn_everything(question):
    right = [index for index, option in enumerate(question.options) if option.correct]
    assert mark(question.to_content(), {"options": right}).points_share == 1


@pytest.mark.parametrize("question", BUGS, ids=by_id)
def test_pointing_at_every_fault_earns_everything_and_at_a_near_miss_nothing(question):
    content = question.to_content()
    right = [line_number(question.program, fault.line) for fault in question.faulty]
    assert mark(content, {"lines": right}).correct
    for miss in question.near_misses:
        marked = mark(content, {"lines": [line_number(question.program, miss.line)]})
        assert marked.points_share == 0
        assert miss.reason in [
            line["reason"] for line in marked.feedback["lines"] if line["state"] == "wrong"
        ]


@pytest.mark.parametrize("question", ORDERS, ids=by_id)
def test_the_lines_in_file_order_earn_everything(question):
    content = question.to_content()
    ids = {piece.line: piece.id for piece in pieces(content) if piece.line is not None}
    levels = [(len(line) - len(line.lstrip())) // 4 for line in question.lines]
    marked = mark(content, {"lines": [ids[index] for index in range(len(ids))], "indent": levels})
    assert marked.correct
    assert [line["state"] for line in marked.feedback["lines"]] == ["right"] * len(ids)


def test_right_options_are_not_given_away_by_length_or_place():
    single = [question for question in CHOICES if question.select == "one"]
    places = []
    longest = 0
    for question in single:
        (place,) = [index for index, option in enumerate(question.options) if option.correct]
        lengths = [len(option.text) for option in question.options]
        places.append(place)
        longest += lengths[place] == max(lengths)
    assert longest <= 0.4 * len(single), "the right option is too often the longest"
    for place in range(4):
        assert 0.1 * len(single) <= places.count(place) <= 0.4 * len(single)


@pytest.mark.parametrize("question", CHOICES, ids=by_id)
def test_no_option_speaks_of_the_others(question):
    for option in question.options:
        lower = option.text.lower()
        assert not any(
            words in lower for words in ("of the above", "all of them", "none of these", "both of")
        )


@pytest.mark.parametrize("blueprint", LIBRARY.blueprints, ids=by_id)
def test_a_mock_fits_its_time_and_spans_topics(blueprint):
    questions = LIBRARY.questions_of(blueprint.bank)
    topics = {question.id: question.topic for question in questions}
    pool = [candidate(question) for question in questions]
    sections = [section.model_dump() for section in blueprint.sections]
    assert 0.8 * blueprint.minutes <= expected_minutes(sections, pool) <= blueprint.minutes
    for seed in range(20):
        drawn = draw(sections, pool, seen=set(), seed=seed)
        met = {topics[id_] for ids in drawn for id_ in ids}
        assert len(met) >= 7
        if blueprint.bank == "experienced":
            assert {"contexts-lifecycle", "database", "security", "testing"} <= met


@pytest.mark.parametrize("blueprint", LIBRARY.blueprints, ids=by_id)
def test_a_mock_can_be_sat_more_than_once_without_a_question_twice(blueprint):
    pool = [candidate(question) for question in LIBRARY.questions_of(blueprint.bank)]
    for section in blueprint.sections:
        admitted = sum(admits(section.model_dump(), one) for one in pool)
        assert admitted >= 2 * section.count, section.title


@pytest.mark.parametrize("bank", ["fresher", "experienced"])
def test_each_bank_has_mocks_of_four_lengths(bank):
    lengths = sorted(blueprint.minutes for blueprint in LIBRARY.blueprints if blueprint.bank == bank)
    assert lengths == [30, 45, 60, 90]


def test_no_question_is_there_twice():
    prompts = [(question.prompt, str(getattr(question, "program", ""))) for question in LIBRARY.questions]
    assert len(set(prompts)) == len(prompts)
    for question in LIBRARY.questions:
        assert LIBRARY.origins[question.id].bank == question.level


def test_solutions_pass_a_strict_linter(tmp_path: Path) -> None:
    coded = [question for question in LIBRARY.questions if question.kind in ("code", "tests")]
    for question in coded:
        for number, one in enumerate(question.each()):
            for name, text in one.to_content()["solution"].items():
                path = tmp_path / f"{question.id}-{number}" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    assert len(list(tmp_path.iterdir())) >= len(coded) > 0
    rules = "E,W,F,B,UP,SIM,C4,RET,N,PIE,RUF,A,ISC,LOG,G,PERF,RSE,FLY,S1,PLE,PLW"
    left_open = (
        "N818,S101,S104,S105,S106,S107"  # names of errors, and what tests and examples have in the open
    )
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("ruff"), "check", "--isolated", "--output-format", "concise"),
            *("--target-version", "py311", "--line-length", "120"),
            *("--select", rules, "--ignore", left_open, tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
