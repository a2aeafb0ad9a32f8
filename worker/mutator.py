"""Small faults put into a solution, one at a time: what its tests have to notice.

Rules only: text in, texts out, nothing is run. Each fault is one edit of the text itself (see `faults`), so that what
changed can be shown beside what was. An edit that leaves the compiled code as it was, or makes the same code as one
before it, is no mutant.
"""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from dataclasses import dataclass
from types import CodeType
from typing import Any

from worker.faults import Faults
from worker.source import Source

MAX_LINES = 8  # of the difference that is shown


@dataclass(frozen=True)
class Mutant:
    """A solution's file with one fault in it."""

    path: str
    line: int  # from 1, in this file
    rule: str
    number: int  # among the faults of this file that have the same line and rule, from 1
    text: str  # of the whole file
    difference: str  # lines that begin with "-" or "+"

    @property
    def name(self) -> str:
        """What a question calls it: stays the same as long as the lines above and the line itself do."""
        more = f" ({self.number})" if self.number > 1 else ""
        return f"{self.path}:{self.line} {self.rule}{more}"


def mutants(path: str, text: str) -> list[Mutant]:
    """Every mutant of one file that compiles to other code, in the order of its lines. No Python, no mutants."""
    if not path.endswith(".py"):
        return []
    source = Source(text)
    seen = {_meaning(text)}
    found: list[Mutant] = []
    numbers: Counter[tuple[int, str]] = Counter()
    edits = sorted(Faults(source).of_module(), key=lambda edit: (edit.spot.start, edit.spot.end))
    for edit in edits:
        changed = source.replaced(edit.spot, edit.text)
        meaning = _meaning(changed)
        if meaning is None or meaning in seen:
            continue
        seen.add(meaning)
        line = source.line(edit.spot)
        numbers[line, edit.rule] += 1
        difference = _difference(text, changed)
        found.append(Mutant(path, line, edit.rule, numbers[line, edit.rule], changed, difference))
    return found


def _difference(text: str, changed: str) -> str:
    lines = difflib.unified_diff(text.splitlines(), changed.splitlines(), n=0, lineterm="")
    told = [
        line for line in itertools.islice(lines, 2, None) if not line.startswith("@@") and line[1:].strip()
    ]
    more = [f"  ... {len(told) - MAX_LINES} more lines"] if len(told) > MAX_LINES else []
    return "\n".join(told[:MAX_LINES] + more)


def _meaning(text: str) -> Any:
    """What a file compiles to, without the places of it; None when it does not compile."""
    try:
        return _code(compile(text, "solution", "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return None


def _code(code: CodeType) -> tuple[Any, ...]:
    constants = tuple(
        _code(one) if isinstance(one, CodeType) else (type(one).__name__, repr(one)) for one in code.co_consts
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return (code.co_name, code.co_code, code.co_exceptiontable, constants, names, counts)
