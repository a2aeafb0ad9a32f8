"""The other versions of an answer: to look at, to compare, and to take without losing the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Branch
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice
from tests.quizapp.sittings import CHANGED, Sitting, start


def stale(sitting: Sitting, kind: str = "text", first: Any = None, second: Any = None) -> tuple[str, int]:
    """Two windows save different answers; gives the address of the versions and the number of the second one."""
    assert sitting.save(kind, first or {"text": "from the first window"}).status_code == 200
    reply = sitting.save(kind, second or {"text": "from the second"}, revision=0)
    assert reply.status_code == 409
    assert reply.json is not None
    return f"/responses/{sitting.response(kind).id}/versions", reply.json["branch"]


def branches(sitting: Sitting) -> list[Branch]:
    with sitting.person.app.app_context():
        return list(db.session.scalars(select(Branch).order_by(Branch.id)))


def test_a_version_is_shown_with_its_difference_and_taken_by_a_button(sitting: Sitting) -> None:
    path, branch = stale(sitting)
    page = sitting.person.get(path).text
    assert "from the first window" in page
    assert 'data-mark="add"' in page
    assert "Take this version" in page

    reply = sitting.person.post(f"{path}/{branch}/take", {"revision": "1"})
    assert reply.status_code == 303
    assert reply.location.startswith(f"{sitting.path}?q=")
    now = sitting.response("text")
    assert (now.answer, now.revision) == ({"text": "from the second"}, 2)
    assert [(one.answer, one.is_replaced) for one in branches(sitting)] == [
        ({"text": "from the second"}, False),
        ({"text": "from the first window"}, True),
    ]
    page = sitting.person.get(path).text
    assert "Was your answer" in page
    back = branches(sitting)[1].id
    assert sitting.person.post(f"{path}/{back}/take", {"revision": "2"}).status_code == 303
    assert sitting.response("text").answer == {"text": "from the first window"}
    assert len(branches(sitting)) == 2, "both were kept already"


def test_the_player_takes_its_own_version_by_json(sitting: Sitting) -> None:
    path, branch = stale(sitting)
    reply = sitting.person.send_json("POST", f"{path}/{branch}/take", {"revision": 1})
    assert reply.status_code == 200
    assert reply.json is not None
    assert reply.json["revision"] == 2
    again = sitting.person.send_json("POST", f"{path}/{branch}/take", {"revision": 1})
    assert again.status_code == 200, "it is the answer already"
    assert sitting.response("text").revision == 2


def test_a_version_is_not_taken_over_an_answer_nobody_has_seen(sitting: Sitting) -> None:
    path, branch = stale(sitting)
    sitting.save("text", {"text": "newer still"}, revision=1)
    reply = sitting.person.send_json("POST", f"{path}/{branch}/take", {"revision": 1})
    assert reply.status_code == 409
    assert reply.json is not None
    assert reply.json["current"]["answer"] == {"text": "newer still"}
    assert sitting.person.post(f"{path}/{branch}/take", {"revision": "1"}).location == path
    assert sitting.response("text").answer == {"text": "newer still"}


def test_code_differs_file_by_file(sitting: Sitting) -> None:
    other = {"files": {"app.py": "def double(number):\n    return 2 * number\n"}}
    path, _ = stale(sitting, "code", CHANGED, other)
    page = sitting.person.get(path).text
    assert '<figcaption class="small strong">app.py</figcaption>' in page
    assert page.count('data-mark="add"') == page.count('data-mark="remove"') == 1


def test_options_read_as_in_the_question_wherever_a_choice_is_shown_again(
    candidate: Person, library: Shelf
) -> None:
    options = [
        {"text": f"`call_{number}()` is it", "correct": number == 1, "reason": "So."} for number in range(3)
    ]
    for number in range(1, 5):
        library.question(choice(f"choice-{number}", options=options))
    library.blueprint(results="never")
    library.publish(candidate.app)
    sitting = start(candidate)
    path, _ = stale(sitting, "choice", {"options": [0]}, {"options": [1]})
    page = candidate.get(path).text
    assert page.count("<code>call_1()</code> is it") == 2, "in the difference, and in the whole version"
    assert "`" not in page
    sitting.hand_in()
    sitting.save("choice", {"options": [2]}, revision=1)
    page = candidate.get(f"{sitting.path}/report").text
    assert "<code>call_0()</code> is it" in page
    assert "`call" not in page


def test_the_question_names_other_versions_only_where_there_are_some(sitting: Sitting) -> None:
    position = sitting.response("text").position
    assert "Other versions" not in sitting.person.get(f"{sitting.path}?q={position}").text
    stale(sitting)
    assert "Other versions of your answer" in sitting.person.get(f"{sitting.path}?q={position}").text


def test_the_same_save_from_a_stale_page_is_kept_once(sitting: Sitting) -> None:
    _, branch = stale(sitting)
    reply = sitting.save("text", {"text": "from the second"}, revision=0)
    assert reply.json is not None
    assert reply.json["branch"] == branch
    assert len(branches(sitting)) == 1


def test_nothing_is_taken_when_time_is_over(sitting: Sitting) -> None:
    path, branch = stale(sitting)
    sitting.let_pass(minutes=31)
    sitting.save("text", {"text": "too late"}, revision=1)
    page = sitting.person.get(path).text
    assert "Came too late" in page
    assert "Take this version" not in page
    for one in (branch, branches(sitting)[1].id):
        assert sitting.person.send_json("POST", f"{path}/{one}/take", {"revision": 1}).status_code == 409
    assert sitting.response("text").answer == {"text": "from the first window"}


def test_a_late_version_stays_late_when_time_is_given_afterwards(sitting: Sitting) -> None:
    sitting.save("text", {"text": "in time"})
    sitting.let_pass(minutes=31)
    late = sitting.save("text", {"text": "too late"}, revision=1).json
    assert late is not None
    sitting.let_pass(minutes=-20)
    path = f"/responses/{sitting.response('text').id}/versions/{late['branch']}/take"
    assert sitting.person.send_json("POST", path, {"revision": 1}).status_code == 409
    assert sitting.response("text").answer == {"text": "in time"}


def test_a_window_that_is_older_than_the_first_save_learns_where_the_answer_is(
    candidate: Person, library: Shelf
) -> None:
    path = "/practice/basics/text-1/draft"
    first = candidate.send_json("PUT", path, {"answer": {"text": "one"}, "revision": 0}).json
    stale = candidate.send_json("PUT", path, {"answer": {"text": "two"}, "revision": 0}).json
    assert first is not None
    assert stale is not None
    assert stale["current"]["response_id"] == first["response_id"]


def test_somebody_elses_versions_are_not_found(sitting: Sitting, make_person: Callable[..., Person]) -> None:
    path, branch = stale(sitting)
    other = make_person()
    assert other.get(path).status_code == 404
    assert other.send_json("POST", f"{path}/{branch}/take", {"revision": 1}).status_code == 404
    foreign = start(other)
    foreign.save("text", {"text": "mine"})
    own = f"/responses/{foreign.response('text').id}/versions"
    assert other.send_json("POST", f"{own}/{branch}/take", {"revision": 1}).status_code == 404
    assert foreign.response("text").answer == {"text": "mine"}


@pytest.mark.parametrize("body", [{}, {"revision": "1"}, {"revision": True}, [1], {"revision": None}])
def test_taking_needs_a_revision(sitting: Sitting, body: Any) -> None:
    path, branch = stale(sitting)
    assert sitting.person.send_json("POST", f"{path}/{branch}/take", body).status_code == 422
    assert sitting.response("text").revision == 1
