"""The objects of a session that tests hold handles of, and the way of values to the tests and back."""

from __future__ import annotations

import enum
import importlib
import operator
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.candidate import classes
from sandbox.candidate.faults import describe, relative, safe_text
from sandbox.candidate.visitors import Visitors
from sandbox.decoding import Decoder
from sandbox.encoding import Encoder, is_plain_type
from sandbox.values import ValueProblem

MAX_CAUSES = 3


class ImportFailed(Exception):
    """A module of the candidate could not be imported; `error` is what it raised."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


class ObjectTable:
    """Numbers for objects and classes, and values in both directions. `ask_back(body)` asks the tests."""

    def __init__(self, folder: Path, ask_back: Callable[[dict[str, Any]], Any]) -> None:
        self.folder = folder
        self.visitors = Visitors(ask_back, self)
        self.objects: dict[int, Any] = {}
        self.recipes: dict[str, Any] = {}
        self.new_classes: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}
        self._classes: dict[type, int] = {}
        self._own: dict[type, bool] = {}

    # Out of the session

    def encode(self, value: Any) -> Any:
        """The form of a value for the tests. Raises `ValueProblem`."""
        return Encoder(self.other).encode(value)

    def other(self, value: Any) -> Any:
        """The form of what is not plain: a handle, a class, an exception, or a test's own object going home."""
        visitor = self.visitors.number(value)
        if visitor is not None:
            return {"tf": visitor}
        kind = type(value)
        if issubclass(kind, type):
            if classes.is_shared_exception(value):
                return {"xt": list(classes.origin(value))}
            return {"C": self.class_number(value), "h": self.number(value)}
        if issubclass(kind, BaseException) and kind is not SystemExit and issubclass(kind, Exception):
            return {"x": self.exception(value)}
        form: dict[str, Any] = {"h": self.number(value), "c": self.class_number(kind)}
        hidden = self._hidden(value, kind)
        if hidden:
            form["sh"] = hidden
        if kind is types.MethodType or kind is types.FunctionType or kind is types.BuiltinFunctionType:
            form["nm"] = str(getattr(value, "__name__", ""))[:200]
        if kind is types.ModuleType:
            form["nm"] = str(value.__name__)[:200]
        if kind is types.MethodType and self._is_method_of_class(value):
            form["bm"] = True
        if issubclass(kind, enum.Enum):
            form["nm"] = str(getattr(value, "_name_", ""))[:200]
        return form

    @staticmethod
    def _is_method_of_class(value: types.MethodType) -> bool:
        name = getattr(value.__func__, "__name__", "")
        for base in type.__dict__["__mro__"].__get__(type(value.__self__)):
            if name in base.__dict__:
                return base.__dict__[name] is value.__func__
        return False

    def _hidden(self, value: Any, kind: type) -> list[str]:
        if not self.is_own(kind):
            return []
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return []
        known = classes.methods(kind, self.is_own)
        return [name for name in known if name in attributes] if type(attributes) is dict else []

    def number(self, value: Any) -> int:
        """The number of a handle; the same object always has the same one."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.objects) + 1
            self.objects[number] = value
        return number

    def is_own(self, kind: type) -> bool:
        """Whether a class was defined in a file of the candidate (or made by one)."""
        found = self._own.get(kind)
        if found is None:
            module, _name = classes.origin(kind)
            path = getattr(sys.modules.get(module), "__file__", None)
            found = self._own[kind] = module == "__main__" or bool(relative(path, self.folder))
        return found

    def class_number(self, kind: type) -> int:
        """The number of a class; its description is queued for the answer when it is new."""
        number = self._classes.get(kind)
        if number is None:
            bases: list[dict[str, Any]] = []
            for base in classes.direct_bases(kind):
                if classes.is_shared_exception(base):
                    bases.append({"xt": list(classes.origin(base))})
                elif issubclass(base, BaseException) and not self.is_own(base) and classes.is_builtin(base):
                    bases.append({"xt": ["builtins", "Exception"]})
                elif base is not object and not is_plain_type(base) and base is not type:
                    bases.append({"c": self.class_number(base)})
            number = self._classes[kind] = len(self._classes) + 1
            module, name = classes.origin(kind)
            own = self.is_own(kind)
            meta = type(kind)
            local = kind.__dict__.get("__quizapp__")
            described: dict[str, Any] = {"local": local} if type(local) is str else {}
            self.new_classes.append(
                described
                | {
                    "id": number,
                    "h": self.number(kind),
                    "module": module,
                    "name": name,
                    "bases": bases,
                    "special": classes.special_methods(kind),
                    "methods": classes.methods(kind, self.is_own) if own else [],
                    "meta": [] if meta is type else classes.special_methods(meta),
                    "hashable": classes.is_hashable(kind),
                    "own": own,
                    "of": []
                    if own
                    else [base.__name__ for base in type.__dict__["__mro__"].__get__(kind)][:24],
                }
            )
        return number

    def take_classes(self) -> list[dict[str, Any]]:
        """The descriptions that the next answer has to carry."""
        taken, self.new_classes = self.new_classes, []
        return taken

    def exception(self, error: BaseException, depth: int = 0) -> dict[str, Any]:
        """The form of an exception: class, arguments, text, attributes, causes, place. Never raises."""
        home = self.visitors.home(error)
        if home is not None:
            return {"home": home}
        kind = type(error)
        form: dict[str, Any] = {"place": describe(error, self.folder)}
        if classes.is_shared_exception(kind):
            form["cls"] = {"xt": list(classes.origin(kind))}
            form["attrs"] = self._attributes(error)
        elif issubclass(kind, Exception):
            form["cls"] = {"c": self.class_number(kind)}
            form["h"] = self.number(error)
        else:
            form["cls"] = {"control": classes.origin(kind)[1]}
        form["text"] = safe_text(str, error)
        form["args"] = self._arguments(error)
        if isinstance(error, SystemExit):
            code: Any = error.code
            form["args"] = [code if type(code) in (int, str, type(None)) else 1]
        if depth < MAX_CAUSES:
            for name, cause in (("cause", error.__cause__), ("context", error.__context__)):
                if isinstance(cause, Exception):
                    form[name] = self.exception(cause, depth + 1)
            form["suppress"] = bool(error.__suppress_context__)
        return form

    def _arguments(self, error: BaseException) -> list[Any]:
        found = []
        arguments = BaseException.args.__get__(error)[:20]  # type: ignore[attr-defined]
        if (
            isinstance(error, OSError)
            and error.filename is not None
            and len(arguments) == len(("errno", "strerror"))
        ):
            arguments = (*arguments, error.filename)
        for argument in arguments:
            try:
                found.append(self.encode(argument))
            except ValueProblem:
                found.append(safe_text(repr, argument))
        return found

    def _attributes(self, error: BaseException) -> dict[str, Any]:
        found = {}
        for name, value in list(getattr(error, "__dict__", {}).items())[:30]:
            if type(name) is str and not name.startswith("__"):
                try:
                    found[name] = self.encode(value)
                except ValueProblem:
                    continue
        return found

    # Into the session

    def decode(self, form: Any, memo: dict[int, Any] | None = None) -> Any:
        """The value that the tests sent."""
        return self.decoder(memo).decode(form)

    def decoder(self, memo: dict[int, Any] | None = None) -> Decoder:
        """A decoder of what the tests send."""
        return Decoder(self.resolve, memo=memo, may_import=True)

    def resolve(self, form: dict[str, Any]) -> Any:
        """The object that a reference of the tests means."""
        if "n" in form:
            return self.find(form["n"])
        if "h" in form:
            return self.objects[form["h"]]
        if "r" in form:
            return self._recipe(form)
        if "py" in form:
            module, name = form["py"]
            return operator.attrgetter(name)(importlib.import_module(module))
        if "x" in form:
            return self.visitors.exception(form["x"])
        return self.visitors.visitor(form)

    def find(self, path: list[str]) -> Any:
        """What `module.name.name` is now; the module is imported when it is not yet."""
        module, *names = path
        found = self.module(module)
        for name in names:
            found = getattr(found, name)
        return found

    def module(self, name: str) -> Any:
        """A module, imported when it is not yet. Raises `ImportFailed`."""
        try:
            return sys.modules[name] if name in sys.modules else importlib.import_module(name)
        except BaseException as error:
            raise ImportFailed(error) from error

    def _recipe(self, form: dict[str, Any]) -> Any:
        key = form["r"]
        if key not in self.recipes:
            self.recipes[key] = self.perform(form["do"])
        return self.recipes[key]

    perform: Callable[[dict[str, Any]], Any]  # set by the session: does what an ask's body says
