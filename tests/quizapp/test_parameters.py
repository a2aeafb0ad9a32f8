"""Parameterised questions: what is drawn, stored, shown, marked, and refused in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from quizapp import livestatus
from quizapp.extensions import db
from quizapp.models import Response
from quizapp.questions import content_hash, from_content, parse_question, public_view, to_content
from quizapp.rules import parameters
from quizapp.services import verdict_cache
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice, code, output, text
from tests.quizapp.sittings import start

SETS: list[dict[str, Any]] = [
    {"number": 6, "product": 42},
    {"number": 8, "product": 56},
    {"number": 9, "product": 63},
]


def product(id_: str = "product", **changes: Any) -> dict[str, Any]:
    """An output question about a product, with three sets."""
    drawn: dict[str, Any] = {
        "parameters": SETS,
        "prompt": "What is <<number>> times seven?",
        "program": "print(<<number>> * 7)\n",
        "expected": "<<product>>",
        "near_misses": [{"answer": "<<number>>7", "note": "Not put together: <<number>> is multiplied."}],
        "hints": [{"text": "Add seven <<number>> times."}],
    }
    return output(id_, **(drawn | changes))


def findings(question: dict[str, Any]) -> list[tuple[str, str]]:
    """Codes and messages of what is wrong with a question's file."""
    made = parse_question(yaml.safe_dump(question), Path(f"basics/routing/{question['id']}.yaml"))
    return [(one.code, one.message) for one in made] if isinstance(made, list) else []


# Rules


def test_the_same_seed_draws_the_same_set_and_every_set_is_drawn() -> None:
    content = {"parameters": SETS}
    drawn = [parameters.drawn(content, seed) for seed in range(60)]
    assert drawn == [parameters.drawn(content, seed) for seed in range(60)]
    assert all(one in drawn for one in SETS)
    assert parameters.drawn({"prompt": "<<number>>"}, 1) is None


def test_the_next_set_follows_round_and_round() -> None:
    content = {"parameters": SETS}
    assert parameters.following(content, SETS[0]) == SETS[1]
    assert parameters.following(content, SETS[2]) == SETS[0]
    assert parameters.following(content, {"gone": 1}) == SETS[0]
    assert parameters.following({}, SETS[0]) is None


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"number": 8, "product": 56}, SETS[1]),
        ({"number": 8, "product": 55}, SETS[1]),  # its answer was mended
        ({"number": 5, "product": 35}, None),  # taken out
        ({"number": 6, "product": 63}, None),  # like two of them
    ],
)
def test_the_set_of_another_version_is_the_one_most_like_it(
    values: dict[str, Any], found: dict[str, Any] | None
) -> None:
    assert parameters.counterpart({"parameters": SETS}, values) == found


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.text(st.sampled_from("<>ab \\1"))), st.text("<>ab "))
def test_values_are_put_in_once_and_as_they_are(values: dict[str, str], around: str) -> None:
    content = {"prompt": f"{around}|<<a>>|{around}", "id": "<<a>>", "lines": [{"x": "<<b>>"}, 3]}
    filled = parameters.filled(content, values)
    assert filled["id"] == "<<a>>"
    assert filled["lines"] == [{"x": values.get("b", "<<b>>")}, 3]
    assert f"|{values.get('a', '<<a>>')}|" in filled["prompt"]


# Files


def test_a_parameterised_question_loads_and_each_set_makes_one() -> None:
    made = parse_question(yaml.safe_dump(product()), Path("basics/routing/product.yaml"))
    assert not isinstance(made, list)
    met = [one.to_content() for one in made.each()]
    assert [one["expected"] for one in met] == ["42", "56", "63"]
    assert [one["parameters"] for one in met] == [[], [], []]
    assert from_content(to_content(made)) == made
    assert public_view(to_content(made))["prompt"] == "What is 6 times seven?"


def test_questions_without_parameters_keep_their_hash() -> None:
    made = parse_question(yaml.safe_dump(output("plain")), Path("basics/routing/plain.yaml"))
    assert not isinstance(made, list)
    stored = to_content(made)
    del stored["parameters"]  # as versions from before were stored
    assert content_hash(from_content(stored)) == content_hash(made)


@pytest.mark.parametrize(
    ("changes", "code_", "said"),
    [
        ({"parameters": SETS[:1]}, "one-parameter-set", "one parameter set"),
        ({"parameters": [SETS[0], {"number": 1}]}, "uneven-parameters", "'product'"),
        ({"parameters": [*SETS, dict(SETS[0])]}, "repeated", "repeats a set"),
        ({"prompt": "<<numbr>>"}, "unknown-parameter", "<<numbr>>"),
        ({"parameters": [one | {"more": 1} for one in SETS]}, "unused-parameter", "'more'"),
        ({"title": "About <<number>>"}, "misplaced-placeholder", "the same for everybody"),
        (
            {"near_misses": [{"answer": "56", "note": "No."}]},
            "near-miss-accepted",
            "number = 8, product = 56",
        ),
        ({"program": "print(<<number>> * 7"}, "python-syntax", "is not sound Python"),
        (
            {"parameters": [*SETS, {"number": 1, "product": ""}]},
            "bad-parameter-set",
            "makes expected unsound",
        ),
        ({"parameters": [*SETS, {"number": 1.5, "product": 1}]}, "wrong-type", "parameters[3].number"),
        ({"parameters": [{"number": n, "product": n * 7} for n in range(13)]}, "out-of-range", "12"),
    ],
)
def test_what_does_not_fit_is_a_finding(changes: dict[str, Any], code_: str, said: str) -> None:
    found = [message for code, message in findings(product(**changes)) if code == code_]
    assert found, findings(product(**changes))
    assert said in found[0]


def test_what_every_set_breaks_is_said_once_with_its_line() -> None:
    made = parse_question(
        yaml.safe_dump(product(program="print(<<number>>\n")), Path("basics/routing/product.yaml")
    )
    assert isinstance(made, list)
    assert [one.code for one in made] == ["python-syntax"]
    assert "filled with" not in made[0].message


# Practice


def response_of(person: Person) -> Response:
    with person.app.app_context():
        return db.session.scalars(select(Response)).one()


def test_practice_shows_one_set_keeps_it_and_marks_by_it(app: Flask, candidate: Person, shelf: Shelf) -> None:
    shelf.question(product())
    shelf.publish(app)
    path = "/practice/basics/product"
    before = candidate.get(path).text
    assert "&lt;&lt;" not in before
    candidate.post(f"{path}/answer", {"text": "no idea"})
    drawn = response_of(candidate).parameters
    assert drawn in SETS
    assert f"What is {drawn['number']} times seven?" in before
    assert f"What is {drawn['number']} times seven?" in candidate.get(path).text
    candidate.post(f"{path}/again")
    following = response_of(candidate).parameters
    assert following == SETS[(SETS.index(drawn) + 1) % 3]
    assert f"What is {following['number']} times seven?" in candidate.get(path).text
    candidate.post(f"{path}/answer", {"text": f"{following['number']}7"})
    mark = response_of(candidate).mark
    assert mark is not None
    assert mark["feedback"]["note"] == f"Not put together: {following['number']} is multiplied."
    candidate.post(f"{path}/again")
    last = response_of(candidate).parameters
    assert last is not None
    candidate.post(f"{path}/answer", {"text": str(last["product"])})
    assert response_of(candidate).points == 4


def test_a_file_that_changes_leaves_the_values_of_an_answer_alone(
    app: Flask, candidate: Person, shelf: Shelf
) -> None:
    shelf.question(product())
    shelf.publish(app)
    path = "/practice/basics/product"
    candidate.post(f"{path}/answer", {"text": "no idea"})
    drawn = response_of(candidate).parameters
    assert drawn is not None
    shelf.question(product(parameters=[{"number": 2, "product": 14}, {"number": 3, "product": 21}]))
    shelf.publish(app)
    assert f"What is {drawn['number']} times seven?" in candidate.get(path).text
    candidate.post(f"{path}/again")
    assert response_of(candidate).parameters in [{"number": 2, "product": 14}, {"number": 3, "product": 21}]


def test_the_code_of_a_try_stays_with_its_values(app: Flask, candidate: Person, shelf: Shelf) -> None:
    made = code(
        "factor",
        parameters=[{"factor": 2, "four": 4, "six": 6}, {"factor": 3, "four": 6, "six": 9}],
        prompt="Multiply by <<factor>>.",
        files={"app.py": "# times <<factor>>\n"},
        solution={"app.py": "def double(number):\n    return number * <<factor>>\n"},
        samples="from app import double\n\n\ndef test_two():\n    assert double(2) == <<four>>, 'two'\n",
        tests="from app import double\n\n\ndef test_canary_of_hidden_tests():\n    assert double(3) == <<six>>, 'three'\n",
    )
    shelf.question(made)
    assert shelf.publish(app).findings == ()
    path = "/practice/basics/factor"
    fields = {"scope": "full", "file:app.py": "def double(number):\n    return 0\n"}
    candidate.post(f"{path}/answer", fields)
    drawn = response_of(candidate).parameters
    assert drawn is not None
    page = candidate.get(path).text
    assert f"Multiply by {drawn['factor']}." in page
    assert "&lt;&lt;" not in page
    candidate.post(f"{path}/again")
    assert response_of(candidate).parameters == drawn


# Interviews


def test_an_interview_stores_what_was_drawn_and_the_report_says_it(
    app: Flask, candidate: Person, shelf: Shelf
) -> None:
    shelf.bank("drill", "public")
    shelf.question(product(), bank="drill")
    shelf.question(text("plain"), bank="drill")
    shelf.question(
        bank="drill",
        question=choice(
            "letters",
            parameters=[{"right": "Yes"}, {"right": "Certainly"}],
            options=[
                {"text": "No", "reason": "It is <<right>>."},
                {"text": "<<right>>", "correct": True, "reason": "So it is."},
            ],
        ),
    )
    shelf.blueprint(
        id="drill-round",
        bank="drill",
        sections=[{"title": "All", "count": 3}],
    )
    shelf.publish(app)
    sitting = start(candidate, "drill-round")
    with app.app_context():
        drawn = {one.question_id: one.parameters for one in db.session.scalars(select(Response))}
    assert drawn["plain"] is None
    assert drawn["product"] in SETS
    assert drawn["letters"] in [{"right": "Yes"}, {"right": "Certainly"}]
    pages = "".join(candidate.get(f"{sitting.path}?q={number}").text for number in (1, 2, 3))
    assert f"What is {drawn['product']['number']} times seven?" in pages
    assert "Drawn for this attempt" not in pages
    sitting.answer_all()
    sitting.hand_in()
    report = candidate.get(f"{sitting.path}/report").text
    assert "of 12 points" in report
    assert f"number = {drawn['product']['number']}" in report
    assert f"What is {drawn['product']['number']} times seven?" in report


def test_attempts_draw_for_themselves(app: Flask, candidate: Person, shelf: Shelf) -> None:
    shelf.bank("drill", "public")
    shelf.question(product(), bank="drill")
    shelf.blueprint(id="drill-round", bank="drill", sections=[{"title": "All", "count": 1}])
    shelf.publish(app)
    for _ in range(12):  # all of them alike: one time in 177,147
        start(candidate, "drill-round").hand_in()
    with app.app_context():
        met = [one.parameters for one in db.session.scalars(select(Response))]
    assert len({parameters.digest(one) for one in met}) > 1


def test_lists_are_searched_by_the_first_set(app: Flask, candidate: Person, shelf: Shelf) -> None:
    shelf.question(product())
    shelf.publish(app)
    assert "Title of product" in candidate.get("/banks/basics?q=6+times+seven").text
    assert "Title of product" not in candidate.get("/banks/basics?q=number+times").text


# Verdicts


def test_a_kept_verdict_is_of_its_values(app: Flask) -> None:
    with app.app_context():
        livestatus.publish_sandbox({"ready": True, "fingerprint": "one"})
        keys = {
            verdict_cache.key("hash", {"app.py": "1"}, "full", traced=False, values=values)
            for values in (None, SETS[0], SETS[1], dict(reversed(SETS[1].items())))
        }
    assert None not in keys
    assert len(keys) == 3


def test_records_of_sets_are_kept_apart() -> None:
    kept = parameters.with_recorded(None, SETS[0], {"tests": ["a"]})
    kept = parameters.with_recorded(kept, SETS[1], {"tests": ["b"]})
    assert parameters.recorded(kept, SETS[0]) == {"tests": ["a"]}
    assert parameters.recorded(kept, SETS[1]) == {"tests": ["b"]}
    assert parameters.recorded(kept, SETS[2]) is None
    assert parameters.recorded({"tests": ["c"]}, None) == {"tests": ["c"]}
    assert parameters.with_recorded(None, None, {"tests": ["c"]}) == {"tests": ["c"]}
