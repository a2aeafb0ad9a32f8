"""What is taken in, what is refused, and what a double click makes."""

from collections.abc import Mapping

import pytest
from flask import Flask

from quizapp.errors import Closed, Conflict, NotFound, Refusal, Unprocessable
from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, User
from quizapp.receipt import database_now
from quizapp.services import submissions
from quizapp.services.submissions import Sending

CODE = {"app.py": "print('mine')"}


def send(response: Response, **changes: object) -> Submission:
    sending = Sending(**({"scope": Scope.FULL, "files": CODE, "key": "a"} | changes))  # type: ignore[arg-type]
    return submissions.create(response, response.attempt.user, sending)


def test_a_double_click_is_one_row(response: Response) -> None:
    assert send(response).id == send(response).id


def test_the_same_key_with_another_body_is_a_conflict(response: Response) -> None:
    send(response)
    with pytest.raises(Conflict, match="key was used"):
        send(response, files={"app.py": "other"})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"files": {"../evil.py": ""}}, "no file"),
        ({"files": {"other.py": ""}}, "app.py"),
        ({"files": {}}, "Nothing was sent"),
        ({"files": {"app.py": "x" * 70_000}}, "KiB"),
        ({"files": {"app.py": "nul \0"}}, "NUL"),
        ({"files": {"app.py": "half \ud800"}}, "half a character"),
        ({"requests": [{"path": "/"}] * 21}, "too many"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_way_out(
    response: Response, changes: Mapping[str, object], text: str
) -> None:
    with pytest.raises(Unprocessable) as refused:
        send(response, **changes)
    assert text in f"{refused.value.message} {refused.value.what_to_do}"
    assert db.session.query(Submission).count() == 0


def test_somebody_elses_response_is_not_there(response: Response) -> None:
    stranger = User(email="x@example.org", name="X", password_hash="-", created_at=database_now())
    db.session.add(stranger)
    db.session.commit()
    with pytest.raises(NotFound):
        submissions.own_response(response.id, stranger)
    submission = send(response)
    with pytest.raises(NotFound):
        submissions.own(submission.id, stranger)


def test_after_the_finish_nothing_is_taken(response: Response) -> None:
    response.attempt.finished_at = database_now()
    db.session.commit()
    with pytest.raises(Closed):
        send(response)


def test_a_draft_is_graded_once_and_only_when_it_differs(response: Response) -> None:
    starter = response.version.content["files"]
    response.answer = {"files": starter}
    assert submissions.submit_draft(response) is None, "the untouched starter is no answer"
    response.answer = {"files": CODE}
    response.revision = 1
    submission = submissions.submit_draft(response)
    assert submission is not None
    db.session.commit()
    assert (submission.queue, submission.is_from_draft) == ("expiry", True)
    assert submissions.submit_draft(response) is None


def test_redis_away_loses_nothing(app: Flask, response: Response) -> None:
    app.extensions["redis"].connection_pool.disconnect()
    app.extensions["redis"] = type(app.extensions["redis"]).from_url("unix:///nowhere/redis.sock")
    submission = send(response)
    submissions.ring_and_wait(submission, 0.1)
    assert db.session.get_one(Submission, submission.id).state.value == "queued"


def test_refusals_all_say_what_to_do(response: Response) -> None:
    with pytest.raises(Refusal) as refused:
        send(response, files={})
    assert refused.value.what_to_do
