"""One delivery at a time writes the verdict, and a late twin changes nothing."""

from datetime import timedelta

from quizapp.extensions import db
from quizapp.models import Response, Scope, Submission, SubmissionState
from quizapp.receipt import database_now
from quizapp.services import grading, leases, submissions
from quizapp.services.submissions import Sending


def sent(response: Response, key: str = "a") -> Submission:
    return submissions.create(
        response, response.attempt.user, Sending(scope=Scope.FULL, files={"app.py": "x = 1"}, key=key)
    )


def expire(submission: Submission) -> None:
    submission.lease_until = database_now() - timedelta(seconds=1)
    db.session.commit()


def test_a_submission_is_in_one_hand_while_its_lease_runs(response: Response) -> None:
    submission = sent(response)
    first = leases.take(submission.id, "one")
    assert first is not None
    assert first.number == 1
    assert leases.take(submission.id, "two") is None


def test_an_expired_lease_makes_way_for_a_new_delivery(response: Response) -> None:
    submission = sent(response)
    first = leases.take(submission.id, "one")
    assert first is not None
    db.session.refresh(submission)
    expire(submission)
    second = leases.take(submission.id, "two")
    assert second is not None
    assert second.number == 2
    assert not leases.renew(first)
    assert leases.renew(second)


def test_the_late_twin_writes_nothing(response: Response) -> None:
    submission = sent(response)
    first = leases.take(submission.id, "one")
    assert first is not None
    db.session.refresh(submission)
    expire(submission)
    second = leases.take(submission.id, "two")
    assert second is not None
    assert grading.record(second, verdict="accepted", share=1.0, outcome={})
    assert not grading.record(first, verdict="wrong_answer", share=0.0, outcome={})
    db.session.refresh(submission)
    assert (submission.verdict, submission.state) == ("accepted", SubmissionState.DONE)
    assert submission.response.points == 10.0


def test_a_judged_submission_is_never_taken_again(response: Response) -> None:
    submission = sent(response)
    delivery = leases.take(submission.id, "one")
    assert delivery is not None
    assert grading.record(delivery, verdict="accepted", share=1.0, outcome={})
    assert leases.take(submission.id, "two") is None
    assert not leases.give_back(delivery)


def test_what_is_given_back_can_be_taken_at_once(response: Response) -> None:
    submission = sent(response)
    delivery = leases.take(submission.id, "one")
    assert delivery is not None
    assert leases.give_back(delivery, is_our_fault=True)
    db.session.refresh(submission)
    assert (submission.state, submission.internal_errors) == (SubmissionState.QUEUED, 1)
    assert leases.take(submission.id, "two") is not None
