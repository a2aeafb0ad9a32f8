"""Turns what pydantic says about a document into findings an author can act on."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from quizapp.questions.document import Document, Route
from quizapp.questions.finding import Finding, suggestion

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
}
_COUNTS = {"too_short": "least", "too_long": "most"}
_PATTERN_HINTS = {
    r"\S": "write some text",
    r"^[^\n]*\S[^\n]*$": "write one line of text",
    r"^/": "start with /",
}


def shape_findings(document: Document, model: type[BaseModel], error: ValidationError) -> list[Finding]:
    """Give one finding per thing the model refused, at its place in the file."""
    seen: dict[tuple[Route, str, object], Finding] = {}
    details = [(existing(document.value, d["loc"]), d) for d in error.errors(include_url=False)]
    for route, detail in details:
        if not _is_echo(document.value, route, detail, details):
            # Keys that are missing from one mapping have the same place, but are different things to mend.
            missing = detail["loc"][-1] if detail["type"] == "missing" else None
            seen.setdefault((route, detail["type"], missing), _finding(document, model, detail, route))
    return list(seen.values())


def _is_echo(
    value: Any, route: Route, detail: ErrorDetails, details: list[tuple[Route, ErrorDetails]]
) -> bool:
    """Tell whether an error only repeats another one.

    pydantic counts just the sound items of a list, and of "a list or the word any" it tries both.
    """
    inside = [other for place, other in details if place[: len(route)] == route and other is not detail]
    match detail["type"]:
        case "too_short":
            return len(_at(value, route)) >= int(detail["ctx"]["min_length"])
        case "literal_error":
            return isinstance(_at(value, route), list) and bool(inside)
        case "tuple_type":
            return any(place == route and other["type"] == "literal_error" for place, other in details)
    return False


def existing(value: Any, loc: Route) -> Route:
    """Drop what pydantic adds to a location for its own sake (names of union branches, `[key]`)."""
    route: list[str | int] = []
    for step in loc:
        if not isinstance(value, dict | list):
            break
        inside: Any = value
        if step in (range(len(inside)) if isinstance(inside, list) else inside):
            value = inside[step]
            route.append(step)
    return tuple(route)


def _at(value: Any, route: Route) -> Any:
    for step in route:
        value = value[step]
    return value


def _name(route: Route) -> str:
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in route]
    return "".join(parts).lstrip(".") or "the file"


def _finding(document: Document, model: type[BaseModel], detail: ErrorDetails, route: Route) -> Finding:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        key = detail["loc"][-1]
        where = f" in {_name(route)}" if route else ""
        return document.finding(
            document.place(route), "missing-key", f"needs the key '{key}'{where}", _described(model, str(key))
        )
    if kind == "extra_forbidden":
        key = str(route[-1])
        hint = suggestion(key, known_keys(model, route))
        return document.finding(
            document.place(route, key=True), "unknown-key", f"does not know '{key}'", hint
        )
    place = document.place(route)
    if kind in _TYPES:
        value = _at(document.value, route)
        return document.finding(
            place, "wrong-type", f"{_name(route)} {_TYPES[kind]}", _type_hint(kind, value)
        )
    if kind == "literal_error":
        known = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        if detail["loc"][-1] == "[key]":
            key = str(route[-1])
            message = f"{_name(route[:-1])} does not know '{key}'"
            return document.finding(
                document.place(route, key=True), "unknown-key", message, suggestion(key, known)
            )
        value = str(_at(document.value, route))
        return document.finding(
            place, "unknown-value", f"{_name(route)} cannot be '{value}'", suggestion(value, known)
        )
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        hint = _PATTERN_HINTS.get(pattern, f"it has to match {pattern}")
        return document.finding(place, "wrong-form", f"{_name(route)} has the wrong form", hint)
    if kind in _COUNTS:
        least_or_most = f"at {_COUNTS[kind]} {context.get('min_length', context.get('max_length'))}"
        message = f"{_name(route)} has {len(_at(document.value, route))} entries and needs {least_or_most}"
        return document.finding(place, "out-of-range", message)
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return document.finding(place, "out-of-range", f"{_name(route)}: {message}")


def _type_hint(kind: str, value: Any) -> str:
    if value is None:
        return "nothing is written here"
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "put quotes round it"
    if kind == "bool_type" and isinstance(value, str):
        return "write true or false; yes, no, on and off are text"
    if kind in {"int_type", "float_type"} and isinstance(value, str):
        return "write digits, without quotes and without leading zeros"
    return ""


def _part(model: type[BaseModel], route: Route) -> type[BaseModel]:
    """Find the model that describes the mapping a route leads into."""
    for step in route:
        if isinstance(step, str) and step in model.model_fields:
            inner = _model_in(model.model_fields[step].annotation)
            model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None


def known_keys(model: type[BaseModel], route: Route) -> list[str]:
    """Give the keys that the mapping takes in which a key (the last step of the route) stands."""
    return list(_part(model, route[:-1]).model_fields)


def _described(model: type[BaseModel], key: str) -> str:
    field = model.model_fields.get(key)
    return (field.description or "") if field else ""
