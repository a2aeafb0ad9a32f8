"""Imports of the candidate's modules by test files: remote modules, whose names are proxies."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from sandbox.grader import remote, visitors
from sandbox.grader.context import run
from sandbox.grader.remote import Link, RemoteObject, RemoteType

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session

LOCAL_NAMES = frozenset(
    {"__spec__", "__path__", "__loader__", "__file__", "__package__", "__cached__", "__builtins__"}
)
TAKEN = (
    "test",
    "Test",
    "pytest",
    "setup",
    "setUp",
    "teardown",
    "tearDown",
    "_",
    "load_tests",
    "collect_ignore",
)
FUNCTION_KINDS = frozenset({"function", "builtin_function_or_method"})
_MISSING = object()


class Missing:
    """A name that the candidate's module does not have. Importing it is no error yet: only the tests that use it fail."""

    __test__ = False

    def __init__(self, module: str, name: str) -> None:
        self.__dict__["_quizapp_text"] = f"cannot import name {name!r} from {module!r}"

    def _fail(self, *_args: Any, **_kwargs: Any) -> Any:
        error = ImportError(self.__dict__["_quizapp_text"])
        if run().phase == "test":
            run().noted.append(error)  # also when the test expects any exception at all
        raise error

    def __getattr__(self, name: str) -> Any:
        if (
            (name.startswith("__") and name.endswith("__"))
            or name.startswith("_pytest")
            or not run().may_forward()
        ):
            raise AttributeError(name)
        return self._fail()

    def __repr__(self) -> str:
        return f"<{self.__dict__['_quizapp_text']}>"

    __call__ = __iter__ = __len__ = __getitem__ = __setitem__ = __enter__ = __exit__ = __contains__ = (
        __mro_entries__
    ) = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __lt__ = __gt__ = __le__ = __ge__ = (
        __setattr__
    ) = _fail
    __int__ = __float__ = __index__ = __format__ = __str__ = _fail

    def __eq__(self, other: object) -> bool:
        return self is other or bool(self._fail())

    def __hash__(self) -> int:
        return id(self)


class RemoteModule(types.ModuleType):
    """A module of the candidate."""

    def __init__(self, name: str, session: Session | None = None) -> None:
        super().__init__(name)
        values = self.__dict__
        values["_quizapp_session"] = session
        values["_quizapp_names"] = {}
        values["_quizapp_bound"] = {}
        values["_quizapp_public"] = None

    def _quizapp_load(self) -> None:
        """Import the module in the session, and learn its names."""
        name = self.__name__
        session: Session = self.__dict__["_quizapp_session"] or run().sessions.current()
        try:
            found = session.raw({"do": "names", "module": name}, touches=False)
        except SystemExit as error:
            if run().phase != "collect":
                raise
            left = ImportError(f"{name} ended the program while it was imported: SystemExit({error.code!r})")
            left.__dict__["_quizapp_place"] = error.__dict__.get("_quizapp_place")
            raise left from None
        session.loaded.add(name)
        names = found.get("names")
        if type(names) is not dict or not all(type(key) is str for key in names):
            raise session.broken()
        self.__dict__["_quizapp_names"] = {key: (session, form) for key, form in names.items()}
        public = found.get("all")
        if type(public) is list and all(type(key) is str for key in public):
            self.__dict__["_quizapp_public"] = public
        if found.get("package") is True:
            self.__dict__["__path__"] = []
        run().contract.note_names(name, {key: _kind(session, form) for key, form in names.items()})

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._quizapp_star(sys._getframe(1).f_globals)  # noqa: SLF001 - who imports
        if (name.startswith("__") and name != "__version__") or name.startswith("_quizapp"):
            raise AttributeError(name)
        value = self._quizapp_value(name)
        if isinstance(value, RemoteType):
            name_class(value, self.__name__, name, self.__dict__["_quizapp_session"])
        return value

    def _quizapp_value(self, name: str) -> Any:
        bound = self.__dict__["_quizapp_bound"]
        session, form = self.__dict__["_quizapp_names"].get(name, (None, _MISSING))
        if form is _MISSING:
            return self._quizapp_absent(name)
        kind = _kind(session, form)
        if run().phase == "test" and kind not in {"class", "function"}:
            return self._quizapp_ask(name)
        if name in bound:
            return bound[name]
        value = session.arrived(form, (f"{self.__name__}:{name}",))
        if type(value) is not Missing:
            value = bound_by_name(value, self.__name__, name, self.__dict__["_quizapp_session"])
            if run().phase != "test" or kind in {"class", "function"}:
                bound[name] = value
                run().sessions.watch.add(self.__name__, name, value)
        return value

    def _quizapp_ask(self, name: str) -> Any:
        session: Session = self.__dict__["_quizapp_session"] or run().sessions.current()
        body = {"do": "get", "o": {"n": [self.__name__]}, "name": name}
        return session.value(body, (f"{self.__name__}:{name}",), touches=False)

    def _quizapp_absent(self, name: str) -> Any:
        if not run().may_forward():
            raise AttributeError(name)
        if f"{self.__name__}.{name}" in {module_name(path) for path in run().modules}:
            raise AttributeError(name)  # the import system then imports the submodule
        if run().phase == "test":
            return self._quizapp_ask(name)
        return Missing(self.__name__, name)

    def _quizapp_star(self, taken: dict[str, Any]) -> list[str]:
        names = self.__dict__["_quizapp_public"] or [
            key for key in self.__dict__["_quizapp_names"] if not key.startswith("_")
        ]
        contract = run().contract
        if contract.knows(self.__name__):
            names = [key for key in names if contract.kind(self.__name__, key) is not None]
        return [
            key
            for key in names
            if key in self.__dict__["_quizapp_names"]
            and not hasattr(builtins, key)
            and key not in taken
            and not key.startswith(TAKEN)
            and not isinstance(self._quizapp_value(key), types.ModuleType)
        ]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in LOCAL_NAMES or isinstance(value, RemoteModule):
            super().__setattr__(name, value)
            return
        if name == "super":
            visitors.stand_in_for_super(value)
        session: Session = self.__dict__["_quizapp_session"] or run().sessions.current()
        session.call({"do": "setattr", "o": {"n": [self.__name__]}, "name": name}, (value,), {})

    def __delattr__(self, name: str) -> None:
        session: Session = self.__dict__["_quizapp_session"] or run().sessions.current()
        session.value({"do": "del", "o": {"n": [self.__name__]}, "name": name})

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} of your code>"

    def _quizapp_make_link(self) -> Link:
        return Link(self.__dict__["_quizapp_session"], name=(self.__name__,), title=self.__name__)


def _kind(session: Any, form: Any) -> str:
    if type(form) is not dict:
        return "plain"
    if "C" in form or "xt" in form:
        return "class"
    if "h" in form:
        mirror = session.table.classes.get(form.get("c"))
        return "function" if mirror is not None and mirror.__name__ in FUNCTION_KINDS else "object"
    return "object" if "x" in form else "plain"


def bound_by_name(value: Any, module: str, name: str, session: Session | None) -> Any:
    """The same remote object, but found by its name in whichever session is current."""
    if isinstance(value, RemoteObject):
        link = Link(session, name=(module, name), paths=(f"{module}:{name}",), title=name)
        return remote.make_object(type(value), link)
    return value


def name_class(mirror: Any, module: str, name: str, session: Session | None) -> None:
    """The test imports a class by name: it is a subject of the test from now on."""
    facts = remote.facts_of(mirror)
    contract = run().contract
    if facts.link is None and facts.local is None:
        facts.link = Link(session, name=(module, name), paths=(f"{module}:{name}",), title=name)
    if contract.knows(module):
        is_class = contract.kind(module, name) == "class"
    else:  # the reference's own run may name its classes as it likes
        is_class = contract.is_recording or (name[:1].isupper() and name in run().words)
    facts.is_subject = facts.is_subject or is_class


def module_name(path: str) -> str:
    """The dotted name of a submitted file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules among the candidate's files; what the grader itself or the tests have comes first."""

    def __init__(self, modules: Sequence[str], tests: Sequence[str]) -> None:
        own = {module_name(path).partition(".")[0] for path in tests} | {
            "conftest",
            "quizapp_testing",
            "sandbox",
        }
        self.names: set[str] = set()
        for path in modules:
            if path.endswith(".py"):
                parts = module_name(path).split(".")
                if (
                    parts[0] not in own
                    and all(part.isidentifier() for part in parts)
                    and not _is_ours(parts[0])
                ):
                    self.names |= {".".join(parts[: count + 1]) for count in range(len(parts))}

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """The spec of a candidate's module, or None."""
        if fullname not in self.names:
            return None
        is_package = any(name.startswith(f"{fullname}.") for name in self.names)
        return ModuleSpec(fullname, self, is_package=is_package)

    def create_module(self, spec: ModuleSpec) -> RemoteModule:
        """A remote module."""
        return RemoteModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Import it in the session."""
        if isinstance(module, RemoteModule):
            module._quizapp_load()  # noqa: SLF001 - our own class


def _is_ours(name: str) -> bool:
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        return True
    if name in sys.modules and not isinstance(sys.modules[name], RemoteModule):
        return True
    return (
        importlib.machinery.PathFinder.find_spec(name, [entry for entry in sys.path if "site" in entry])
        is not None
    )
