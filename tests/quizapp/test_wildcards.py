"""Patterns of short answers: two wildcards, and a time that no answer can make long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.marking import mark
from quizapp.rules.wildcards import PatternError, matches


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("url_for(*)", "url_for('index')", True),
        ("url_for(*)", "url_for('index'", False),
        ("*.run(*)", "app.run(debug=True)", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*", "a", True),
        ("**kwargs", "anything kwargs", True),
        (r"\*\*kwargs", "**kwargs", True),
        (r"\*\*kwargs", "xkwargs", False),
        (r"why\?", "why?", True),
        (r"why\?", "whyx", False),
        ("a*b*c", "aXbXbc", True),
        ("a*b*c", "aXbXb", False),
    ],
)
def test_a_pattern_fits_the_whole_answer(pattern, text, fits):
    assert matches(pattern, text) is fits


@pytest.mark.parametrize("pattern", ["*", "?", "* *", "**?", "a\\b", "a\\"])
def test_a_pattern_that_takes_anything_or_means_nothing_is_refused(pattern):
    with pytest.raises(PatternError):
        matches(pattern, "a")


@given(st.text(alphabet="ab*?", min_size=1, max_size=12), st.text(alphabet="ab", max_size=12))
def test_it_agrees_with_a_regular_expression(pattern, text):
    try:
        found = matches(pattern, text)
    except PatternError:
        return
    expression = "".join({"*": ".*", "?": "."}.get(sign, sign) for sign in pattern)
    assert found is bool(re.fullmatch(expression, text, re.DOTALL))


def test_what_makes_other_matchers_run_away_takes_few_steps():
    class Counted(str):
        """Text that counts how often it is looked at."""

        __slots__ = ()
        looks = 0

        def __getitem__(self, place):
            Counted.looks += 1
            return super().__getitem__(place)

    pattern, text = "*a" * 99 + "*b", Counted("a" * 2000)
    assert not matches(pattern, text)
    assert Counted.looks < 4 * len(pattern) * len(text)


@pytest.mark.parametrize(
    ("written", "right"),
    [("url_for", True), ("URL_FOR( 'index' )", True), ("redirect(url_for('x'))", False)],
)
def test_an_answer_that_fits_a_pattern_is_right(written, right):
    content = {
        "kind": "text",
        "accept": ["url_for"],
        "patterns": ["Url_For(*)"],
        "normalise": ["case", "space"],
        "near_misses": [],
    }
    assert mark(content, {"text": written}).correct is right


def test_punctuation_that_does_not_count_does_not_count_in_patterns_either():
    content = {
        "kind": "text",
        "accept": ["x"],
        "patterns": ["app.run(*)"],
        "normalise": ["punctuation"],
        "near_misses": [],
    }
    assert mark(content, {"text": "app run"}).correct is False
    assert mark(content, {"text": "apprun(debug=True)"}).correct is True
