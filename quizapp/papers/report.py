"""A candidate's report as a PDF: the same figures and answers as its page, in the same order."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from quizapp.pages import duration, plural, points
from quizapp.papers import answers
from quizapp.papers.blocks import Block, markdown
from quizapp.rules import titles
from quizapp.services.comparing import Comparison
from quizapp.services.practising_next import Topic
from quizapp.services.report_figures import Bar
from quizapp.services.report_items import Item
from quizapp.services.reports import Report
from quizapp.services.sections import PartTime

_TEMPLATE = Path(__file__).with_name("report.typ")
# A fault of ours is nobody's failure; what is neither right nor wrong is told by its words.
_TONES = {
    "accepted": "pass",
    **dict.fromkeys(("none", "waiting", "part", "running", "internal_error"), "none"),
}


def pdf(
    report: Report,
    allowed: float | None,
    comparison: Comparison | None,
    next_topics: list[Topic],
    candidate: str | None = None,
) -> bytes:
    """The PDF file, with a structure that screen readers follow (PDF/UA-1 where its fonts have every character).

    `allowed`: minutes from start to deadline. `candidate`: what staff may call whoever sat it; None for their own.
    """
    told = json.dumps(document(report, allowed, comparison, next_topics, candidate), ensure_ascii=False)
    inputs = {"told": told.replace("\0", "").encode("utf-8", "replace").decode()}  # half a character is none
    try:
        made = typst.compile(_template(), format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"])
    except typst.TypstError:  # somebody wrote a character that no font here has; then it is only tagged
        made = typst.compile(_template(), format="pdf", sys_inputs=inputs)
    if not isinstance(made, bytes):
        raise TypeError(type(made))
    return made


def document(
    report: Report,
    allowed: float | None,
    comparison: Comparison | None,
    next_topics: list[Topic],
    candidate: str | None = None,
) -> dict[str, Any]:
    """What the template sets, as plain JSON."""
    attempt, total = report.attempt, report.total
    return {
        "title": report.title,
        "candidate": candidate or attempt.user.name,
        "when": f"{_moment(attempt.started_at)} to {_moment(attempt.finished_at)} UTC",
        "number": attempt.id,
        "state": _state(report),
        "points": points(total.points),
        "max_points": points(total.max_points),
        "percent": total.percent,
        "percent_text": points(total.percent),
        "is_complete": total.is_complete,
        "expected": report.expected_percent,
        "pass_line": report.pass_line,
        "facts": _facts(report, allowed),
        "charts": _charts(report),
        "own": _own(comparison),
        "others": _others(comparison),
        "next": [_topic(topic) for topic in next_topics],
        "questions": [_question(item) for item in report.items],
    }


def _charts(report: Report) -> list[dict[str, Any]]:
    of_topics = {"title": "By topic", "first": "Topic", "bars": [_bar(bar) for bar in report.topic_bars]}
    of_parts = {"title": "By part", "first": "Part", "bars": [_bar(bar) for bar in report.section_bars]}
    return [of_topics, of_parts] if len(report.sections) > 1 else [of_topics]


def _own(comparison: Comparison | None) -> list[dict[str, Any]]:
    """The person's attempts at the interview; nothing where this is the only one."""
    return [
        {
            "at": _moment(one.at),
            "percent": one.percent,
            "text": f"{points(one.percent)} %" + ("" if one.is_complete else " so far"),
            "here": one.is_here,
        }
        for one in (comparison.own if comparison and len(comparison.own) > 1 else [])
    ]


@lru_cache(maxsize=1)
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _state(report: Report) -> str:
    if report.is_grading:
        return "Code is being graded. The score is what is known so far."
    told = []
    if report.not_graded:
        told.append(f"{plural(report.not_graded, 'answer')} could not be graded by a fault on our side.")
    if report.waiting:
        waiting = "answer waits for a person to grade it", "answers wait for a person to grade them"
        told.append(f"{plural(report.waiting, *waiting)}.")
    return " ".join([*told, "The score is incomplete and is not scaled up."]) if told else ""


def _facts(report: Report, allowed: float | None) -> list[list[str]]:
    total = report.total
    rows = [
        ["Time used", f"{points(report.minutes_used)} of {points(allowed)} min"],
        *_given(report),
        *([part.title, _of_part(part)] for part in report.parts),
        ["Full points", f"{total.full_count} of {plural(total.count, 'question')}"],
        ["Not answered", f"{sum(item.verdict == 'none' for item in report.items)} of {total.count}"],
    ]
    if report.active_seconds is not None:
        rows.append(["On the questions", f"{duration(report.active_seconds)}, pauses left out"])
    if report.expected_percent is not None:
        rows.append(
            ["Expected of this form", f"{points(report.expected_percent)} %, by the authors' difficulty"]
        )
    if report.pass_line:
        is_reached = total.percent >= report.pass_line
        word = ("reached" if is_reached else "not reached") if total.is_complete else "open"
        rows.append(["Line to pass", f"{points(report.pass_line)} %, {word}"])
    if report.late_saves:
        rows.append(["Too late", f"{plural(report.late_saves, 'save')}, kept, not graded"])
    return rows


def _given(report: Report) -> list[list[str]]:
    seconds = report.given_seconds
    return [["Time given", f"{duration(seconds)}, within these minutes"]] if seconds else []


def _of_part(part: PartTime) -> str:
    if part.minutes_used is None:
        return "not begun"
    of_all = "" if part.minutes_allowed is None else f" of {points(part.minutes_allowed)}"
    return f"{points(part.minutes_used)}{of_all} min"


def _others(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    others, standing = comparison.others, comparison.others.standing
    if not others.is_enough:
        return f"Not enough attempts of others yet ({others.count} of {others.needed})."
    if standing is None:
        return "It is compared with others once everything is graded."
    return (
        f"Better than {points(standing.percent)} % of {others.count} first attempts of others "
        f"(95 % interval {points(standing.low)} to {points(standing.high)} %)."
    )


def _topic(topic: Topic) -> str:
    told = [f"{titles.topic_title(topic.topic)}: {points(topic.points)} points lost"]
    if topic.failed:
        told.append(f"{topic.failed} practice questions tried and not solved")
    if topic.unseen:
        told.append(f"{topic.unseen} not tried")
    return ", ".join(told) + "."


def _bar(bar: Bar) -> dict[str, Any]:
    return {
        "title": titles.topic_title(bar.title),
        "percent": bar.total.percent,
        "expected": bar.expected_percent,
        "points": f"{points(bar.total.points)} of {points(bar.total.max_points)}",
        "time": "" if bar.seconds is None else duration(bar.seconds),
    }


def _question(item: Item) -> dict[str, Any]:
    told = [f"{points(item.points)} of {points(item.max_points)} points"]
    if item.effort.seconds is not None:
        told.append(duration(item.effort.seconds))
    if item.effort.submissions or item.effort.runs:
        told.append(f"{plural(item.effort.submissions, 'submission')}, {plural(item.effort.runs, 'run')}")
    blocks: list[Block] = [*markdown(item.content["prompt"]), *answers.of_item(item)]
    return {
        "title": f"{item.position}. {item.content['title']}",
        "topic": titles.topic_title(item.content["topic"]),
        "verdict": item.verdict_text,
        "tone": _TONES.get(item.verdict, "fail"),
        "facts": ", ".join(told),
        "regraded": _regraded(item),
        "blocks": blocks,
        "why": markdown(item.content["explanation"]),
        "late": answers.late(item),
    }


def _regraded(item: Item) -> str:
    if item.regraded is None:
        return ""
    before = points(item.regraded.old_points)
    return f"Graded again with a corrected version: {before} points before, {points(item.points)} now."


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value.day} {value:%B %Y}, {value:%H:%M}"
