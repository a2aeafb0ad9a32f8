"""What stands between tests that are not trusted and a program that they may only use, never look into.

When candidates write the tests, the roles are turned round: their tests run in a grader container of their own, and
the program (which may be right, or wrong in a way they have to find out) in a container where no candidate's code is.
Whoever wrote the tests may have taken over their side and send any frame. So only a few asks pass, and each is made
anew here from parts that were checked: functions and constants of the program that are offered by name are called
and read with plain values, and its Flask application is sent requests. What comes back is cut down to plain values,
responses, what was printed, and the exceptions that all Python programs share: no handle, no place in the source, no
name that was not offered, so that a program can be told from another by what it does and by nothing else. Standard
error is left out, because there Flask logs the traceback of a view that raises, with lines of the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.decoding import READERS
from sandbox.frames import Frame, FrameError

OFFERED = "Tests can use {names} of the program, with plain values{client}, and nothing else"
NOT_PLAIN = "The program gave something that is no plain value; tests see plain values only"
# The tags whose content is plain, however deep. An enum ("e") would be imported, so it stays out.
_TAGS = frozenset(READERS) - {"e", "o"} | {"ref"}
_EXCEPTION = ["builtins", "Exception"]
_NUMBER = 1000  # of the first function's handle, which says nothing about the program
_FUNCTION = {
    "id": 1,
    "h": _NUMBER - 1,
    "module": "builtins",
    "name": "function",
    "bases": [],
    "special": ["__call__", "__repr__"],
    "methods": [],
    "meta": [],
    "hashable": True,
    "own": False,
    "of": ["function", "object"],
}
_CLIENT = ("flask", "server_name", "root", "scheme")
_RESPONSE = ("status", "headers", "body", "more", "stream")
_USES_APPLICATION = frozenset({"client", "wsgi", "keep", "session_open", "session_save"})

Asked = dict[str, Any]


class Refused(Exception):
    """An ask that does not pass, with a text for whoever wrote the tests."""


class Gate:
    """Passes the asks of one run's tests on, and the answers back. `offers` are names as `module:name`."""

    def __init__(self, offers: Iterable[str], files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._offers: dict[str, list[str]] = {}
        for offer in offers:
            module, _, name = offer.partition(":")
            self._offers.setdefault(module, []).append(name)
        scripts = sorted(path for path in self._files if path.endswith(".py"))
        self._modules = [
            path.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in scripts
        ]
        self._asked: dict[tuple[int, int], str] = {}  # open asks: session, id -> what was asked
        names = [name for names in self._offers.values() for name in names]
        self._sorry = OFFERED.format(names=", ".join(names) or "no name", client=", and the fixture `client`")

    def inward(self, frame: Frame) -> Frame:
        """The order to pass on to the program's side. Raises `Refused`; `FrameError` for what no honest tests send."""
        word = frame["op"]
        if word == "close":
            return {"op": "close", "s": frame["s"]}
        if word == "open" and frame["kind"] == "module" and frame.get("main") in self._files:
            return {key: frame[key] for key in ("op", "s", "kind", "main", "is_last") if key in frame}
        if word != "ask":
            msg = f"tests may not order {word!r}"
            raise FrameError(msg)
        body = self._ask(frame["body"])
        self._asked[frame["s"], frame["id"]] = body["do"]
        return {"op": "ask", "s": frame["s"], "id": frame["id"], "body": body}

    def refusal(self, frame: Frame, refused: Refused) -> Frame:
        """The answer to an ask that was refused."""
        return {"ev": "answer", "s": frame["s"], "id": frame["id"], "body": {"problem": str(refused)}}

    def outward(self, frame: Frame) -> Frame | None:
        """The event to pass back to the tests; None for one that they need not see."""
        word = frame["ev"]
        if word == "answer":
            done = self._asked.pop((frame["s"], frame["id"]), "")
            return {**frame, "body": self._answer(done, frame["body"])}
        if word == "ended":  # what it used says more about a program than what it does
            return {**frame, "cpu_seconds": 0.0, "peak_memory_mib": 0.0}
        return None

    # Inward

    def _ask(self, body: Mapping[str, Any]) -> Asked:
        done = body.get("do")
        if not isinstance(done, str) or {"env", "input_from", "pushed"} & set(body):
            raise Refused(f"{self._sorry}: the program's surroundings stay as they are")
        make: Callable[[Mapping[str, Any]], Asked] | None = getattr(self, f"_do_{done}", None)
        if make is None:
            raise Refused(self._sorry)
        if done in _USES_APPLICATION and body.get("app") is not None:
            raise Refused(self._sorry)
        return {"do": done, **make(body), **({"hear": True} if body.get("hear") is True else {})}

    def _do_import(self, body: Mapping[str, Any]) -> Asked:
        wanted = body.get("modules") or []
        if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
            raise Refused(self._sorry)
        modules = [name for name in wanted if name in self._modules]
        return {"modules": modules or self._modules[:1], "tests": True}

    def _do_names(self, body: Mapping[str, Any]) -> Asked:
        if body.get("module") not in self._modules:
            raise Refused(self._sorry)
        return {"module": body["module"]}

    def _do_get(self, body: Mapping[str, Any]) -> Asked:
        module, name = self._named(body.get("o"), body.get("name"))
        return {"o": {"n": [module]}, "name": name}

    def _do_call(self, body: Mapping[str, Any]) -> Asked:
        if "name" in body:
            raise Refused(self._sorry)
        module, name = self._called(body.get("o"))
        args, kwargs = body.get("args", []), body.get("kw", {})
        if (
            not _is_plain_list(args)
            or not isinstance(kwargs, dict)
            or not all(map(is_plain, kwargs.values()))
        ):
            raise Refused(self._sorry)
        tracked = {"tracked": body["tracked"]} if isinstance(body.get("tracked"), int) else {}
        return {"o": {"n": [module, name]}, "args": args, "kw": kwargs} | tracked

    def _do_client(self, body: Mapping[str, Any]) -> Asked:
        return _numbers(body, "client")

    def _do_wsgi(self, body: Mapping[str, Any]) -> Asked:
        return _numbers(body, "client") | _environ(body)

    def _do_piece(self, body: Mapping[str, Any]) -> Asked:
        return _numbers(body, "stream")

    _do_finish = _do_piece

    def _do_keep(self, body: Mapping[str, Any]) -> Asked:
        return _numbers(body, "client") | {"on": body.get("on") is True}

    def _do_session_open(self, body: Mapping[str, Any]) -> Asked:
        return _numbers(body, "client") | _environ(body)

    def _do_session_save(self, body: Mapping[str, Any]) -> Asked:
        if "content" not in body or not is_plain(body["content"]):
            raise Refused(self._sorry)
        return _numbers(body, "client") | _environ(body) | {"content": body["content"]}

    def _do_output(self, _body: Mapping[str, Any]) -> Asked:
        return {}

    def _named(self, target: Any, name: Any) -> tuple[str, str]:
        module = target["n"][0] if _is_path(target, 1) else None
        if module not in self._offers or name not in self._offers[module]:
            raise Refused(self._sorry)
        return module, name

    def _called(self, target: Any) -> tuple[str, str]:
        """The function that is meant: by its path, or by the number that `names` gave it."""
        if _is_path(target, 2):
            return self._named({"n": target["n"][:1]}, target["n"][1])
        functions = [(module, name) for module, names in self._offers.items() for name in names]
        number = target.get("h") if isinstance(target, dict) and len(target) == 1 else None
        if type(number) is int and 0 <= number - _NUMBER < len(functions):
            return functions[number - _NUMBER]
        raise Refused(self._sorry)

    # Outward

    def _answer(self, done: str, body: Mapping[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        if isinstance(body.get("problem"), str):
            return {"problem": body["problem"][:1000]}
        if "error" in body:
            kept = {"error": _exception(body["error"])} | (
                {"import": True} if body.get("import") is True else {}
            )
        elif done == "names":
            kept = {"ok": self._names(body.get("ok")), "classes": [_FUNCTION]}
        elif done == "output" and isinstance(body.get("ok"), dict):
            kept = {"ok": {"stdout": _printed(body["ok"]), "stderr": ""}}
        elif done in {"client", "wsgi", "piece"} and isinstance(body.get("ok"), dict):
            shown = _CLIENT if done == "client" else _RESPONSE
            kept = {"ok": {key: body["ok"][key] for key in shown if key in body["ok"]}}
        elif is_plain(body.get("ok")):
            kept = {"ok": body["ok"]}
        else:
            return {"problem": NOT_PLAIN}
        changed = body.get("changed")
        if isinstance(changed, dict) and all(map(is_plain, changed.values())):
            kept["changed"] = changed
        if heard := _printed(body.get("heard")):
            kept["heard"] = {"stdout": heard}
        if type(body.get("same")) is int:
            kept["same"] = body["same"]
        return kept

    def _names(self, found: Any) -> dict[str, Any]:
        """What `names` may tell: the offered names that are there, functions with a number that is always the same."""
        there = found.get("names") if isinstance(found, dict) else None
        names: dict[str, Any] = {}
        functions = [(module, name) for module, names_of in self._offers.items() for name in names_of]
        for index, (_module, name) in enumerate(functions):
            form = there.get(name) if isinstance(there, dict) else None
            if isinstance(form, dict) and "h" in form:
                names[name] = {"h": _NUMBER + index, "c": 1, "nm": name}
            elif form is not None and is_plain(form):
                names[name] = form
        return {"names": names, "package": False, "all": None}


def is_plain(form: Any) -> bool:
    """Whether a form of `sandbox.values` holds plain values only: nothing that is looked up, imported or called."""
    if isinstance(form, list):
        return _is_plain_list(form)
    if not isinstance(form, dict):
        return True
    if len(form) == 2 and type(form.get("m")) is int and "v" in form:  # noqa: PLR2004 - a container with its number
        return is_plain(form["v"])
    if len(form) != 1:
        return False
    ((tag, content),) = form.items()
    if tag == "o":
        return isinstance(content, dict) and all(map(is_plain, content.values()))
    return tag in _TAGS and is_plain(content)


def _is_plain_list(forms: Any) -> bool:
    return isinstance(forms, list) and all(map(is_plain, forms))


def _is_path(target: Any, steps: int) -> bool:
    if not isinstance(target, dict) or len(target) != 1 or not isinstance(target.get("n"), list):
        return False
    return len(target["n"]) == steps and all(isinstance(step, str) for step in target["n"])


def _numbers(body: Mapping[str, Any], key: str) -> Asked:
    return {key: body[key]} if type(body.get(key)) is int else {}


def _environ(body: Mapping[str, Any]) -> Asked:
    texts, content = body.get("environ"), body.get("body", "")
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise Refused("A request has headers and a body that are text")
    return {"environ": texts, "body": content if isinstance(content, str) else ""}


def _printed(streams: Any) -> str:
    """What went to standard output; "" when nothing did."""
    text = streams.get("stdout") if isinstance(streams, dict) else None
    return text if isinstance(text, str) else ""


def _exception(form: Any) -> dict[str, Any]:
    """An exception without its place and its causes; a class of the program's own arrives as `Exception`."""
    if not isinstance(form, dict):
        form = {}
    kind = form.get("cls")
    is_shared = isinstance(kind, dict) and len(kind) == 1 and ("xt" in kind or "control" in kind)
    args, attributes, text = form.get("args"), form.get("attrs"), str(form.get("text", ""))[:1000]
    shown = kind if is_shared and isinstance(kind, dict) else {"xt": _EXCEPTION}
    return {
        "cls": shown,
        "place": {"type": str((shown.get("xt") or _EXCEPTION)[-1]), "message": text},
        "text": text,
        "args": args if _is_plain_list(args) else [],
        "attrs": {
            key: value
            for key, value in (attributes if isinstance(attributes, dict) else {}).items()
            if is_plain(value)
        },
    }
