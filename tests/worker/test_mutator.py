"""Which faults the mutator puts into a program: each rule with a text, and what comes of it."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from quizapp.questions import load_library
from quizapp.questions.schema import CodeQuestion
from worker.mutator import mutants

ROOT = Path(__file__).resolve().parents[2]


def faults(text: str) -> list[tuple[str, str]]:
    """Rule and new lines of every mutant of a text, without the indentation."""
    made = mutants("app.py", textwrap.dedent(text))
    return [
        (
            mutant.name.removeprefix("app.py:"),
            " / ".join(
                line[1:].strip()
                for line in mutant.difference.splitlines()
                if line.startswith("+") and line[1:]
            ),
        )
        for mutant in made
    ]


RULES = {
    "comparison": ("x = a == b", [("1 == became !=", "x = a != b")]),
    "boundary": ("x = a < b", [("1 < became <=", "x = a <= b"), ("1 < became >=", "x = a >= b")]),
    "boundary the other way": (
        "x = a >= b",
        [("1 >= became >", "x = a > b"), ("1 >= became <", "x = a < b")],
    ),
    "identity": ("x = a is not b", [("1 is not became is", "x = a is b")]),
    "membership": ("x = a in b", [("1 in became not in", "x = a not in b")]),
    "chain of comparisons": (
        "x = a < b == c",
        [
            ("1 < became <=", "x = a <= b == c"),
            ("1 < became >=", "x = a >= b == c"),
            ("1 == became !=", "x = a < b != c"),
        ],
    ),
    "boolean operator": (
        "x = a and b or c",
        [("1 and became or", "x = a or b or c"), ("1 or became and", "x = a and b and c")],
    ),
    "negation": ("x = not a", [("1 removed not", "x = (a)")]),
    "condition": (
        """
        if ready:
            start()
        """,
        [("2 negated condition", "if (not (ready)):"), ("3 removed statement", "pass")],
    ),
    "condition that is a comparison is negated once": (
        """
        while a != b:
            step()
        """,
        [("2 != became ==", "while a == b:"), ("3 removed statement", "pass")],
    ),
    "condition in an expression": (
        "x = a if ready else b",
        [("1 negated condition", "x = a if (not (ready)) else b")],
    ),
    "condition in a comprehension": (
        "x = [a for a in b if a]",
        [("1 negated condition", "x = [a for a in b if (not (a))]")],
    ),
    "number": ("x = 404", [("1 404 became 405", "x = 405")]),
    "number with a point": ("x = 0.5", [("1 0.5 became 1.5", "x = 1.5")]),
    "minus": ("x = -a", [("1 removed minus", "x = (a)")]),
    "truth": ("x = True", [("1 True became False", "x = False")]),
    "text": ('x = "name"', [("1 text 'name' changed", 'x = "XXname"')]),
    "text of several lines": (
        '''
        x = """one
        two"""
        ''',
        [("2 text 'one\\ntwo' changed", 'x = """XXone')],
    ),
    "bytes": ("x = b''", [("1 text b'' changed", "x = b'XX'")]),
    "text with fields": (
        'x = f"{a + b:>4} left"',
        [
            ("1 text '{} left' changed", 'x = f"XX{a + b:>4} left"'),
            ("1 removed format", "x = f'{a + b} left'"),
            ("1 + became -", "x = f'{a - b:>4} left'"),
        ],
    ),
    "arithmetic": ("x = a // b", [("1 // became *", "x = a * b")]),
    "arithmetic between brackets": ("x = (a) - (b)", [("1 - became +", "x = (a) + (b)")]),
    "arithmetic in place": (
        """
        def f():
            a[0] += b
        """,
        [("3 removed statement", "pass"), ("3 0 became 1", "a[1] += b"), ("3 += became -=", "a[0] -= b")],
    ),
    "call": ("start()", [("1 removed statement", "pass")]),
    "keyword argument": (
        "x = f(a, b=c, d=e)",
        [
            ("1 removed keyword argument b", "x = f(a, d=e)"),
            ("1 removed keyword argument d", "x = f(a, b=c)"),
        ],
    ),
    "several keyword arguments at once": ("x = f(**a)", [("1 removed keyword argument **", "x = f()")]),
    "keyword argument on a line of its own": (
        """
        x = f(
            a,
            b=c,
        )
        """,
        [("4 removed keyword argument b", "")],
    ),
    "decorator": (
        """
        @first
        @second
        def f():
            ...
        """,
        [("2 removed decorator", ""), ("3 removed decorator", "")],
    ),
    "value that is returned": (
        """
        def f():
            return a
        """,
        [("3 returned None", "return None")],
    ),
    "early return": (
        """
        def f():
            for a in b:
                return a
            return None
        """,
        [("4 removed statement", "pass"), ("4 returned None", "return None")],
    ),
    "value that is yielded": (
        """
        def f():
            yield a
        """,
        [("3 removed statement", "pass"), ("3 yielded None", "yield None")],
    ),
    "setting": ("a.b = c", [("1 removed statement", "pass")]),
    "name that has a value already": (
        """
        def f(a):
            a = a.strip()
        """,
        [("3 removed statement", "pass")],
    ),
    "name that gets its only value": ("a = b", []),
    "setting of a class": (
        """
        class A:
            debug = b
        """,
        [("3 removed statement", "pass")],
    ),
    "raise": (
        """
        def f():
            raise a
        """,
        [("3 removed statement", "pass")],
    ),
    "handler": (
        """
        try:
            start()
        except A:
            a()
            b()
        """,
        [
            ("3 removed statement", "pass"),
            ("5 removed statement", "pass"),
            ("5 handler only raises", "raise"),
            ("6 removed statement", "pass"),
        ],
    ),
    "loop": (
        """
        for a in b:
            if a == c:
                break
            d()
        """,
        [
            ("3 == became !=", "if a != c:"),
            ("4 removed statement", "pass"),
            ("4 break became continue", "continue"),
            ("5 removed statement", "pass"),
        ],
    ),
    "argument's default": (
        """
        def f(a=1, *, b=False):
            ...
        """,
        [("2 1 became 2", "def f(a=2, *, b=False):"), ("2 False became True", "def f(a=1, *, b=True):")],
    ),
    "match": (
        """
        match a:
            case 1 if b:
                c()
        """,
        [("3 negated condition", "case 1 if (not (b)):"), ("4 removed statement", "pass")],
    ),
    "docstrings stay": (
        '''
        """A module."""
        def f():
            """A function."""
        ''',
        [],
    ),
    "annotations stay": (
        """
        def f(a: "int" = b) -> Literal[1]:
            c: list["str"] = []
        """,
        [],
    ),
    "imports stay": ("from a import b\nimport c", []),
    "what runs as a script only stays": (
        """
        if __name__ == "__main__":
            app.run(debug=True)
        """,
        [],
    ),
    "text before the fault may be of any alphabet": (
        'x = "é" + a',
        [("1 text 'é' changed", 'x = "XXé" + a'), ("1 + became -", 'x = "é" - a')],
    ),
    "same fault twice in a line": (
        "f(a=1); g(a=1)",
        [
            ("1 removed statement", "pass; g(a=1)"),
            ("1 removed keyword argument a", "f(); g(a=1)"),
            ("1 1 became 2", "f(a=2); g(a=1)"),
            ("1 removed statement (2)", "f(a=1); pass"),
            ("1 removed keyword argument a (2)", "f(a=1); g()"),
            ("1 1 became 2 (2)", "f(a=1); g(a=2)"),
        ],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_makes_its_faults_and_no_other(rule: str) -> None:
    text, expected = RULES[rule]
    assert faults(text) == expected


def test_a_fault_that_compiles_to_the_same_code_is_none() -> None:
    # Both statements do the same, so it is the same program that lacks the one or the other.
    assert faults("f(); f()") == [("1 removed statement", "pass; f()")]


def test_every_mutant_is_python_in_a_stable_order() -> None:
    text = textwrap.dedent(RULES["handler"][0] + RULES["match"][0] + RULES["text with fields"][0])
    made = mutants("app.py", text)
    assert made == mutants("app.py", text)
    assert [mutant.line for mutant in made] == sorted(mutant.line for mutant in made)
    assert len({mutant.name for mutant in made}) == len({mutant.text for mutant in made}) == len(made)
    for mutant in made:
        ast.parse(mutant.text)


def test_templates_have_no_mutants() -> None:
    assert mutants("templates/page.html", "<p>{{ 1 + 1 }}</p>") == []


def test_what_the_shipped_questions_declare_is_a_mutant_of_theirs() -> None:
    declared = [
        question
        for question in load_library([ROOT / "questions"]).questions
        if isinstance(question, CodeQuestion) and question.equivalents
    ]
    for question in declared:
        known = {mutant.name for path, text in question.solution.items() for mutant in mutants(path, text)}
        assert [one.mutant for one in question.equivalents if one.mutant not in known] == [], question.id
    assert declared
