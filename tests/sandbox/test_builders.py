"""URLs that werkzeug builds, with its functions compiled when they are first called."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Map, MapAdapter, Rule

from sandbox.candidate import builders

RULES = ("/", "/books", "/books/<int:number>", "/<lang>/books/<path:rest>", "/a b/<class>", "/größe/<int:n>")
VALUES = {"number": 3, "lang": "d e", "rest": "a/b c", "class": "x", "n": 4, "further": ["1", "ü"]}


@pytest.fixture
def _put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rule, "_compile_builder", Rule._compile_builder)  # put back afterwards
    builders.put_off()


def _adapter() -> MapAdapter:
    rules = [Rule(rule, endpoint=rule) for rule in RULES]
    rules.append(Rule("/page/<int:number>", endpoint="page"))
    rules.append(Rule("/page", endpoint="page", defaults={"number": 1}))
    return Map(rules).bind("localhost")


def _built(adapter: MapAdapter) -> list[str]:
    urls = [adapter.build(rule, VALUES, append_unknown=more) for rule in RULES for more in (True, False)]
    return [*urls, adapter.build("page", {"number": 1}), adapter.build("page", {"number": 2})]


def test_the_same_urls_are_built(request: pytest.FixtureRequest) -> None:
    usual = _built(_adapter())
    request.getfixturevalue("_put_off")
    adapter = _adapter()
    assert _built(adapter) == usual
    assert _built(adapter) == usual  # with the functions that are there by now


@pytest.mark.usefixtures("_put_off")
def test_nothing_is_compiled_for_a_rule_until_a_url_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "/compiled-once/<int:number>"  # no other test has it, as some keep what was compiled for the next
    made: list[str] = []
    compile_now = Rule._get_func_code

    def noted(code: Any, name: str) -> Any:
        made.append(name)
        return compile_now(code, name)

    monkeypatch.setattr(Rule, "_get_func_code", staticmethod(noted))
    adapter = _adapter_of(rule)
    assert adapter.match("/compiled-once/2") == (rule, {"number": 2})
    assert made == []
    assert adapter.build(rule, {"number": 2}) == "/compiled-once/2"
    assert len(made) == 1


@pytest.mark.usefixtures("_put_off")
@pytest.mark.parametrize(
    ("rule", "defaults", "error"),
    [("/<a>/<a>", None, SyntaxError), ("/<None>", None, ValueError), ("/<int:n>", {"n": "x"}, ValueError)],
)
def test_a_rule_that_is_refused_is_refused_where_it_is_added(
    rule: str, defaults: dict[str, str] | None, error: type
) -> None:
    with pytest.raises(error):
        _adapter_of(rule, defaults)


def _adapter_of(rule: str, defaults: dict[str, str] | None = None) -> MapAdapter:
    return Map([Rule(rule, endpoint=rule, defaults=defaults)]).bind("localhost")
