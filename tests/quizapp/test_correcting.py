"""From a report of an error to the corrected score, on both stores."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from quizapp.models import Role
from quizapp.services import authoring
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, code, text
from tests.quizapp.sittings import CHANGED, judge, start

pytestmark = pytest.mark.usefixtures("both_stores")


def test_an_error_is_reported_mended_and_made_good(
    app: Flask, library: Shelf, make_person: Callable[..., Person]
) -> None:
    candidate, author, manager = make_person(), make_person(Role.AUTHOR), make_person(Role.MANAGER)
    sitting = start(candidate)
    sitting.save("text", {"text": "flask.url_for"})
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(candidate, "wrong_answer", 0.5)
    response, coded = sitting.response("text"), sitting.response("code")
    candidate.post(f"/responses/{response.id}/error-reports", {"text": "Mine is right.", "with_answer": "1"})
    assert "flask.url_for" in author.get("/author/questions/text-1/reports").text
    author.post("/author/questions/text-1/reports/1", {"note": "It is."})

    library.write("basics/routing/text-1.yaml", "id: text-1\nkind: text\n")
    library.write("basics/routing/never.yaml", "id: never\n")
    library.publish(app)
    with app.app_context():
        found = authoring.catalogue(authoring.Filters(text="text", state="failed")).found
        assert [(entry.id, entry.number, entry.reports) for entry in found.rows] == [("text-1", 1, 0)]
        found = authoring.catalogue(authoring.Filters(topic="routing", bank="basics")).found
        assert {entry.state for entry in found.rows} == {"published", "failed", "draft"}

    library.question(text("text-1", accept=["url_for", "flask.url_for"]))
    library.question(code(coded.question_id, minutes=3))
    library.publish(app)
    for question, verdict in (("text-1", None), (coded.question_id, "accepted")):
        path = author.post("/regrades", {"question": question}).location
        if verdict:
            assert judge(candidate, verdict, 1.0) == 1
        page = manager.get(path).text
        seen = page.split('name="seen" value="')[1].split('"')[0]
        manager.post(f"{path}/apply", {"how": "all", "seen": seen})
        assert "Applied" in manager.get(path).text
    assert (sitting.response("text").points, sitting.response("code").points) == (4, 20)
    assert candidate.get(f"{sitting.path}/report").text.count("Your answer was graded again") == 2
    for number in (1, 2):
        manager.post(f"/regrades/{number}/undo")
    assert (sitting.response("text").points, sitting.response("code").points) == (0, 10)
    assert author.post("/regrades", {"question": "text-1"}).status_code == 303
    assert manager.post("/regrades/3/discard").location == "/regrades"
