"""A candidate's own signed copy of a finished attempt: all answers, code, verdicts as far as they are shown, and times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app, render_template, request
from sqlalchemy import select

from quizapp.extensions import db
from quizapp.models import Attempt, Response, Scope, Submission, User
from quizapp.receipt import received_at
from quizapp.rules import answers
from quizapp.services import attempts, late_edits, reports, showing, site_keys, verdicts, visits
from quizapp.services.report_items import Item
from quizapp.transcripts import archive

MOST_SUBMISSIONS = 100  # of one question; the newest ones


def of_attempt(attempt: Attempt, candidate: User) -> bytes:
    """The zip file for the candidate of a finished attempt. What is not shown to them now is not in it."""
    is_shown = not showing.is_withheld(attempt)
    files: dict[str, bytes] = {}
    told = _told(attempt, candidate, files, is_shown=is_shown)
    files["transcript.json"] = archive.as_json(told)
    # Rendered from what the JSON holds, so both say the same.
    page = render_template("transcripts/transcript.html", told=json.loads(files["transcript.json"]))
    files["transcript.html"] = page.encode("utf-8", "replace")
    files["transcript.css"] = render_template("transcripts/transcript.css").encode()
    key = site_keys.signing_key()
    files["README.txt"] = render_template(
        "transcripts/README.txt", key=key.public, site=_site(), attempt=attempt
    ).encode()
    about = {
        "site": _site(),
        "candidate": f"{candidate.name} <{candidate.email}>",
        "interview": told["interview"]["title"],
        "attempt": attempt.id,
        "finished_at": told["times"]["finished_at"],
        "made_at": _moment(received_at()),
    }
    return archive.signed(files, about, key)


def _site() -> str:
    return str(current_app.config["PUBLIC_URL"] or request.host_url).rstrip("/")


def _told(attempt: Attempt, candidate: User, files: dict[str, bytes], *, is_shown: bool) -> dict[str, Any]:
    report = reports.report(attempt) if is_shown else None
    release = showing.release(attempt)
    total = report.total if report else None
    return {
        "format": archive.FORMAT,
        "version": archive.VERSION,
        "candidate": {"name": candidate.name, "email": candidate.email},
        "interview": {
            "id": attempt.interview_id,
            "title": reports.title(attempt),
            "kind": attempt.kind.value,
            "attempt": attempt.id,
        },
        "times": {
            "started_at": _moment(attempt.started_at),
            "finished_at": _moment(attempt.finished_at),
            "minutes_used": reports.minutes_used(attempt),
            "minutes_allowed": reports.minutes_allowed(attempt),
            "extra_share": attempt.extra_share,
            "given_seconds": attempt.credit_seconds + attempt.outage_seconds,
        },
        "results": {"shown": is_shown, "rule": release.rule.value, "shown_from": _moment(release.at)},
        "score": total
        and {
            "points": total.points,
            "max_points": total.max_points,
            "percent": total.percent,
            "is_complete": total.is_complete,
        },
        "questions": _questions(attempt, report, files),
    }


def _questions(
    attempt: Attempt, report: reports.Report | None, files: dict[str, bytes]
) -> list[dict[str, Any]]:
    sent, late, measured = _submissions(attempt), late_edits.of_attempt(attempt), visits.seconds(attempt)
    judged = {item.response.id: item for item in report.items} if report else {}
    told = []
    for response, item in zip(attempt.responses, attempts.items(attempt), strict=True):
        folder = f"code/question-{item.position:02}"
        entry: dict[str, Any] = {
            "position": item.position,
            "title": item.title,
            "kind": item.kind,
            "id": response.question_id if item.is_known else None,
            "question_version": response.version.content_hash if item.is_known else None,
            "drawn": response.parameters if item.is_known else None,
            "answer": response.answer,
            "answer_text": answers.as_text(response.content, response.answer) if response.answer else "",
            "saved_at": _moment(response.saved_at),
            "saves": response.revision,
            "seconds": round(measured[response.id], 1) if response.id in measured else None,
            "late_edits": [{"at": _moment(edit.at), "text": edit.text} for edit in late.get(response.id, ())],
            "max_points": response.max_points,
            "submissions": [
                _submission(one, f"{folder}/submission-{one.id}", files, is_shown=report is not None)
                for one in sent.get(response.id, ())
            ],
        }
        entry["files"] = _written(files, f"{folder}/last-save", (response.answer or {}).get("files", {}))
        if found := judged.get(response.id):
            entry |= _judgement(found)
        told.append(entry)
    return told


def _judgement(item: Item) -> dict[str, Any]:
    graded = item.response.graded_version
    return {
        "verdict": item.verdict,
        "verdict_text": item.verdict_text,
        "points": item.points,
        "is_judged": item.is_judged,
        "graded_with_version": graded.content_hash if graded else item.response.version.content_hash,
    }


def _submission(
    submission: Submission, folder: str, files: dict[str, bytes], *, is_shown: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": submission.id,
        "sent_at": _moment(submission.created_at),
        "is_from_draft": submission.is_from_draft,
        "files": _written(files, folder, submission.files),
    }
    if is_shown:
        told |= {"verdict": submission.verdict, "points": verdicts.points_of(submission)}
    return told


def _written(files: dict[str, bytes], folder: str, texts: Mapping[str, str]) -> list[str]:
    """Put texts below a folder of the archive; gives their paths there."""
    paths = []
    for path, text in sorted(texts.items()):
        place = f"{folder}/{path}"
        files[place] = text.encode("utf-8", "replace")
        paths.append(place)
    return paths


def _submissions(attempt: Attempt) -> dict[int, list[Submission]]:
    """Response id -> its full submissions in the order of sending, the newest MOST_SUBMISSIONS of each."""
    found: dict[int, list[Submission]] = {}
    sent: Sequence[Submission] = db.session.scalars(
        select(Submission)
        .join(Response, Submission.response_id == Response.id)
        .where(Response.attempt_id == attempt.id, Submission.scope == Scope.FULL)
        .order_by(Submission.id)
    ).all()
    for submission in sent:
        found.setdefault(submission.response_id, []).append(submission)
    return {response_id: listed[-MOST_SUBMISSIONS:] for response_id, listed in found.items()}


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")
