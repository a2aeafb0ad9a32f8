"""An outcome in the form that is kept with the submission: no more than a row should hold, and only what stores take."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.protocol import Outcome

MOST_BYTES = 1024 * 1024  # of one outcome; the limits of a run leave it far below that
SHORT_TEXT = 2000
CUT = " ... (cut)"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNSTORABLE = re.compile(r"\\u0000|\\ud[89a-f]")


def storable(outcome: Outcome, expected: int) -> dict[str, Any]:
    """The outcome as JSON values, with the number of tests that had to run.

    PostgreSQL takes neither NUL nor half a character; both become U+FFFD. What is too large loses the ends of its texts.
    """
    stored = outcome.to_json()
    del stored["contract"], stored["collected"]
    stored["expected_tests"] = expected
    text = json.dumps(stored)
    if _MAYBE_UNSTORABLE.search(text):
        stored = _mapped(stored, lambda part: _UNSTORABLE.sub("\ufffd", part))
    if len(text) > MOST_BYTES:
        stored = _mapped(stored, _shortened) | {"stdout_cut": True, "stderr_cut": True}
    return stored


def _shortened(text: str) -> str:
    return text if len(text) <= SHORT_TEXT else text[:SHORT_TEXT] + CUT


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_mapped(key, change): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return value
