"""What `quizapp up` says: short lines, each with the part of the site it is about."""

import sys
import threading
from typing import TextIO


class Console:
    """Writes lines to a terminal or a file, whole and at once."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def line(self, part: str, text: str) -> None:
        """One line about a part of the site."""
        self.plain(f"  {part:<9} {text}")

    def plain(self, text: str = "") -> None:
        """A line of its own."""
        with self._lock:
            # Whoever reads us may be gone (a closed terminal); that is no reason to fail.
            try:
                self._stream.write(text + "\n")
                self._stream.flush()
            except OSError:
                self._stream = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the rest of our life
