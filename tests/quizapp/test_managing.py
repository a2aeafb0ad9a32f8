"""What managers see: shared mocks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quizapp.models import Role
from quizapp.services import managing
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import Sitting, start


@pytest.fixture
def finished(candidate: Person, library: Shelf) -> Sitting:
    sitting = start(candidate)
    sitting.answer_all()
    sitting.hand_in()
    return sitting


def share(sitting: Sitting, shared: str = "1") -> None:
    assert sitting.person.post(f"{sitting.path}/share", {"shared": shared}).status_code == 303


def is_listed(sitting: Sitting, manager: Person) -> bool:
    return sitting.person.email in manager.get("/manage").text.replace("<wbr>", "")


def test_a_mock_is_seen_only_while_it_is_shared(finished: Sitting, manager: Person) -> None:
    report = f"/manage/mocks/{finished.attempt_id}"
    assert not is_listed(finished, manager)
    assert manager.get(report).status_code == 404
    share(finished)
    assert is_listed(finished, manager)
    page = manager.get("/manage").text
    assert "54.5 %" in page
    assert "By topic" in page
    assert manager.get(report).status_code == 200
    share(finished, "0")
    assert not is_listed(finished, manager)
    assert manager.get(report).status_code == 404


def test_the_shared_report_has_scores_by_topic_and_answers(finished: Sitting, manager: Person) -> None:
    share(finished)
    page = manager.get(f"/manage/mocks/{finished.attempt_id}").text
    for shown in (
        "Ines Okafor",
        "of 44 points",
        "By topic",
        "Routing",
        "Their answer",
        "Shared by the candidate",
    ):
        assert shown in page
    for private in ("/practice/", "Take it back", "Sit it again", finished.path + "/report"):
        assert private not in page


def test_a_running_mock_cannot_be_shared(candidate: Person, library: Shelf, manager: Person) -> None:
    sitting = start(candidate)
    assert sitting.person.post(f"{sitting.path}/share", {"shared": "1"}).status_code == 409
    assert manager.get(f"/manage/mocks/{sitting.attempt_id}").status_code == 404


def test_practice_is_never_seen(finished: Sitting, manager: Person) -> None:
    finished.person.post("/practice/basics/choice-1/answer", {"options": "1"})
    share(finished)
    with finished.person.app.app_context():
        assert managing.count() == 1
    for number in range(1, 10):
        if number != finished.attempt_id:
            assert manager.get(f"/manage/mocks/{number}").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [(Role.CANDIDATE, 403), (Role.AUTHOR, 403), (Role.MANAGER, 200), (Role.ADMIN, 200)]
)
def test_only_managers_and_admins_may_look(
    finished: Sitting, make_person: Callable[..., Person], role: Role, status: int
) -> None:
    share(finished)
    person = make_person(role)
    assert person.get("/manage").status_code == status
    assert person.get(f"/manage/mocks/{finished.attempt_id}").status_code == status


def test_nobody_signed_in_is_asked_to(finished: Sitting) -> None:
    client = finished.person.app.test_client()
    assert client.get("/manage").status_code == 302


def test_the_table_is_filtered_sorted_and_bounded(
    finished: Sitting, make_person: Callable[..., Person], manager: Person
) -> None:
    share(finished)
    weaker = start(make_person(name="Bo Weaker"))
    weaker.hand_in()
    share(weaker)

    def names(query: str) -> list[str]:
        page = manager.get(f"/manage?{query}", follow_redirects=True)
        assert page.status_code == 200
        body = page.text.split("<tbody", 1)[-1]
        found = {name: body.find(name) for name in ("Ines Okafor", "Bo Weaker")}
        return sorted((name for name, at in found.items() if at >= 0), key=lambda name: found[name])

    assert names("") == ["Ines Okafor", "Bo Weaker"]
    assert names("order=score") == ["Bo Weaker", "Ines Okafor"]
    assert names("order=name") == ["Bo Weaker", "Ines Okafor"]
    assert names("order=-finished") == ["Bo Weaker", "Ines Okafor"]
    assert names("q=bo") == ["Bo Weaker"]
    assert names("q=%25") == []
    assert names("score=50") == ["Ines Okafor"]
    assert names("score=nan&order=users.password_hash&page=99999999999&interview=first-round") == [
        "Ines Okafor",
        "Bo Weaker",
    ]
    assert names("interview=none") == []


def test_odd_parameters_never_leave_the_site(finished: Sitting, manager: Person) -> None:
    share(finished)
    reply = manager.get("/manage?page=9&_external=1&_scheme=https&_anchor=x&_method=POST")
    assert reply.status_code == 302
    assert reply.location == "/manage?page=1"


def test_managers_find_shared_mocks_on_their_home_page(finished: Sitting, manager: Person) -> None:
    assert "No mock is shared yet" in manager.get("/").text
    share(finished)
    assert "Ines Okafor" in manager.get("/").text
    assert "Shared mocks" not in finished.person.get("/").text
