"""Practising: lazily made responses, feedback at once, hints, tries, versions."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from quizapp.errors import NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Response, ResponseState, User
from quizapp.questions.content import public_view
from quizapp.rules import answers
from quizapp.services import practice
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, bug, choice, code, text
from tests.quizapp.sittings import judge

RIGHT, WRONG = {"options": "1"}, {"options": "0"}


def response_of(person: Person, question_id: str = "choice-1") -> Response | None:
    with person.app.app_context():
        return db.session.scalar(
            select(Response)
            .join(Attempt)
            .where(Attempt.user_id == person.id, Response.question_id == question_id)
        )


def path(question_id: str = "choice-1", action: str = "", bank: str = "basics") -> str:
    return f"/practice/{bank}/{question_id}{action}"


def test_looking_changes_nothing(candidate: Person, library: Shelf) -> None:
    for question_id in ("choice-1", "text-1", "output-1", "order-1", "code-1"):
        assert candidate.get(path(question_id)).status_code == 200
        assert candidate.client.head(path(question_id)).status_code == 200
    with candidate.app.app_context():
        assert db.session.scalar(select(func.count(Attempt.id))) == 0


def test_the_page_holds_nothing_of_the_answer(candidate: Person, library: Shelf) -> None:
    page = candidate.get(path("choice-1")).text
    assert "Right one" in page
    assert "It is so." not in page
    assert "Because the rule says so." not in page
    code = candidate.get(path("code-1")).text
    for secret in ("test_canary_of_hidden_tests", "number * 2", "Adding two", "Multiply."):
        assert secret not in code


@pytest.mark.parametrize(
    "address",
    [
        path("nothing"),
        path(bank="none"),
        path("hired", bank="secret"),
        path("hired"),
        path("choice-1", bank="secret"),
    ],
)
def test_what_is_not_open_for_practice_is_not_found(candidate: Person, library: Shelf, address: str) -> None:
    assert candidate.get(address).status_code == 404
    assert candidate.post(f"{address}/answer", RIGHT).status_code == 404
    assert (
        candidate.send_json(
            "PUT", f"{address}/draft", {"answer": {"options": [1]}, "revision": 0}
        ).status_code
        == 404
    )


def test_a_right_answer_is_told_at_once_with_every_reason(candidate: Person, library: Shelf) -> None:
    reply = candidate.post(path("choice-1", "/answer"), RIGHT)
    assert reply.status_code == 303
    page = candidate.get(path("choice-1")).text
    for shown in ("It is not so.", "It is so.", "Not so either.", "Because the rule says so.", "quickstart"):
        assert shown in page
    response = response_of(candidate)
    assert response is not None
    assert (response.points, response.tries, response.is_solved, response.state) == (
        4,
        1,
        True,
        ResponseState.MARKED,
    )


def test_trying_again_keeps_the_best_points_and_counts_the_tries(candidate: Person, library: Shelf) -> None:
    candidate.post(path("choice-1", "/answer"), RIGHT)
    candidate.post(path("choice-1", "/again"))
    response = response_of(candidate)
    assert response is not None
    assert (response.answer, response.mark, response.points) == (None, None, 4)
    candidate.post(path("choice-1", "/answer"), WRONG)
    response = response_of(candidate)
    assert response is not None
    assert (response.points, response.first_points, response.tries, response.is_solved) == (4, 4, 2, True)
    assert response.mark is not None
    assert response.mark["points"] == 0


def test_the_first_try_is_remembered_when_a_later_one_is_better(candidate: Person, library: Shelf) -> None:
    candidate.post(path("choice-1", "/answer"), WRONG)
    candidate.post(path("choice-1", "/again"))
    candidate.post(path("choice-1", "/answer"), RIGHT)
    response = response_of(candidate)
    assert response is not None
    assert (response.points, response.first_points, response.tries) == (4, 0, 2)


def test_a_repeated_form_counts_once_and_another_answer_is_refused(candidate: Person, library: Shelf) -> None:
    for _ in range(3):
        assert candidate.post(path("choice-1", "/answer"), RIGHT).status_code == 303
    page = candidate.post(path("choice-1", "/answer"), WRONG, follow_redirects=True).text
    assert "This question was answered" in page
    response = response_of(candidate)
    assert response is not None
    assert (response.tries, response.points) == (1, 4)


@pytest.mark.parametrize(
    ("question_id", "form", "solved"),
    [
        ("text-1", {"text": " URL_FOR "}, True),
        ("text-1", {"text": "redirect"}, False),
        ("output-1", {"text": "42\r\n"}, True),
        ("output-1", {"text": "43"}, False),
    ],
)
def test_written_answers_are_marked(
    candidate: Person, library: Shelf, question_id: str, form: dict[str, str], solved: bool
) -> None:
    candidate.post(path(question_id, "/answer"), form)
    response = response_of(candidate, question_id)
    assert response is not None
    assert response.is_solved is solved
    if form["text"] == "redirect":
        assert "That one needs an address already." in candidate.get(path(question_id)).text


def test_a_faulty_line_is_pointed_at_and_told_why(candidate: Person, library: Shelf) -> None:
    library.question(bug("bug-1"))
    library.publish(candidate.app)
    assert "Mark the faulty line" in candidate.get(path("bug-1")).text
    candidate.post(path("bug-1", "/answer"), {"line": "1"})
    page = candidate.get(path("bug-1")).text
    for shown in ("Six is right.", "It should be 7.", "Wrong, 0 of 4 points", 'data-sign="faulty"'):
        assert shown in page
    candidate.post(path("bug-1", "/again"))
    candidate.post(path("bug-1", "/answer"), {"line": "2"})
    response = response_of(candidate, "bug-1")
    assert response is not None
    assert response.is_solved
    assert "Right, 4 of 4 points" in candidate.get(path("bug-1")).text


def test_lines_are_put_in_order_with_and_without_javascript(candidate: Person, library: Shelf) -> None:
    with candidate.app.app_context():
        user = db.session.get_one(User, candidate.id)
        shown = practice.show(user, "basics", "order-1").view["pieces"]
    ids = {piece["text"]: piece["id"] for piece in shown}
    right = [ids[line] for line in ("from flask import Flask", "app = Flask(__name__)", "app.run()")]
    candidate.post(path("order-1", "/answer"), {"lines": json.dumps(right), "indent": "[]"})
    response = response_of(candidate, "order-1")
    assert response is not None
    assert response.is_solved
    candidate.post(path("order-1", "/again"))
    numbers = {f"place-{id_}": str(place) for place, id_ in enumerate(reversed(right), 1)}
    candidate.post(path("order-1", "/answer"), {**numbers, f"place-{ids['import django']}": ""})
    response = response_of(candidate, "order-1")
    assert response is not None
    assert response.answer == {"lines": right[::-1], "indent": [0, 0, 0]} or response.answer == {
        "lines": right[::-1]
    }
    assert response.tries == 2


@pytest.mark.parametrize(
    ("question_id", "form", "said"),
    [
        ("choice-1", {}, "There is no answer yet"),
        ("choice-1", {"options": "7"}, "names an id"),
        ("choice-1", {"options": "x"}, "no number"),
        ("text-1", {"text": "  "}, "There is no answer yet"),
        ("order-1", {"lines": "{"}, "cannot be read"),
        ("order-1", {"lines": "[" * 100_000}, "cannot be read"),
        ("code-1", {"text": "x"}, "Use Submit"),
    ],
)
def test_what_cannot_be_marked_is_said_and_changes_nothing(
    candidate: Person, library: Shelf, question_id: str, form: dict[str, str], said: str
) -> None:
    page = candidate.post(path(question_id, "/answer"), form, follow_redirects=True)
    assert page.status_code == 200
    assert said in page.text
    response = response_of(candidate, question_id)
    assert response is None or response.tries == 0


def test_options_and_lines_keep_their_order_over_reloads_and_the_first_save(
    app: Flask, candidate: Person, library: Shelf
) -> None:
    def order() -> list[int]:
        with app.app_context():
            user = db.session.get_one(User, candidate.id)
            return [option["id"] for option in practice.show(user, "basics", "choice-1").view["options"]]

    first = order()
    assert order() == first
    candidate.send_json("PUT", path("choice-1", "/draft"), {"answer": {"options": [0]}, "revision": 0})
    assert order() == first
    assert sorted(first) == [0, 1, 2]


def test_orders_differ_between_people() -> None:
    options = [{"id": number, "text": str(number)} for number in range(6)]
    orders = {
        tuple(o["id"] for o in answers.shown({"options": options}, seed)["options"]) for seed in range(20)
    }
    assert len(orders) > 10
    fixed = answers.shown({"options": options, "shuffle": False}, 3)
    assert [option["id"] for option in fixed["options"]] == list(range(6))


def test_hints_open_one_by_one_and_cost_points(candidate: Person, library: Shelf) -> None:
    hints = [{"text": "First hint text", "cost": 1}, {"text": "Second hint text", "cost": 2}]
    library.question(text("text-1", hints=hints))
    library.publish(candidate.app)
    assert "First hint text" not in candidate.get(path("text-1")).text
    candidate.post(path("text-1", "/hint"), {"seen": "0"})
    candidate.post(path("text-1", "/hint"), {"seen": "0"})  # a double click
    page = candidate.get(path("text-1")).text
    assert "First hint text" in page
    assert "Second hint text" not in page
    candidate.post(path("text-1", "/answer"), {"text": "url_for"})
    response = response_of(candidate, "text-1")
    assert response is not None
    assert (response.points, response.is_solved, response.hints_used) == (3, True, 1)
    candidate.post(path("text-1", "/hint"), {"seen": "1"})  # after the answer there is nothing to pay for
    response = response_of(candidate, "text-1")
    assert response is not None
    assert response.hints_used == 1


def test_an_answered_question_keeps_its_version_until_try_again(candidate: Person, library: Shelf) -> None:
    candidate.post(path("choice-1", "/answer"), WRONG)
    library.question(choice("choice-1", prompt="A new prompt.", points=6))
    library.publish(candidate.app)
    page = candidate.get(path("choice-1")).text
    assert "A new prompt." not in page
    assert "This question was published anew" in page
    candidate.post(path("choice-1", "/again"))
    page = candidate.get(path("choice-1")).text
    assert "A new prompt." in page
    assert "This question was published anew" not in page
    candidate.post(path("choice-1", "/answer"), RIGHT)
    response = response_of(candidate)
    assert response is not None
    assert (response.points, response.max_points) == (6, 6)


def test_a_draft_pins_the_version_as_well(candidate: Person, library: Shelf) -> None:
    candidate.send_json("PUT", path("text-1", "/draft"), {"answer": {"text": "url"}, "revision": 0})
    candidate.send_json(
        "PUT", path("code-1", "/draft"), {"answer": {"files": {"app.py": "x = 1"}}, "revision": 0}
    )
    library.question(text("text-1", prompt="A new prompt."))
    library.question(code("code-1", prompt="A new prompt."))
    library.publish(candidate.app)
    for question in ("text-1", "code-1"):
        page = candidate.get(path(question)).text
        assert "A new prompt." not in page
        assert "This question was published anew" in page
    candidate.post(path("code-1", "/again"))
    page = candidate.get(path("code-1")).text
    assert "A new prompt." in page
    assert "x = 1" not in page


def test_code_that_is_being_graded_keeps_its_version(candidate: Person, library: Shelf) -> None:
    candidate.app.config["NO_WAITING"] = True
    files = {"app.py": "x = 1"}
    reply = candidate.send_json("PUT", path("code-1", "/draft"), {"answer": {"files": files}, "revision": 0})
    assert reply.json is not None
    sending = {"scope": "full", "files": files, "key": "one"}
    assert candidate.send_json("POST", reply.json["submissions_url"], sending).status_code == 202
    before = response_of(candidate, "code-1")
    library.question(code("code-1", prompt="A new prompt."))
    library.publish(candidate.app)
    candidate.post(path("code-1", "/again"))
    after = response_of(candidate, "code-1")
    assert before is not None
    assert after is not None
    assert after.version_id == before.version_id
    judge(candidate, "accepted", 1.0)
    candidate.post(path("code-1", "/again"))
    after = response_of(candidate, "code-1")
    assert after is not None
    assert after.version_id != before.version_id
    assert (after.points, after.is_solved) == (10, True)


def test_a_retired_question_is_not_practised_any_more(candidate: Person, library: Shelf) -> None:
    library.remove(text("text-1"))
    library.blueprint(sections=[{"title": "All", "count": 1}])
    library.publish(candidate.app)
    assert candidate.get(path("text-1")).status_code == 404


def test_nobody_signed_in_is_asked_to(app: Flask, library: Shelf) -> None:
    client = app.test_client()
    reply = client.get(path("choice-1"))
    assert reply.status_code == 302
    assert "/sign-in" in reply.location


def test_the_places_lead_through_the_bank(app: Flask, candidate: Person, library: Shelf) -> None:
    seen, here = [], "choice-1"
    with app.app_context():
        user = db.session.get_one(User, candidate.id)
        while (before := practice.show(user, "basics", here).place.previous_id) is not None:
            here = before
        while True:
            place = practice.show(user, "basics", here).place
            seen.append((place.position, here))
            if place.next_id is None:
                break
            here = place.next_id
    assert [position for position, _ in seen] == list(range(1, 10))
    assert len({id_ for _, id_ in seen}) == 9


def test_services_refuse_what_is_not_there(app: Flask, candidate: Person, library: Shelf) -> None:
    with app.app_context():
        user = db.session.get_one(User, candidate.id)
        with pytest.raises(NotFound):
            practice.again(user, "secret", "hired")
        with pytest.raises(Unprocessable):
            practice.answer(user, "basics", "text-1", MultiDict())
        assert "accept" not in public_view(practice.show(user, "basics", "text-1").version.content)
