"""The code of all that is imported ahead, compiled, in one file.

Each container is used once, in a file system of its own that nobody has looked into before: to find a module there, to
look at its file, to open and to read it takes a seventh of all imports. Where the table holds a module, it is read from
there; it is the module's own code, and the module knows its file as ever. What is not in it is imported as ever.

This is imported before anything else, and imports next to nothing.
"""

from __future__ import annotations

import marshal
import os
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType

TABLE = os.path.join(os.path.dirname(__file__), "..", "..", "bytecode")  # noqa: PTH118, PTH120 - see above
HEAD = 16  # bytes: the length of the list that follows, in decimal digits


class AtHand:
    """Finds modules in a table for the length of a block, where there is a table."""

    def __init__(self, table: str = TABLE) -> None:
        self._table = table
        self._file = -1
        self._begin = 0  # of the codes
        # Of each module: its file, whether it is a package, where its code begins among the codes, and how long that is.
        self._modules: dict[str, tuple[str, bool, int, int]] = {}

    def __enter__(self) -> None:
        try:
            self._file = os.open(self._table, os.O_RDONLY | os.O_CLOEXEC)
            self._begin = HEAD + int(os.pread(self._file, HEAD, 0))
            listed = os.pread(self._file, self._begin - HEAD, HEAD)
            self._modules = marshal.loads(listed)  # noqa: S302 - the image's own file
        except (OSError, ValueError, EOFError, TypeError):
            self._modules = {}
        sys.meta_path.insert(-1, self)  # before the finder of files, after what is a part of the interpreter

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)
        self._modules = {}
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """How to import a module of the table; asked by `import`."""
        known = self._modules.get(name)
        if known is None:
            return None
        file, is_package, _, _ = known
        spec = ModuleSpec(name, _Loader(self, name, file), origin=file, is_package=is_package)
        spec.has_location = True
        if is_package:
            spec.submodule_search_locations = [os.path.dirname(file)]  # noqa: PTH120
        return spec

    def code(self, name: str) -> CodeType | None:
        """The code of a module, None when the table does not hold it or is closed again."""
        known = self._modules.get(name)
        if known is None:
            return None
        _, _, begin, length = known
        code: CodeType = marshal.loads(os.pread(self._file, length, self._begin + begin))  # noqa: S302
        return code


class _Loader(SourceFileLoader):
    """The loader that a module of a file has, but for where its code comes from the first time."""

    def __init__(self, table: AtHand, name: str, file: str) -> None:
        super().__init__(name, file)
        self._table = table

    def get_code(self, name: str) -> CodeType | None:
        return self._table.code(name) or super().get_code(name)


def write(table: str) -> None:
    """Make a table of all modules of files that are imported by now."""
    modules: dict[str, tuple[str, bool, int, int]] = {}
    codes: list[bytes] = []
    begin = 0
    for name, module in tuple(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if spec is None or spec.name != name or type(spec.loader) is not SourceFileLoader:
            continue
        code = marshal.dumps(spec.loader.get_code(name))
        modules[name] = spec.origin, spec.submodule_search_locations is not None, begin, len(code)
        begin += len(code)
        codes.append(code)
    listed = marshal.dumps(modules)
    with open(table, "wb") as file:  # noqa: PTH123
        file.writelines([b"%-*d" % (HEAD, len(listed)), listed, *codes])


def main() -> None:
    """Make the image's table: import what an agent does, and every package that questions can ask for."""
    import importlib.metadata  # noqa: PLC0415 - imported where the table is made, and nowhere else

    importlib.import_module("sandbox.candidate.agent")
    importlib.import_module("sandbox.candidate.warmup").warm_up(importlib.metadata.packages_distributions())
    write(sys.argv[1])


if __name__ == "__main__":
    main()
