"""What an ask of the tests can have done in a session: one method for each word of `do`."""

from __future__ import annotations

import builtins
import importlib
import math
import operator
import os
import shutil
import sys
import types
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.candidate import flaskside, web
from sandbox.candidate.listening import Listener, Tee
from sandbox.candidate.objects import ImportFailed, ObjectTable
from sandbox.encoding import Encoder
from sandbox.values import ValueProblem

if TYPE_CHECKING:
    import asyncio

ITEMS_AT_ONCE = 500
MAX_NAMES = 800


def _contains(container: Any, item: Any) -> bool:
    return item in container


OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, f"__{name}__")
    for name in ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift", "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor", "ilshift", "irshift", "lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "abs", "invert", "index", "getitem", "setitem", "delitem"]
} | {
    "len": len, "bool": bool, "str": str, "repr": repr, "int": int, "float": float, "complex": complex, "bytes": bytes,
    "round": round, "trunc": math.trunc, "floor": math.floor, "ceil": math.ceil, "divmod": divmod, "format": format,
    "reversed": reversed, "iter": iter, "contains": _contains, "dir": dir, "pow3": pow, "fspath": os.fspath,
    "issubclass": issubclass,
}  # fmt: skip


class Operations:
    """Does what asks say. Values come back as they are; the session encodes them."""

    def __init__(self, table: ObjectTable, folder: Path, temporary: Path) -> None:
        self.table = table
        self.folder = folder
        self.temporary = temporary
        self.main = "app"
        self.listener = Listener()
        self.tees: dict[str, Tee] = {}
        self._app: Any = None
        self._ready: Any = None  # the application of which the tests were told ahead
        self._replaced: dict[tuple[type, str], Any] = {}  # what tests replaced in classes
        self._exchanges: dict[int, web.Exchange] = {}
        self._contexts: dict[int, ExitStack] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        table.perform = self.perform

    def perform(self, body: dict[str, Any], memo: dict[int, Any] | None = None) -> Any:
        """Do what one ask says. Raises whatever the candidate's code raises."""
        found: Callable[..., Any] | None = getattr(self, f"do_{body['do']}", None)
        if found is None:
            msg = f"unknown: {body['do']}"
            raise ValueProblem(msg)
        return found(body, {} if memo is None else memo)

    def _target(self, body: dict[str, Any]) -> Any:
        return self.table.decode(body["o"])

    def _arguments(self, body: dict[str, Any], memo: dict[int, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call; with tracked containers among them they were decoded before (see `Decoded`)."""
        if "decoded" in body:
            given: Decoded = body["decoded"]
            return given.args, given.kwargs
        decoder = self.table.decoder(memo)
        args = [decoder.decode(item) for item in body.get("args", [])]
        return args, {name: decoder.decode(item) for name, item in body.get("kw", {}).items()}

    # Modules and objects

    def do_names(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The names of a module and what they are, in one answer."""
        module = self.table.module(body["module"])
        forms: dict[str, Any] = {}
        for name, value in list(vars(module).items())[:MAX_NAMES]:
            if type(name) is str and not name.startswith("__"):
                try:
                    forms[name] = self.table.encode(value)
                except ValueProblem:
                    continue
        return Form({"names": forms, "package": hasattr(module, "__path__"), "all": _public(module)})

    def do_env(self, _body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Nothing more: variables were set before (see the session)."""
        return Form()

    def do_import(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Import modules for their own sake, the main one by default."""
        for name in body.get("modules") or [self.main]:
            self.table.module(name)
        if not body.get("settings"):
            return True
        self._ready = web.ready_application(sys.modules.get(self.main))
        return Form({"settings": None if self._ready is None else web.client_settings(self._ready)})

    def do_reload(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Run a module's code again."""
        try:
            importlib.reload(self.table.module(body["module"]))
        except BaseException as error:
            raise ImportFailed(error) from error
        return None

    def do_module(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Make a module of source text that the test brings along."""
        name, source = body["name"], body["source"]
        module = types.ModuleType(name)
        module.__file__ = f"<{name} of the test>"
        sys.modules[name] = module
        exec(compile(source, module.__file__, "exec"), vars(module))  # noqa: S102 - the candidate's own process
        return None

    def do_get(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """An attribute."""
        return getattr(self._target(body), body["name"])

    def do_setattr(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """Set an attribute."""
        (value,), _kwargs = self._arguments(body, memo)
        target, name = self._target(body), body["name"]
        if isinstance(target, type):
            self._replaced.setdefault((target, name), vars(target).get(name, self))
        setattr(target, name, value)

    def do_restore(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Give a class back the attribute that it had before a test set it."""
        target, name = self._target(body), body["name"]
        before = self._replaced.pop((target, name), None)
        if before is self:
            delattr(target, name)
        elif before is not None:
            setattr(target, name, before)

    def do_del(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Delete an attribute."""
        delattr(self._target(body), body["name"])

    def do_value(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """What a reference means."""
        return self._target(body)

    def do_call(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """Call an object, or its method `name`."""
        target = self._target(body)
        if "name" in body:
            target = getattr(target, body["name"])
        args, kwargs = self._arguments(body, memo)
        return target(*args, **kwargs)

    def do_op(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """An operator or one of Python's own functions."""
        args, _kwargs = self._arguments(body, memo)
        return OPERATORS[body["op"]](*args)

    def do_next(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The next items of an iterator: one, or many when the test wants all of them."""
        iterator = self._target(body)
        items: list[Any] = []
        for _ in range(min(int(body.get("count", 1)), ITEMS_AT_ONCE)):
            try:
                items.append(self.table.encode(next(iterator)))
            except StopIteration as stop:
                return Form({"items": items, "over": True, "value": self.table.encode(stop.value)})
            except Exception:
                if not items:
                    raise
                break
        return Form({"items": items, "over": False})

    def do_enter(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Enter a context manager."""
        target = self._target(body)
        return type(target).__enter__(target)

    def do_exit(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Leave a context manager, with the exception that ended the block when there is one."""
        target = self._target(body)
        error = self.table.decode(body.get("error"))
        if error is None:
            return bool(type(target).__exit__(target, None, None, None))
        try:
            raise error  # noqa: TRY301
        except BaseException:  # noqa: BLE001 - so that it has a traceback, as in a real block
            _kind, _error, traceback = sys.exc_info()
        return bool(type(target).__exit__(target, type(error), error, traceback))

    def do_await(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Run an awaitable, or a method that gives one, to its end in the session's own loop."""
        import asyncio  # noqa: PLC0415 - as long as ten requests, and few programs need it

        target = self._target(body)
        if "name" in body:
            args, kwargs = self._arguments(body, {})
            if body["name"] == "__aexit__" and isinstance(error := args[1], BaseException):
                args = [type(error), error, error.__traceback__]
            target = getattr(type(target), body["name"])(target, *args, **kwargs)
        loop = self._loop
        if loop is None or loop.is_closed():
            loop = self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)

        async def wait() -> Any:
            return await target

        return loop.run_until_complete(wait())

    def do_send(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """Call a method of a generator, telling its end apart from its items."""
        target = self._target(body)
        args, _kwargs = self._arguments(body, memo)
        try:
            return getattr(target, body["name"])(*args)
        except StopIteration as stop:
            return Form({"over": True, "value": self.table.encode(stop.value)})

    def do_subclass(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """A subclass that a test defines, whose methods are the test's functions."""
        decoder = self.table.decoder(memo)
        bases = tuple(decoder.decode(item) for item in body["bases"])
        members = {name: decoder.decode(item) for name, item in body["members"].items()}
        for name in body.get("static", []):
            members[name] = staticmethod(members[name])
        for name in body.get("class", []):
            members[name] = classmethod(members[name])
        for name in body.get("property", []):
            members[name] = property(members[name])
        members["__quizapp__"] = body["key"]
        return types.new_class(body["name"], bases, {}, lambda space: space.update(members))

    # The application

    def application(self, body: dict[str, Any]) -> Any:
        """The application that an ask names, or the one in the main module."""
        if body.get("app") is not None:
            return self.table.decode(body["app"])
        if self._app is None:
            self._app = web.find_application(self.table.module(self.main))
        return self._app

    def keep_application(self) -> None:
        """The tests have made a client of what they were told ahead: the application is the one that it was then."""
        if self._app is None:
            self._app = self._ready

    def do_client(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """What a test client has to know of the application."""
        return Form(web.client_settings(self.application(body)))

    def do_wsgi(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """One request of a test's client."""
        client = body.get("client", 0)
        contexts = self._contexts.get(client)
        if contexts is not None:
            contexts.close()
            contexts = self._contexts[client] = ExitStack()
        exchange = web.Exchange(contexts)
        answer = exchange.run(web.calm(self.application(body)), web.environ_of(body))
        if answer["more"]:
            number = len(self._exchanges) + 1
            self._exchanges[number] = exchange
            answer["stream"] = number
        return self._told(answer)

    def _told(self, answer: dict[str, Any]) -> Any:
        if "raised" in answer:
            answer["raised"] = {"x": self.table.exception(answer["raised"])}
        return Form(answer)

    def do_piece(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The next piece of a streamed body."""
        return Form(self._exchanges[body["stream"]].more())

    def do_finish(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The test is done with a streamed answer."""
        self._exchanges[body["stream"]].close()

    def do_keep(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """A client's `with` block begins or ends: contexts of its requests are kept until then."""
        if body["on"]:
            self._contexts[body["client"]] = ExitStack()
        else:
            self._contexts.pop(body["client"], ExitStack()).close()

    def do_session_open(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The content of a client's session."""
        return flaskside.open_session(self.application(body), web.environ_of(body))

    def do_session_save(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Store the content of a client's session."""
        content = self.table.decode(body["content"])
        return flaskside.save_session(self.application(body), web.environ_of(body), content)

    def do_cli(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """Run one of the application's commands."""
        return flaskside.run_command(
            self.application(body), body["args"], body.get("input"), body.get("variables")
        )

    def do_request(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """A request of the request panel."""
        return self._told(web.panel_request(web.calm(self.application(body)), body))

    # Records and output

    def do_logs(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """The log records since number `since`."""
        return Form({"records": self.listener.records[int(body.get("since", 0)) :]})

    def do_output(self, _body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """What was printed so far."""
        return Form({name: tee.text() for name, tee in self.tees.items()})

    # Files

    def do_path(self, body: dict[str, Any], memo: dict[int, Any]) -> Any:
        """A method of a path of the session."""
        args, kwargs = self._arguments(body, memo)
        path = Path(body["path"])
        path = path if path.is_absolute() else self.folder / path
        if body["name"] == "rmtree":
            shutil.rmtree(path, ignore_errors=True)
            return None
        if body["name"] == "list":
            return sorted(str(found.relative_to(path)) for found in path.rglob("*") if found.is_file())
        found = getattr(path, body["name"])(*args, **kwargs)
        if body["name"] in {"iterdir", "glob", "rglob"}:
            return sorted(found)
        if body["name"] == "stat":
            return {"st_size": found.st_size, "st_mode": found.st_mode, "st_mtime": found.st_mtime}
        return found

    def do_temporary(self, body: dict[str, Any], _memo: dict[int, Any]) -> Any:
        """A new empty folder for a test."""
        path = self.temporary / body["name"]
        path.mkdir(parents=True, exist_ok=True)
        return path


class Decoded:
    """The arguments of an ask, decoded ahead so that their state before the call is known."""

    def __init__(self, body: dict[str, Any], decoder: Any) -> None:
        self.args = [decoder.decode(item) for item in body.get("args", [])]
        self.kwargs = {name: decoder.decode(item) for name, item in body.get("kw", {}).items()}


class Form(dict[str, Any]):
    """An answer that is JSON already."""


def _public(module: Any) -> list[str] | None:
    names = getattr(module, "__all__", None)
    if isinstance(names, list | tuple):
        return [name for name in names if type(name) is str][:MAX_NAMES]
    return None


def encode_answer(table: ObjectTable, value: Any) -> Any:
    """The JSON of what an operation gave."""
    return dict(value) if type(value) is Form else table.encode(value)


def snapshot(containers: dict[int, Any], table: ObjectTable) -> dict[int, Any]:
    """The forms of containers that came as arguments, to see later which were changed in place."""
    known = {id(value): number for number, value in containers.items()}
    forms = {}
    for number, value in containers.items():
        try:
            forms[number] = Encoder(table.other, known=known).shallow(value)
        except (ValueProblem, builtins.KeyError):
            continue
    return forms
