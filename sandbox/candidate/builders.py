"""Werkzeug's functions that build URLs, compiled when a URL is built and not when a rule is added.

Of each rule it compiles two functions out of a syntax tree, which takes as long as a request; most applications that are
tested build no URL, and each test imports them anew. A rule whose functions could be refused is left as it is, because
its author has to learn of that where the rule is added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NO_NAMES = frozenset({"None", "True", "False", "__debug__"})  # words that are no names of arguments

Builder = Callable[..., tuple[str, str]]


def put_off() -> None:
    """Have the rules that are added from now on compile their functions when they are first called."""
    from werkzeug.routing import Rule  # noqa: PLC0415 - only where the package is

    compile_now: Callable[[Any, bool], Builder] = Rule._compile_builder  # noqa: SLF001 - no public way
    if compile_now.__module__ == __name__:
        return

    def compile_later(rule: Any, append_unknown: bool = True) -> Builder:
        if not _is_simple(rule):
            return compile_now(rule, append_unknown)
        compiled: list[Builder] = []

        def build(rule: Any, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(compile_now(rule, append_unknown))
            return compiled[0](rule, **values)

        return build

    Rule._compile_builder = compile_later  # type: ignore[method-assign, assignment]  # noqa: SLF001


def _is_simple(rule: Any) -> bool:
    """Whether nothing can go wrong when the functions of a rule are compiled, and nothing can change until then."""
    if rule.defaults or not f"{rule.host}{rule.subdomain}{rule.rule}".isascii():
        return False
    names = [text for is_name, text in rule._trace if is_name]  # noqa: SLF001
    return len(names) == len(set(names)) and NO_NAMES.isdisjoint(names)
