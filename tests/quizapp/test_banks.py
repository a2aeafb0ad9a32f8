"""The banks, the lists in them, and the home page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from quizapp.services import banks
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, choice


def listed(page: str) -> list[str]:
    """Ids of the questions on a page, in order."""
    return [part.split('"', 1)[0] for part in page.split('href="/practice/basics/')[1:]]


def test_visitors_see_the_public_banks_and_are_asked_to_sign_in(client: FlaskClient, library: Shelf) -> None:
    welcome = client.get("/").text
    assert "Bank basics" in welcome
    assert "9 questions" in welcome
    page = client.get("/banks").text
    assert "Bank basics" in page
    assert "Bank secret" not in page
    assert listed(client.get("/banks/basics").text)
    assert "Not tried" in client.get("/banks/basics").text


def test_hiring_banks_are_nowhere(candidate: Person, client: FlaskClient, library: Shelf) -> None:
    for who in (candidate, client):
        assert who.get("/banks/secret").status_code == 404
        assert "hired" not in who.get("/banks?q=hired").text.replace("for “hired”", "").replace(
            'value="hired"', ""
        )
        assert who.get("/banks/nothing").status_code == 404


def test_counts_follow_what_the_person_does(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    candidate.post("/practice/basics/choice-2/answer", {"options": "0"})
    page = candidate.get("/banks/basics").text
    assert "9 questions: 1 solved, 1 tried, 7 not tried" in page
    assert "1 of 9 questions solved" in candidate.get("/").text
    assert "9 questions: 0 solved, 0 tried, 9 not tried" in make_person().get("/banks/basics").text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=text", {"text-1"}),
        ("kind=text&kind=output", {"text-1", "output-1"}),
        ("topic=templates", {"choice-2", "choice-4"}),
        ("topic=templates&kind=code", set()),
        ("level=experienced", set()),
        ("level=nonsense&kind=order", {"order-1"}),
        ("difficulty=4-5", set()),
        ("difficulty=1-2&kind=order", {"order-1"}),
        ("state=solved", {"choice-1"}),
        ("state=tried", {"choice-2"}),
        ("q=TEXT-1", {"text-1"}),
        ("q=title+choice-3", {"choice-3"}),
        ("q=100%25", set()),
        ("q=_", set()),
        ("q='+or+1%3D1+--", set()),
    ],
)
def test_filters_and_search_narrow_the_list(
    candidate: Person, library: Shelf, query: str, expected: set[str]
) -> None:
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    candidate.post("/practice/basics/choice-2/answer", {"options": "0"})
    page = candidate.get(f"/banks/basics?{query}")
    assert page.status_code == 200
    assert set(listed(page.text)) == expected
    if not expected:
        assert "No question fits" in page.text


def test_orders_are_an_allow_list(candidate: Person, library: Shelf) -> None:
    library.question(choice("easiest", difficulty=1, minutes=1))
    library.question(choice("hardest", difficulty=5, minutes=60))
    library.publish(candidate.app)
    assert listed(candidate.get("/banks/basics?order=easy").text)[0] == "easiest"
    assert listed(candidate.get("/banks/basics?order=hard").text)[0] == "hardest"
    assert listed(candidate.get("/banks/basics?order=short").text)[0] == "easiest"
    assert candidate.get("/banks/basics?order=password_hash").status_code == 200
    candidate.post("/practice/basics/hardest/answer", {"options": "0"})
    assert listed(candidate.get("/banks/basics?order=weakest").text)[0] == "hardest"


def test_long_lists_have_pages_and_bounds(candidate: Person, library: Shelf) -> None:
    for number in range(10, 30):
        library.question(choice(f"choice-{number}"))
    library.publish(candidate.app)
    first, second = (listed(candidate.get(f"/banks/basics?page={page}").text) for page in (1, 2))
    assert (len(first), len(second)) == (banks.PAGE_SIZE, 9)
    assert not set(first) & set(second)
    for page in ("99999999999999999999", "-5", "0", "x"):
        reply = candidate.get(f"/banks/basics?kind=choice&page={page}", follow_redirects=True)
        assert reply.status_code == 200
    reply = candidate.get("/banks/basics?page=50&kind=choice&_external=1&bank_id=secret")
    assert reply.location == "/banks/basics?page=2&kind=choice"


def test_the_search_over_all_banks_finds_and_links(candidate: Person, library: Shelf) -> None:
    assert listed(candidate.get("/banks?q=output-1").text) == ["output-1"]
    assert "No question fits" in candidate.get("/banks?q=zzz").text


def test_the_home_page_leads_on(candidate: Person, library: Shelf) -> None:
    assert "9 questions to practise" in candidate.get("/").text
    candidate.post("/practice/basics/choice-2/answer", {"options": "0"})
    candidate.send_json("PUT", "/practice/basics/text-1/draft", {"answer": {"text": "ur"}, "revision": 0})
    page = candidate.get("/").text
    assert "Go on with" in page
    assert "0 of 4 points" in page
    assert "begun, not sent" in page
    assert "Last 14 days" in page


def test_an_empty_site_says_so(candidate: Person, client: FlaskClient) -> None:
    assert "No questions are published yet" in client.get("/").text
    assert "No questions are published yet" in candidate.get("/").text
    assert "No bank is published yet" in candidate.get("/banks").text
    assert "No interview is open" in candidate.get("/interviews").text


def test_pages_work_while_the_cache_is_away(make_app: Callable[..., Flask], shelf: Shelf) -> None:
    app = make_app(REDIS_URL="redis://127.0.0.1:1/0")
    shelf.publish(app)
    client = app.test_client()
    assert "Bank basics" in client.get("/banks").text
    assert listed(client.get("/banks/basics").text)


def test_what_is_cached_holds_nothing_of_a_person(candidate: Person, library: Shelf) -> None:
    candidate.post("/practice/basics/choice-1/answer", {"options": "1"})
    candidate.get("/")
    candidate.get("/banks/basics")
    store = candidate.app.extensions["redis"]
    kept = [store.get(key) or b"" for key in store.scan_iter("quizapp:page:*")]
    assert any(b"Bank basics" in value for value in kept)
    assert not any(b"solved" in value or b"Ines" in value for value in kept)
    assert all(store.ttl(key) > 0 for key in store.scan_iter("quizapp:page:*"))
