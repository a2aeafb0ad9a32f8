"""Remote objects: what tests hold in the place of the candidate's classes, functions and instances.

Each class of the candidate gets a *mirror*, a class of ours with the same name, bases and operators, whose instances
forward to the session. A mirror decides itself what is equal, hashable or an instance of what, as far as plain values are
concerned: a handle can lie about itself, never about a plain value.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox import shapes
from sandbox.decoding import Decoder
from sandbox.grader import forwarding, mirrors, subclasses
from sandbox.grader.context import run
from sandbox.grader.refusals import ControlRaised
from sandbox.values import ValueProblem

if TYPE_CHECKING:
    from sandbox.grader.sessions import Session

LIBRARIES = frozenset({"flask", "werkzeug", "jinja2", "click", "wtforms", "itsdangerous", "sqlalchemy"})
NEVER = ("unittest", "bdb", "pdb", "doctest", "pytest", "_pytest")
ASKABLE = frozenset(
    [
        "__name__",
        "__qualname__",
        "__doc__",
        "__module__",
        "__dict__",
        "__annotations__",
        "__wrapped__",
        "__defaults__",
        "__kwdefaults__",
        "__members__",
        "__dataclass_fields__",
        "__version__",
        "__slots__",
        "__self__",
        "__func__",
        "__all__",
        "__tablename__",
        "__table__",
        "__mapper__",
        "__get_validators__",
        "__abstractmethods__",
        "__code__",
        "__notes__",
        "__cause__",
        "__context__",
    ]
)
FAULT_METHODS = frozenset({"with_traceback", "add_note"})  # of every exception; unittest calls the first
MAX_TEXT = 4096
MAX_COLUMN = 100_000  # of a syntax error, and its last line: a mark is put below each column


@dataclass(eq=False, slots=True)
class Link:
    """Where a remote object lives: a handle of a session, a name in a module, or the ask that makes it anew."""

    session: Session | None = None
    number: int | None = None
    name: tuple[str, ...] | None = None
    recipe: Any = None  # session -> body of the ask; for what test files made while they were collected
    key: str = ""
    paths: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    title: str = ""
    is_subject: bool = False
    is_expression: bool = (
        False  # what a comparison with a plain value gave: to be passed on, never to be believed
    )
    items: list[Any] = field(default_factory=list)  # of an iterator, fetched ahead
    over: list[Any] = field(default_factory=list)
    is_hurried: bool = False

    def home(self) -> Session:
        """The session to ask."""
        if self.session is not None and not self.session.is_closed:
            return self.session
        if self.name is not None or self.recipe is not None:
            return run().sessions.current()
        if self.session is None:
            return run().sessions.current()
        return self.session

    def form(self, session: Session) -> dict[str, Any]:
        """How to name this object to a session."""
        if self.session is session and self.number is not None:
            return {"h": self.number}
        if self.name is not None and (self.session is None or self.session is session):
            return {"n": list(self.name)}
        if self.recipe is not None and (
            self.session is None or self.session.is_closed or self.session is session
        ):
            return {"r": self.key, "do": self.recipe(session)}
        msg = "objects of two sessions cannot meet: each session is a process of its own"
        raise ValueProblem(msg)

    def number_in(self, session: Session) -> int:
        """The number of the handle. Raises `ValueProblem` when it is of another session."""
        if self.session is not session or self.number is None:
            msg = "an object of another session cannot be used here"
            raise ValueProblem(msg)
        return self.number


@dataclass(eq=False, slots=True)
class Facts:
    """What is known of a mirrored class."""

    module: str
    name: str
    special: frozenset[str]
    methods: set[str]
    meta: frozenset[str]
    is_hashable: bool
    is_own: bool
    of: tuple[str, ...]
    link: Link | None = None  # by name, when the class was imported by name
    is_subject: bool = (
        False  # the test imported it by name: comparing and computing with plain values is its business
    )
    local: Any = None  # session -> body of the ask that makes it; for subclasses that a test defines


class RemoteType(type):
    """The class of mirrors: construction, class attributes, and operators of classes (enums) forward."""

    _quizapp_facts: Facts
    __test__ = False

    def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any], **_more: Any) -> Any:
        """A test defines a subclass of a candidate's class."""
        return subclasses.local_class(mcs, name, bases, space)

    def __init__(cls, *_args: Any, **_kwargs: Any) -> None:
        """Nothing: keywords of a class statement are the candidate's class's business."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return forwarding.construct(cls, args, kwargs)

    def __getattr__(cls, name: str) -> Any:
        return forwarding.get(cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith(("__", "_quizapp", "_abc_")):
            type.__setattr__(cls, name, value)
        else:
            forwarding.put(cls, name, value)

    def __delattr__(cls, name: str) -> None:
        if name.startswith(("__", "_quizapp", "_abc_")):
            type.__delattr__(cls, name)
        else:
            forwarding.delete(cls, name)

    def __iter__(cls) -> Iterator[Any]:
        found: Iterator[Any] = forwarding.class_operator(cls, "iter", "__iter__")
        return found

    def __len__(cls) -> int:
        return int(forwarding.class_operator(cls, "len", "__len__"))

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, item: Any) -> Any:
        return forwarding.class_operator(cls, "getitem", "__getitem__", item)

    def __contains__(cls, item: Any) -> bool:
        return bool(forwarding.class_operator(cls, "contains", "__contains__", item))

    def __reversed__(cls) -> Any:
        return forwarding.class_operator(cls, "reversed", "__reversed__")

    def __repr__(cls) -> str:
        facts = cls._quizapp_facts
        return f"<class '{facts.name if facts.module == 'builtins' else f'{facts.module}.{facts.name}'}'>"


class RemoteObject:
    """The root of mirrors of ordinary classes. Operators are added to each mirror as its class has them."""

    __slots__ = ("__weakref__", "_quizapp_link")
    _quizapp_link: Link
    __test__ = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Reached only from a method of a test's subclass, by `super().__init__`."""
        subclasses.call_base(self, "__init__", args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return forwarding.get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        forwarding.put(self, name, value)

    def __delattr__(self, name: str) -> None:
        forwarding.delete(self, name)

    def __eq__(self, other: object) -> Any:
        return forwarding.equal(self, other, "eq")

    def __ne__(self, other: object) -> Any:
        return forwarding.equal(self, other, "ne")

    def __hash__(self) -> int:
        return forwarding.constant_hash(self)

    def __bool__(self) -> bool:
        return forwarding.truth(self)

    def __repr__(self) -> str:
        return forwarding.representation(self, sys._getframe(1).f_code.co_filename)  # noqa: SLF001

    def __str__(self) -> str:
        return forwarding.text(self)

    def __format__(self, spec: str) -> str:
        return forwarding.formatted(self, spec)

    def __copy__(self) -> Any:
        return forwarding.copied(self, "copy")

    def __deepcopy__(self, _memo: Any) -> Any:
        return forwarding.copied(self, "deepcopy")


class RemoteFault:
    """The root of mirrors of the candidate's exception classes, beside the exception class of Python they are based on."""

    __slots__ = ()
    __test__ = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_quizapp") or name in {"__notes__", "__tracebackhide__"}:
            raise AttributeError(name)
        return forwarding.get(self, name)

    def __str__(self) -> str:
        text = self.__dict__.get("_quizapp_text")
        return text if isinstance(text, str) else ""


Root: Any = type.__new__(RemoteType, "RemoteRoot", (RemoteObject,), {"__slots__": (), "__module__": __name__})
FaultRoot: Any = type.__new__(
    RemoteType, "RemoteFaultRoot", (RemoteFault,), {"__slots__": (), "__module__": __name__}
)
for _root in (Root, FaultRoot):
    type.__setattr__(
        _root,
        "_quizapp_facts",
        Facts(__name__, "object", frozenset(), set(), frozenset(), is_hashable=True, is_own=False, of=()),
    )


class Doc:
    """The doc string of a class or an object of the candidate."""

    def __get__(self, target: Any, owner: Any) -> Any:
        try:
            return forwarding.get(owner if target is None else target, "__doc__")
        except AttributeError:
            return None


def facts_of(value: Any) -> Facts:
    """What is known of the class of a remote object, or of a mirror itself."""
    kind = value if isinstance(value, RemoteType) else type(value)
    found: Facts = kind._quizapp_facts  # noqa: SLF001 - the one way to it
    return found


def is_remote(value: Any) -> bool:
    """Whether a value is a handle, a mirror, or anything else of the candidate's."""
    return link_of(value) is not None


def link_of(value: Any) -> Link | None:
    """Where a value lives, when it is the candidate's."""
    kind = type(value)
    if issubclass(kind, RemoteObject):
        found: Link = object.__getattribute__(value, "_quizapp_link")
        return found
    if issubclass(kind, RemoteType):
        return forwarding.class_link(value)
    if issubclass(kind, RemoteFault):
        link = value.__dict__.get("_quizapp_link")
        return link if isinstance(link, Link) else None
    make = kind.__dict__.get("_quizapp_make_link")
    return make(value) if make is not None else None


def make_object(mirror: Any, link: Link) -> Any:
    """A handle."""
    made = object.__new__(mirror)
    object.__setattr__(made, "_quizapp_link", link)
    return made


# ---- mirrors --------------------------------------------------------------------------------------------------------

_shared: dict[tuple[str, str], list[tuple[Any, Any]]] = {}  # (module, name) -> [(signature, mirror)]
LOCAL: dict[str, Any] = {}  # key -> class that a test defined


def _is_method_name(name: str) -> bool:
    """Whether a method of this name may be taken from a description: none that decides what an object equals or is."""
    return name.isidentifier() and not name.startswith(("__", "_quizapp")) and name not in FAULT_METHODS


def mirror_for(form: dict[str, Any], bases: tuple[type, ...]) -> Any:
    """The mirror of a described class: the same one in every session that describes it alike."""
    special = frozenset(mirrors.known_special(form["special"]))
    methods = tuple(name for name in map(str, form["methods"]) if _is_method_name(name))
    meta = frozenset(str(name) for name in form["meta"])
    signature = (bases, special, methods, meta, form["hashable"])
    known = _shared.setdefault((form["module"], form["name"]), [])
    for other, mirror in known:
        if other == signature:
            return mirror
    facts = Facts(
        str(form["module"]),
        str(form["name"]),
        special,
        set(methods),
        meta,
        is_hashable=form["hashable"] is True,
        is_own=form["own"] is True,
        of=tuple(str(name) for name in form["of"]),
    )
    mirror = mirrors.build(RemoteType, facts, bases)
    known.append((signature, mirror))
    return mirror


def shared_exception(module: str, name: str) -> type[BaseException]:
    """An exception class of Python or of a package of `LIBRARIES`. Raises `ValueProblem` when there is none."""
    top = module.partition(".")[0]
    if top in LIBRARIES and module not in sys.modules and module in EXCEPTION_MODULES:
        __import__(module)
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    fits = (
        (top in LIBRARIES or top in sys.stdlib_module_names)
        and top not in NEVER
        and isinstance(found, type)
        and found.__module__.partition(".")[0] not in NEVER  # by whichever module's name it was reached
        and (issubclass(found, Exception) or found is SystemExit)
    )
    if not fits:
        msg = "no exception class that may cross"
        raise ValueProblem(msg)
    kind: type[BaseException] = found
    return kind


EXCEPTION_MODULES = frozenset(
    [
        "werkzeug.exceptions",
        "werkzeug.routing.exceptions",
        "jinja2.exceptions",
        "click.exceptions",
        "wtforms.validators",
        "itsdangerous.exc",
        "sqlalchemy.exc",
        "sqlalchemy.orm.exc",
        "flask.debughelpers",
    ]
)


class Table:
    """The objects of one session that the tests hold."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.classes: dict[int, Any] = {}
        self.class_numbers: dict[Any, int] = {}
        self._handles: dict[int, Any] = {}

    def describe(self, form: dict[str, Any]) -> None:
        """Take in the description of a class. Raises what a bad one causes."""
        number = form["id"]
        if (
            type(number) is not int
            or number in self.classes
            or not all(type(form[k]) is str for k in ("module", "name"))
        ):
            msg = "a class is described badly"
            raise ValueProblem(msg)
        local = LOCAL.get(form.get("local", ""))
        if local is not None:
            self.classes[number] = local
            return
        bases = tuple(self._base(base) for base in form["bases"])
        mirror = mirror_for(form, tuple(dict.fromkeys(bases)))
        self.classes[number] = mirror
        self.class_numbers.setdefault(mirror, form["h"])

    def _base(self, form: dict[str, Any]) -> Any:
        if "xt" in form:
            module, name = form["xt"]
            return shared_exception(str(module), str(name))
        return self.classes[form["c"]]

    def decoder(self, memo: dict[int, Any] | None = None, paths: tuple[str, ...] = ()) -> Decoder:
        """A decoder of what the session sends."""
        return Decoder(lambda form: self.other(form, paths), memo=memo)

    def decode(self, form: Any, paths: tuple[str, ...]) -> tuple[Any, bool]:
        """The value of a form, and whether it is plain through and through."""
        is_handle = type(form) is dict and (
            "h" in form or "x" in form or "C" in form or "tf" in form or "xt" in form
        )
        inner = paths if is_handle else tuple(f"{path}[]" for path in paths)
        decoder = self.decoder(paths=inner)
        value = decoder.decode(form)
        return value, not decoder.handles

    def other(self, form: dict[str, Any], paths: tuple[str, ...] = ()) -> Any:
        """What a form that is not plain stands for."""
        from sandbox.grader import visitors  # noqa: PLC0415 - visitors name remote objects, remote objects name visitors

        if "C" in form:
            mirror = self.classes[form["C"]]
            self.class_numbers.setdefault(mirror, _number(form["h"]))
            return mirror
        if "h" in form:
            return self._handle(form, paths)
        if "xt" in form:
            return shared_exception(*form["xt"])
        if "x" in form:
            return error_of(self.session, form["x"])
        return visitors.by_number(self.session, form["tf"])

    def _handle(self, form: dict[str, Any], paths: tuple[str, ...]) -> Any:
        number = _number(form["h"])
        found = self._handles.get(number)
        if found is not None:
            link = link_of(found)
            if link is not None and paths and paths[0] not in link.paths:
                link.paths = (*link.paths, *paths)[-8:]
            return found
        mirror = self.classes[_number(form["c"])]
        if not issubclass(mirror, RemoteObject):
            msg = "an exception comes as an object"
            raise ValueProblem(msg)
        link = Link(
            self.session, number, paths=paths, hidden=frozenset(str(name) for name in form.get("sh", ()))
        )
        link.title = str(form.get("nm", ""))
        made = self._handles[number] = make_object(mirror, link)
        return made


def _number(value: Any) -> int:
    if type(value) is not int:
        msg = "not a number"
        raise ValueProblem(msg)
    return value


def error_of(session: Session, form: dict[str, Any]) -> BaseException:
    """The exception that a form describes, built without running its `__init__`."""
    from sandbox.grader import visitors  # noqa: PLC0415 - see above

    if "home" in form:
        return visitors.raised(session, form["home"])
    kind_form, place = form["cls"], form["place"]
    if not shapes.is_error(place):
        msg = "an exception without a place"
        raise ValueProblem(msg)
    place = {name: item[:MAX_TEXT] if type(item) is str else item for name, item in place.items()}
    if "control" in kind_form:
        return ControlRaised(
            f"Your code raised {str(kind_form['control'])[:100]}, which only Python itself may raise.", place
        )
    kind: Any = (
        shared_exception(*kind_form["xt"]) if "xt" in kind_form else session.table.classes[kind_form["c"]]
    )
    if not issubclass(kind, Exception | SystemExit):
        msg = "what was raised is no exception"
        raise ValueProblem(msg)
    paths = (f"error:{kind.__name__}.args",)
    args = [session.arrived(item, paths) for item in form["args"]]
    error = _built(kind, args)
    attributes: dict[str, Any] = error.__dict__
    for name, item in form.get("attrs", {}).items():
        if not name.startswith(("__", "_quizapp")) and name not in FAULT_METHODS:
            attributes[name] = session.arrived(item, (f"error:{kind.__name__}.{name}",))
    attributes["_quizapp_place"] = place
    if issubclass(kind, RemoteFault):
        attributes["_quizapp_text"] = str(form["text"])[:MAX_TEXT]
        own = (f"error:{kind.__name__}",)
        attributes["_quizapp_link"] = Link(session, _number(form["h"]), paths=own, title=kind.__name__)
    _add_causes(session, error, form)
    return error


def _add_causes(session: Session, error: BaseException, form: dict[str, Any]) -> None:
    for name, slot in (("cause", "__cause__"), ("context", "__context__")):
        if name in form:
            below = error_of(session, form[name])
            if isinstance(below, Exception):
                setattr(error, slot, below)
    error.__suppress_context__ = form.get("suppress") is True


def _built(kind: Any, args: list[Any]) -> BaseException:
    try:
        error: BaseException = kind.__new__(kind, *args)
    except Exception:  # noqa: BLE001 - a library's own __new__ may want what does not cross
        error = BaseException.__new__(kind)
    if not isinstance(error, OSError):
        error.args = tuple(args)
    for base in kind.__mro__:
        if (
            base.__module__ == "builtins"
        ):  # Python's own, in C: sets `value`, `code`, `start` ... and runs nothing else
            with contextlib.suppress(TypeError):
                base.__init__(error, *args)
            break
    if isinstance(error, SyntaxError):
        _mend(error)
    return error


def _mend(error: SyntaxError) -> None:
    """Leave nothing in it that Python itself would not put there: it words such an exception without a look at them."""
    for name in ("msg", "filename", "text"):
        if type(getattr(error, name)) is not str:
            setattr(error, name, None)
    for name in ("lineno", "offset", "end_lineno", "end_offset"):
        number = getattr(error, name)
        if type(number) is not int or not 0 <= number <= MAX_COLUMN:
            setattr(error, name, None)
