"""What tests hand to the candidate's code besides plain values: functions to call, iterators, exposed objects.

An object of a class that the test files define is handed over as the methods that they define: each could be passed alone
as well. Its attributes stay with the test unless it is exposed.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import io
import operator
import sys
import threading
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from unittest import TestCase, mock

from sandbox.encoding import Encoder
from sandbox.grader import remote
from sandbox.grader.context import run
from sandbox.grader.refusals import CannotPass, ChannelBroken
from sandbox.values import ValueProblem

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session

FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    functools.partial,
)
DESCRIPTORS = (types.MethodDescriptorType, types.WrapperDescriptorType)
_ITERABLES: tuple[Any, ...] = ([], (), {}, set(), "", b"", range(0), {}.values(), {}.items(), range(2**70))
MOCKED = (
    "__enter__",
    "__exit__",
    "__iter__",
    "__len__",
    "__contains__",
    "__getitem__",
    "__setitem__",
    "__delitem__",
)
ITERATORS: tuple[type, ...] = (
    types.GeneratorType,
    map,
    filter,
    zip,
    enumerate,
    reversed,
    *(type(iter(made)) for made in _ITERABLES),
)
PROTOCOL = frozenset(
    [
        "__call__",
        "__enter__",
        "__exit__",
        "__iter__",
        "__next__",
        "__len__",
        "__bool__",
        "__contains__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "__eq__",
        "__hash__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__str__",
        "__repr__",
    ]
)  # methods that Python's own syntax and functions call
FILE_METHODS = (
    "read",
    "readline",
    "readlines",
    "write",
    "writelines",
    "seek",
    "tell",
    "flush",
    "close",
    "__iter__",
    "__next__",
    "__enter__",
    "__exit__",
)  # of a file that a test opened

_objects: dict[int, Any] = {}  # number -> the test's object, kept as long as the process of the run
_numbers: dict[int, int] = {}
_supers: dict[int, Any] = {}  # what tests put in the place of `super`, by id
_raised: dict[int, BaseException] = {}
_homes: dict[int, int] = {}  # id of an exception of the test -> its number


class Exposed:
    """An object of a test, with the names that the candidate's code may use on it."""

    def __init__(self, target: Any, names: tuple[str, ...]) -> None:
        for name in names:
            if not name.isidentifier() or name.startswith("_"):
                msg = f"{name!r} cannot be exposed: names that begin with an underscore stay with the test"
                raise CannotPass(msg)
        self.target = target
        self.names = names


def expose(target: Any, *names: str) -> Any:
    """What to pass to the candidate's code in the place of `target`: it may use these attributes and methods, no others.

    The test keeps using `target` itself.
    """
    return Exposed(target, names)


def number_of(value: Any) -> int:
    """The number under which the session knows an object of the test."""
    number = _numbers.get(id(value))
    if number is None:
        number = _numbers[id(value)] = len(_objects) + 1
        _objects[number] = value
    return number


def by_number(session: Session, number: Any) -> Any:
    """The object of the test with this number. Raises `KeyError`, also for what was never handed to this session."""
    if number not in session.given:
        raise KeyError(number)
    found = _objects[number]
    return found.target if type(found) is Exposed else found


def form(value: Any, session: Session) -> Any:
    """The form of what is not plain, on its way to the candidate's code. Raises `ValueProblem` when it may not cross."""
    made = _form(value, session)
    if "tf" in made:
        session.given.add(made["tf"])
    return made


def _form(value: Any, session: Session) -> Any:
    link = remote.link_of(value)
    if link is not None:
        if isinstance(value, remote.RemoteFault):
            return {"x": {"h": link.number_in(session), "args": []}}
        return link.form(session)
    if isinstance(value, BaseException):
        return {"x": error_form(value, session)}
    for kinds, make in _FORMS:
        if isinstance(value, kinds):
            return make(value)
    own = _methods_of_own(value)
    if own is not None:
        return {
            "tf": number_of(value),
            "k": "object",
            "nm": type(value).__name__,
            "methods": sorted(own),
            "own": True,
        }
    remote_path = getattr(type(value), "_quizapp_path_form", None)
    if remote_path is not None:
        return remote_path(value)
    if callable(value) and type(value).__module__ in {"functools", "operator"}:
        return function_form(value)
    return _refused(value)


def _methods_of_own(value: Any) -> set[str] | None:
    """The methods that the test files define for the class of this object; None for a test case or a class of others.

    A file that a test opened has those of files.
    """
    kind = type(value)
    if kind is object:
        return set()
    if isinstance(value, io.IOBase) and kind.__module__ in sys.stdlib_module_names:
        return {name for name in FILE_METHODS if hasattr(value, name)}
    if isinstance(value, TestCase):
        return None
    found: set[str] = set()
    others = [base for base in kind.__mro__ if base is not object]
    for base in list(others):
        if run().is_test_file(str(getattr(sys.modules.get(base.__module__), "__file__", ""))):
            found |= {
                name
                for name, member in vars(base).items()
                if isinstance(member, types.FunctionType | staticmethod | classmethod)
                and (name in PROTOCOL or not name.startswith("_"))
            }
            others.remove(base)
    if id(value) in _supers and callable(value):
        found.add("__init__")
    return None if others and not found else found


def stand_in_for_super(value: Any) -> None:
    """A test patches `super` in a module of the candidate: it wants to see the base's `__init__` called, too."""
    _supers[id(value)] = value


def _refused(value: Any) -> Any:
    kind = type(value)
    bases = [base.__name__ for base in kind.__mro__[1:-1]]
    what = f"{kind.__name__}, a subclass of {bases[0]}," if bases else kind.__name__
    msg = (
        f"an object of class {what} cannot be passed to the candidate's code. Pass plain values or functions, or "
        f"expose(obj, 'name', ...) with the attributes and methods it may use (from quizapp_testing import expose)"
    )
    raise ValueProblem(msg)


def _class_form(value: type) -> Any:
    module = sys.modules.get(value.__module__)
    top = value.__module__.partition(".")[0]
    if top in sys.stdlib_module_names or top in {"flask", "werkzeug", "click", "jinja2"}:
        try:
            if operator.attrgetter(value.__qualname__)(module) is value:
                return {"py": [value.__module__, value.__qualname__]}
        except AttributeError:
            pass
    return {"tf": number_of(value), "k": "function", "nm": value.__name__}


def function_form(value: Any) -> dict[str, Any]:
    """The form of a function: one of Python's own by its name, one of the test as something that can be called."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if (
        isinstance(value, types.BuiltinFunctionType)
        and isinstance(module, str)
        and isinstance(value.__self__, types.ModuleType)
    ):
        return {"py": [module, name]}
    if (
        isinstance(value, types.FunctionType)
        and isinstance(module, str)
        and module.partition(".")[0] in sys.stdlib_module_names
        and getattr(sys.modules.get(module), name, None) is value
    ):
        return {"py": [module, name]}
    is_coroutine = inspect.iscoroutinefunction(value)
    made: dict[str, Any] = {"tf": number_of(value), "k": "coroutine" if is_coroutine else "function"}
    made["nm"] = str(getattr(value, "__name__", "function"))
    if isinstance(value.__doc__, str) and isinstance(value, types.FunctionType | types.MethodType):
        made["doc"] = value.__doc__[:1000]
    if isinstance(value, types.FunctionType | types.MethodType):
        try:
            parameters = inspect.signature(value).parameters.values()
        except (ValueError, TypeError):
            return made
        made["sig"] = [[p.name, p.kind.name, p.default is not p.empty] for p in parameters]
    return made


def _descriptor_form(value: Any) -> dict[str, Any]:
    """A method of one of Python's own classes, like `str.upper`."""
    owner = value.__objclass__
    return {"py": [owner.__module__, f"{owner.__qualname__}.{value.__name__}"]}


def _exposed_form(value: Exposed) -> dict[str, Any]:
    methods = [name for name in value.names if callable(getattr(value.target, name, None))]
    return {
        "tf": number_of(value),
        "k": "object",
        "nm": type(value.target).__name__,
        "names": sorted(set(value.names) - set(methods)),
        "methods": sorted(methods),
    }


def _mock_form(value: mock.NonCallableMock) -> dict[str, Any]:
    """A mock: with the names that the test gave it, or, when it was made without any, with those that it has not itself."""
    children = {name for name in value._mock_children if not name.startswith("_")}  # noqa: SLF001
    children |= {name for name in vars(value) if not name.startswith(("_", "method_calls"))}
    children |= {name for name in value._mock_methods or () if not name.startswith("_")}  # noqa: SLF001
    if value._mock_wraps is not None:  # noqa: SLF001
        children |= {name for name in dir(value._mock_wraps) if not name.startswith("_")}  # noqa: SLF001
    children -= {"return_value", "side_effect"}
    is_open = value._mock_methods is None and value._mock_wraps is None  # noqa: SLF001
    methods = {name for name in children if callable(getattr(value, name))}
    if isinstance(value, mock.MagicMixin):
        methods |= {name for name in MOCKED if hasattr(type(value), name)}
    methods |= {"__call__"} if callable(value) else set()
    form = {"tf": number_of(value), "k": "object", "nm": "mock"}
    if is_open:
        form["taken"] = [name for name in (*dir(mock.MagicMock), "method_calls") if not name.startswith("_")]
    return form | {"names": sorted(children - methods), "methods": sorted(methods)}


_FORMS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Exposed, _exposed_form),
    (type, _class_form),
    (mock.NonCallableMock, _mock_form),
    (FUNCTIONS, function_form),
    (DESCRIPTORS, _descriptor_form),
    (ITERATORS, lambda value: {"tf": number_of(value), "k": "iterator"}),
)


def error_form(error: BaseException, session: Session) -> dict[str, Any]:
    """The form of an exception of the test."""
    kind = type(error)
    encoder = Encoder(lambda value: form(value, session))
    args = []
    # What a failed assertion compared is the test's alone.
    for value in () if run().is_failure(error) else error.args:
        try:
            args.append(encoder.encode(value))
        except ValueProblem:
            args.append(repr(value))
    made: dict[str, Any] = {"args": args, "name": kind.__name__, "control": not isinstance(error, Exception)}
    made["home"] = _home(error)
    session.given.add(("home", made["home"]))
    if kind.__module__.partition(".")[0] in sys.stdlib_module_names and isinstance(error, Exception):
        made["py"] = [kind.__module__, kind.__qualname__]
    else:
        made["of"] = number_of(kind)
        session.given.add(made["of"])
    link = remote.link_of(error)
    if link is not None:
        made["h"] = link.number_in(session)
    return made


def _home(error: BaseException) -> int:
    home = _homes.get(id(error))
    if home is None:
        home = _homes[id(error)] = len(_raised) + 1
        _raised[home] = error
    return home


def raised(session: Session, home: Any) -> BaseException:
    """An exception of the test, coming back through the candidate's code. Raises `KeyError`."""
    if ("home", home) not in session.given:
        raise KeyError(home)
    return _raised[home]


def serve(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Do what the candidate's code asks of an object of the test; the reply's body."""
    try:
        session.learn(body)
        value = _perform(session, body)
        return {"ok": Encoder(lambda item: form(item, session)).encode(value)}
    except Exhausted:
        return {"stop": True}
    except ChannelBroken:  # whoever forges one question may forge a flood of them; none is worth a reply
        raise
    except ValueProblem as problem:
        refusal = session.run.refuse(CannotPass(str(problem)))
        return {"error": error_form(refusal, session)}
    except BaseException as error:  # noqa: BLE001 - it belongs to the candidate's code first, and comes back from there
        session.run.note_failure(error)  # until the test has it back
        return {"error": error_form(error, session)}


def _assign(session: Session, target: Any, name: str, body: dict[str, Any]) -> None:
    if callable(getattr(target, name, None)):  # a method is the test's own
        raise session.broken()
    setattr(target, name, session.arrived(body["value"], (f"tests:.{name}",)))


def _perform(session: Session, body: dict[str, Any]) -> Any:
    try:
        target, word = (
            {number: _objects[number] for number in {body["tf"]} & session.given}[body["tf"]],
            body["do"],
        )
        name: Any = body.get("name")
    except KeyError:
        raise session.broken() from None
    if type(target) is Exposed:
        if name not in target.names:
            raise session.broken()
        target = target.target
    elif isinstance(target, mock.NonCallableMock) and name is not None:
        known = _mock_form(target)
        is_new = (
            "taken" in known and not name.startswith("_") and name not in known["taken"] and word == "call"
        )
        if not is_new and name not in known["methods"] + known["names"]:
            raise session.broken()
    elif name is not None and (word != "call" or name not in (_methods_of_own(target) or ())):
        raise session.broken()
    if word == "next":
        return _next(target)
    if word == "attribute":
        return getattr(target, name)
    if word == "assign":
        return _assign(session, target, name, body)
    function = target if name is None else getattr(target, name)
    path = f"tests:{getattr(function, '__name__', type(function).__name__)}"
    names = _positional(function)
    args = [
        session.arrived(item, _ways(path, names, place)) for place, item in enumerate(body.get("args", []))
    ]
    kwargs = {
        str(key): session.arrived(item, _ways(path, names, key)) for key, item in body.get("kw", {}).items()
    }
    value = _called_by(body.get("by"))(function, args, kwargs)
    return _awaited(value) if inspect.iscoroutine(value) and remote.link_of(value) is None else value


def _ways(path: str, names: list[str], key: int | str) -> tuple[str, ...]:
    """The paths of an argument, given by place or by name: what comes in the one way may come in the other as well."""
    other = names[key : key + 1] if isinstance(key, int) else [names.index(key)] if key in names else []
    return tuple(f"{path}#{one}" for one in (key, *other))


def _positional(function: Any) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return []
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]


def _relay(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


def _called_by(caller: Any) -> Callable[..., Any]:
    """`_relay`, under the name and file of the candidate's function that calls: for tests that look at the stack."""
    if type(caller) is not list or [type(text) for text in caller] != [str, str]:
        return _relay
    name, file = caller
    if not name.isidentifier() or file not in run().modules:
        return _relay
    return types.FunctionType(_relay.__code__.replace(co_name=name, co_filename=file), {})


class Exhausted(Exception):
    """An iterator of the test has nothing more."""


def _next(iterator: Any) -> Any:
    for item in iterator:
        return item
    raise Exhausted


def _awaited(coroutine: Any) -> Any:
    """What a coroutine of the test gives, run to its end in a loop of its own."""
    found: list[Any] = []

    def work() -> None:
        try:
            found.append((True, asyncio.run(coroutine)))
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            found.append((False, error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    is_value, value = found[0]
    if is_value:
        return value
    raise value
