"""What tests pass into the candidate's code: functions that can be called, iterators, and exposed objects. Nothing else."""

from __future__ import annotations

import builtins
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.candidate.faults import relative


class TestError(Exception):
    """An exception of a test's own class, raised by a function that the test passed in."""


class TestControl(BaseException):
    """What ends a test, raised by a function that the test passed in."""


class Visitors:
    """The session's side of the tests' objects."""

    def __init__(self, ask_back: Callable[[dict[str, Any]], Any], table: Any) -> None:
        self._ask_back = ask_back
        self._table = table
        self._by_number: dict[tuple[Any, ...], Any] = {}
        self._numbers: dict[int, int] = {}
        self._raised: dict[int, tuple[int, BaseException]] = {}
        self._homes: dict[int, BaseException] = {}
        self._kinds: dict[int, type[BaseException]] = {}

    def number(self, value: Any) -> int | None:
        """The number under which the test knows this object, when it is the test's."""
        return self._numbers.get(id(value))

    def home(self, error: BaseException) -> int | None:
        """The number of an exception of the test."""
        found = self._raised.get(id(error))
        return found[0] if found else None

    def visitor(self, form: dict[str, Any]) -> Any:
        """The stand-in for an object of the test."""
        number, kind = form["tf"], form["k"]
        key = (number, kind, tuple(form.get("names", ())))
        if key not in self._by_number:
            made = getattr(self, f"_{kind}")(form)
            self._by_number[key] = made
            self._numbers[id(made)] = number
        return self._by_number[key]

    def _call(self, number: int, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        body: dict[str, Any] = {"do": "call", "tf": number, "args": [self._table.encode(a) for a in args]}
        if kwargs:
            body["kw"] = {key: self._table.encode(value) for key, value in kwargs.items()}
        if name is not None:
            body["name"] = name
        code = sys._getframe(2).f_code  # noqa: SLF001 - who calls the stand-in
        body["by"] = [code.co_name[:100], relative(code.co_filename, self._table.folder)[:300]]
        return self._answer(body)

    def _answer(self, body: dict[str, Any]) -> Any:
        reply = self._ask_back(body)
        if "error" in reply:
            raise self.exception(reply["error"])
        return self._table.decode(reply.get("ok"))

    def exception(self, form: dict[str, Any]) -> BaseException:
        """An exception of the test: the same object each time it comes."""
        home = form.get("home")
        if home is None:
            return self._built(form)
        if home not in self._homes:
            error = self._homes[home] = self._built(form)
            self._raised[id(error)] = (home, error)
        return self._homes[home]

    def _built(self, form: dict[str, Any]) -> BaseException:
        args = [self._table.decode(item) for item in form["args"]]
        if "py" in form:
            module, name = form["py"]
            kind: Any = getattr(importlib.import_module(module), name)
            made: BaseException = kind.__new__(kind, *args)
            made.args = tuple(args)
            return made
        if "h" in form:
            found: BaseException = self._table.objects[form["h"]]
            return found
        return self._kind(form)(*args)

    def _kind(self, form: dict[str, Any]) -> type[BaseException]:
        """The stand-in for an exception class of the test's own; the test knows it again."""
        base = TestControl if form.get("control") else TestError
        number = form.get("of", 0)
        if number not in self._kinds:
            kind = self._kinds[number] = type(form.get("name", "TestError"), (base,), {})
            self._numbers[id(kind)] = number
        return self._kinds[number]

    def _function(self, form: dict[str, Any]) -> Any:
        number = form["tf"]

        def function(*args: Any, **kwargs: Any) -> Any:
            return self._call(number, None, args, kwargs)

        return _dressed(function, form)

    def _coroutine(self, form: dict[str, Any]) -> Any:
        number = form["tf"]

        async def function(*args: Any, **kwargs: Any) -> Any:
            return self._call(number, None, args, kwargs)

        return _dressed(function, form)

    def _iterator(self, form: dict[str, Any]) -> Iterator[Any]:
        number = form["tf"]

        class TestIterator:
            def __iter__(self) -> Iterator[Any]:
                return self

            def __next__(inner) -> Any:  # noqa: N805 - `self` is the visitors
                reply = self._ask_back({"do": "next", "tf": number})
                if reply.get("stop"):
                    raise StopIteration
                if "error" in reply:
                    raise self.exception(reply["error"])
                return self._table.decode(reply.get("ok"))

        return TestIterator()

    def _object(self, form: dict[str, Any]) -> Any:
        number, methods = form["tf"], frozenset(form.get("methods", ()))
        names = frozenset(form.get("names", ())) | methods
        title, taken = form.get("nm", "object"), form.get("taken")
        missing = f"the test's {title} has no {{!r}} for your code"
        if form.get("own"):
            missing += (
                ": an object of a test's class has its methods only; expose(obj, 'name', ...) gives more"
            )

        def get(_self: Any, name: str) -> Any:
            is_new = taken is not None and not name.startswith("_") and name not in taken
            if name not in names and not is_new:
                raise AttributeError(missing.format(name))
            if name not in names or name in methods:
                return lambda *args, **kwargs: self._call(number, name, args, kwargs)
            return self._answer({"do": "attribute", "tf": number, "name": name})

        def put(_self: Any, name: str, value: Any) -> None:
            if name not in names:
                raise AttributeError(missing.format(name))
            self._answer({"do": "assign", "tf": number, "name": name, "value": self._table.encode(value)})

        def special(name: str) -> Callable[..., Any]:
            return lambda _self, *args, **kwargs: self._call(number, name, args, kwargs)

        space: dict[str, Any] = {name: special(name) for name in methods if name.startswith("__")}
        if "__call__" in space:
            space |= {"__name__": title, "__doc__": None}
        if "__eq__" in space:
            space.setdefault("__hash__", object.__hash__)
        return object.__new__(type(title, (), space | {"__getattr__": get, "__setattr__": put}))


def _dressed(function: Any, form: dict[str, Any]) -> Any:
    function.__name__ = function.__qualname__ = form.get("nm", "function")
    function.__doc__ = form.get("doc")
    function.__module__ = "tests"
    parameters = form.get("sig")
    if parameters is not None:
        try:
            function.__signature__ = inspect.Signature(
                [
                    inspect.Parameter(
                        name,
                        builtins.getattr(inspect.Parameter, kind),
                        default=... if has else inspect.Parameter.empty,
                    )
                    for name, kind, has in parameters
                ]
            )
        except ValueError:
            return function
    return function
