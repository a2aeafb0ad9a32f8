"""The figures of an interview as a whole from the scores of those who sat it, as plain JSON, ready to be kept."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from quizapp.rules import percentiles
from quizapp.rules import statistics as estimates
from quizapp.rules.statistics import LEAST, Consistency, Estimate

WIDTH = 5  # of a class of scores, in percent


def figures(
    percents: Sequence[float],
    seconds: Sequence[float],
    consistency: Consistency,
    pass_line: float | None = None,
) -> dict[str, Any]:
    """How scores spread. `percents` are those of complete attempts, `seconds` what people took from start to end.

    Shares and the mean are told as 0..1, `median`, `deviation` and `error` in percent. `error` is the standard error of measurement
    of classical test theory: the deviation times the root of 1 - alpha, None where alpha is not known or below 0.
    Below LEAST scores there is nothing but their number.
    """
    if len(percents) < LEAST:
        return {"n": len(percents), "is_enough": False}
    deviation = statistics.stdev(percents)
    alpha = consistency.alpha.value if consistency.is_enough and consistency.alpha else None
    passed = sum(percent >= pass_line for percent in percents) if pass_line is not None else 0
    return {
        "n": len(percents),
        "is_enough": True,
        "mean": _told(estimates.facility([percent / 100 for percent in percents])),
        "median": round(statistics.median(percents), 1),
        "deviation": round(deviation, 1),
        "error": None if alpha is None or alpha < 0 else round(deviation * math.sqrt(1 - alpha), 1),
        "bars": percentiles.classes(percents, WIDTH),
        "pass_line": pass_line,
        "passed": None if pass_line is None else _told(estimates.proportion(passed, len(percents))),
        "seconds": _told(estimates.median(seconds)) if len(seconds) >= LEAST else None,
    }


def _told(estimate: Estimate | None) -> dict[str, Any] | None:
    return None if estimate is None else asdict(estimate)
