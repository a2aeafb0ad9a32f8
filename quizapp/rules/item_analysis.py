"""The figures of one question from the answers that were given to it, as plain JSON, ready to be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quizapp.rules import guessing, statistics
from quizapp.rules.ratings import Rating
from quizapp.rules.statistics import LEAST, Estimate


@dataclass(frozen=True)
class Answer:
    """One person's answer: its share of the points, and the share of all others in the same attempt.

    `rest` is None where nothing else was answered, `seconds` where nobody measured. `given` is the stored answer, of
    choice questions only.
    """

    version_id: int
    share: float
    rest: float | None = None
    seconds: float | None = None
    given: Mapping[str, Any] | None = None


def rest_of(total: float, most: float, points: float, max_points: float) -> float | None:
    """The share of the points of an attempt that lie outside one of its questions; None when it has no other."""
    others = most - max_points
    return max(0.0, min(1.0, (total - points) / others)) if others > 0 else None


def figures(
    answers: Sequence[Answer], contents: Mapping[int, Mapping[str, Any]], rating: Rating | None = None
) -> dict[str, Any]:
    """All figures; `contents` are the versions that were answered, by number.

    Options are counted for the version that most people met, since options may come and go between versions. Below LEAST
    answers there is nothing but their number: a figure from so few would tell more about them than about the question.
    """
    if len(answers) < LEAST:
        return {"n": len(answers), "is_enough": False}
    pairs = [(answer.share, answer.rest) for answer in answers]
    met = Counter(answer.version_id for answer in answers).most_common(1)[0][0]
    content = contents[met]
    return {
        "n": len(answers),
        "is_enough": True,
        "facility": _told(statistics.facility([answer.share for answer in answers])),
        "discrimination": _told(
            statistics.correlation([(share, rest) for share, rest in pairs if rest is not None])
        ),
        "seconds": _told(_median([one.seconds for one in answers if one.seconds is not None])),
        "guess": guessing.guess_share(content),
        "difficulty": content["difficulty"],
        "level": _told(rating.level) if rating is not None and rating.n >= LEAST else None,
        "options": _options(content, [answer for answer in answers if answer.version_id == met]),
    }


def _median(seconds: Sequence[float]) -> Estimate | None:
    return statistics.median(seconds) if len(seconds) >= LEAST else None


def _options(content: Mapping[str, Any], answers: Sequence[Answer]) -> list[dict[str, Any]]:
    if content["kind"] != "choice" or len(answers) < LEAST:
        return []
    told = guessing.options(
        content, [(one.given, one.rest if one.rest is not None else 0.0) for one in answers]
    )
    texts = [option["text"] for option in content["options"]]
    return [asdict(option) | {"text": texts[option.id], "n": len(answers)} for option in told]


def _told(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else asdict(estimate)
