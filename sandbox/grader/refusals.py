"""What ends a test whatever the test catches: broken trust, a gone session, a time limit.

These are no `Exception`s, so that `pytest.raises(Exception)` is not content with them, and each is noted when it is
made: a test in which one came up cannot pass, even when the test swallowed it.
"""

from __future__ import annotations

from typing import Any


class Refusal(BaseException):
    """A test may not go on like this. The text is a sentence for the author of the test, or for the candidate."""

    word = "refused"


class NotTrusted(Refusal):
    """An object of the candidate was about to be taken for a plain value."""


class CannotPass(Refusal):
    """A test tried to hand the candidate's code something that may not cross."""

    word = "cannot cross"


class SessionEnded(Refusal):
    """The candidate's process ended before it answered."""

    word = "ended"


class ChannelBroken(Refusal):
    """The candidate's side sent what the protocol does not allow."""

    word = "broke channel"


class ControlRaised(Refusal):
    """The candidate's code raised what would control the test runner."""

    word = "control"

    def __init__(self, text: str, place: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.place = place


class TestTimeLimit(Refusal):
    """The test took longer than it may."""

    __test__ = False
    word = "time"
