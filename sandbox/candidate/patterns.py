"""The regular expressions of what is imported ahead, compiled once when the image is built.

To compile them takes a tenth of the time until a container is ready, and each container is used once. The table holds
what Python's own compiler made of each pattern; what is not in it is compiled as ever.
"""

from __future__ import annotations

import contextlib
import importlib
import marshal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[2] / "patterns"
_compiler: Any = importlib.import_module("re._compiler")
_sre: Any = importlib.import_module("_sre")


@contextlib.contextmanager
def compiled_ahead(table: Path = TABLE) -> Iterator[None]:
    """Take patterns from the table for the length of a block, where there is one."""
    known: dict[Any, Any] = {}
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        known = marshal.loads(table.read_bytes())  # noqa: S302 - the image's own file
    compile_now = _compiler.compile

    def compiled(pattern: Any, flags: int = 0) -> Any:
        made = known.get((pattern, flags)) if type(pattern) in (str, bytes) else None
        return compile_now(pattern, flags) if made is None else _sre.compile(pattern, *made)

    _compiler.compile = compiled
    try:
        yield
    finally:
        _compiler.compile = compile_now


def write(table: Path) -> None:
    """Make the table: import what an agent does, and keep what each pattern became."""
    known: dict[tuple[Any, int], tuple[Any, ...]] = {}
    compile_now = _compiler.compile

    def noted(pattern: Any, flags: int = 0) -> Any:
        if type(pattern) in (str, bytes):
            parsed = _compiler._parser.parse(pattern, flags)  # noqa: SLF001 - no public way
            state = parsed.state
            names: list[str | None] = [None] * state.groups
            for name, number in state.groupdict.items():
                names[number] = name
            code = [int(word) for word in _compiler._code(parsed, flags)]  # noqa: SLF001
            kept = int(flags | state.flags), code, state.groups - 1, dict(state.groupdict), tuple(names)
            known[(pattern, int(flags))] = kept
        return compile_now(pattern, flags)

    _compiler.compile = noted
    importlib.import_module("sandbox.candidate.agent")
    importlib.import_module("sandbox.candidate.warmup").warm_up()
    table.write_bytes(marshal.dumps(known))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
