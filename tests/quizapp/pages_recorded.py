"""Pages of an attempt that record, in tests: frames are sent as the scripts send them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.quizapp.people import Person

_names = itertools.count(1)


@dataclass
class RecordingPage:
    """One open page of one question. Entries are those of `quizapp.rules.tapes`."""

    person: Person
    response_id: int
    age: int = 0  # hundredths of a second
    sequence: int = 0
    session: str = field(default_factory=lambda: f"{next(_names):032x}")

    def send(self, *entries: Any, sequence: int | None = None, **changes: Any) -> TestResponse:
        """Send a frame; the next one gets the next number."""
        body = {
            "session": self.session,
            "sequence": self.sequence if sequence is None else sequence,
            "age": self.age,
            "entries": list(entries),
            **changes,
        }
        reply = self.person.send_json("PUT", f"/responses/{self.response_id}/recording", body)
        if reply.status_code == 200 and sequence is None:
            self.sequence += 1
        return reply
