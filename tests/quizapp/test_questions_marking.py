"""Marking of choice, text, output and order answers, as tables of cases."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.marking import AnswerError, Mark, is_answered, mark, normalised, pieces

LETTERS = "abcdef"


def choice(right: str, select: str = "several", options: str = "abcd") -> dict[str, Any]:
    return {
        "kind": "choice",
        "select": select,
        "options": [{"text": o, "correct": o in right, "reason": f"about {o}"} for o in options],
    }


def text(*accept: str, normalise=("case", "space"), near_misses=()) -> dict[str, Any]:
    return {
        "kind": "text",
        "accept": list(accept),
        "normalise": list(normalise),
        "near_misses": list(near_misses),
    }


def output(expected: str, near_misses=()) -> dict[str, Any]:
    return {"kind": "output", "expected": expected, "near_misses": list(near_misses)}


def order(*lines: str, distractors=(), indent=False, also=()) -> dict[str, Any]:
    extra = [{"text": line, "reason": f"no {line}"} for line in distractors]
    return {"kind": "order", "lines": list(lines), "distractors": extra, "indent": indent, "also": list(also)}


def ids(content: dict[str, Any], *texts: str) -> list[int]:
    """The ids a page would send for these lines; equal lines are taken one after the other."""
    offered = pieces(content)
    taken: list[int] = []
    for wanted in texts:
        taken.append(next(p.id for p in offered if p.text == wanted and p.id not in taken))
    return taken


@pytest.mark.parametrize(
    ("right", "ticked", "share"),
    [
        ("ab", "ab", 1.0),
        ("ab", "a", 0.5),
        ("ab", "ac", 0.0),
        ("ab", "abc", 0.5),
        ("ab", "abcd", 0.0),
        ("ab", "cd", 0.0),
        ("abc", "abcd", 2 / 3),
        ("abcd", "abc", 0.75),
        ("a", "a", 1.0),
        ("a", "ab", 0.0),
        ("ab", "", 0.0),
    ],
)
def test_several_choice_counts_right_less_wrong_over_all_right(right, ticked, share):
    marked = mark(choice(right), {"options": [LETTERS.index(letter) for letter in ticked]})
    assert marked.points_share == pytest.approx(share)
    assert marked.correct == (ticked == right)


@pytest.mark.parametrize(("ticked", "share"), [([1], 1.0), ([0], 0.0), ([], 0.0)])
def test_single_choice_is_all_or_nothing(ticked, share):
    marked = mark(choice("b", select="one"), {"options": ticked})
    assert (marked.points_share, marked.correct) == (share, share == 1.0)


def test_choice_feedback_tells_state_and_reason_of_each_option():
    marked = mark(choice("ab"), {"options": [1, 2]})
    assert [(o["id"], o["state"], o["reason"]) for o in marked.feedback["options"]] == [
        (0, "missed", "about a"),
        (1, "right", "about b"),
        (2, "wrong", "about c"),
        (3, "left", "about d"),
    ]


@pytest.mark.parametrize(
    ("given_text", "rules", "correct"),
    [
        ("url_for", ("case", "space"), True),
        ("  URL_FOR \n", ("case", "space"), True),
        ("URL_FOR", ("space",), False),
        ("url for", ("case", "space", "punctuation"), False),
        ("url_for()", ("case", "space"), False),
        ("url_for()", ("case", "space", "punctuation"), True),
        ("redirect", ("case", "space"), False),
        ("", ("case", "space"), False),
    ],
)
def test_text_is_compared_after_normalising(given_text, rules, correct):
    marked = mark(text("url_for", normalise=rules), {"text": given_text})
    assert (marked.correct, marked.points_share) == (correct, float(correct))


@pytest.mark.parametrize(
    ("rules", "one", "other"),
    [
        (("quotes",), "app['X']", "app[\u201cX\u201d]"),
        (("quotes",), 'app["X"]', "app[`X`]"),
        (("quotes",), " `url_for` ", "url_for"),
        (("case",), "STRASSE", "stra\u00dfe"),
        (("space",), "a  b\n c", "a b c"),
        ((), "cafe\u0301", "caf\u00e9"),
        (("punctuation",), "flask --app, run!", "flask app run"),
    ],
)
def test_what_normalisation_makes_equal(rules, one, other):
    assert normalised(one, rules) == normalised(other, rules)


def test_a_near_miss_is_told_what_is_wrong_with_it():
    content = text(
        "after_request", near_misses=[{"answer": "teardown_request", "note": "It cannot change it."}]
    )
    assert mark(content, {"text": "Teardown_Request"}).feedback["note"] == "It cannot change it."
    assert mark(content, {"text": "other"}).feedback["note"] is None
    assert mark(content, {"text": "after_request"}).feedback == {"accepted": ["after_request"], "note": None}


@pytest.mark.parametrize(
    ("printed", "correct", "difference"),
    [
        ("200\n404\n", True, None),
        ("200\n404", True, None),
        ("200  \r\n404\r\n\r\n", True, None),
        ("200\n405", False, 2),
        ("200", False, 2),
        ("200\n404\n500", False, 3),
        (" 200\n404", False, 1),
        ("200\n\n404", False, 2),
        ("", False, 1),
    ],
)
def test_output_is_compared_line_by_line(printed, correct, difference):
    marked = mark(output("200\n404\n"), {"text": printed})
    assert (marked.correct, marked.feedback["first_difference"]) == (correct, difference)


def test_output_near_misses_have_notes():
    content = output("200\n", near_misses=[{"answer": "404\n", "note": "The rule is more specific."}])
    assert mark(content, {"text": "404"}).feedback["note"] == "The rule is more specific."


FOUR = order("a", "b", "c", "d", distractors=["x"])


@pytest.mark.parametrize(
    ("sent", "share"),
    [
        ("abcd", 1.0),
        ("abdc", 2 / 5),  # start-a, a-b
        ("bcda", 2 / 5),  # b-c, c-d
        ("dcba", 0.0),
        ("abc", 3 / 5),  # start-a, a-b, b-c
        ("abxcd", 4 / 6),
        ("abcdx", 4 / 6),
        ("x", 0.0),
        ("", 0.0),
    ],
)
def test_order_counts_right_neighbours(sent, share):
    marked = mark(FOUR, {"lines": ids(FOUR, *sent)})
    assert marked.points_share == pytest.approx(share)
    assert marked.correct == (sent == "abcd")


def test_other_accepted_orders_count_in_full():
    content = order("a", "b", "c", also=[[1, 0, 2]])
    assert mark(content, {"lines": ids(content, "b", "a", "c")}).correct
    assert not mark(content, {"lines": ids(content, "c", "a", "b")}).correct


def test_lines_that_read_the_same_may_stand_for_one_another():
    content = order("{", "a", "}", "{", "b", "}")
    sent = ids(content, "{", "a", "}", "{", "b", "}")
    swapped = [sent[3], sent[1], sent[5], sent[0], sent[4], sent[2]]
    assert mark(content, {"lines": sent}).correct
    assert mark(content, {"lines": swapped}).correct


def test_all_right_neighbours_in_another_order_are_not_the_right_answer():
    content = order("a", "b", "a", "c", "a")
    marked = mark(content, {"lines": ids(content, "a", "c", "a", "b", "a")})
    assert not marked.correct
    assert marked.points_share < 1


def test_indentation_counts_when_asked_for():
    content = order("def f():", "    if x:", "        return 1", indent=True)
    sent = ids(content, "def f():", "if x:", "return 1")
    assert mark(content, {"lines": sent, "indent": [0, 1, 2]}).correct
    wrong = mark(content, {"lines": sent, "indent": [0, 1, 1]})
    assert not wrong.correct
    assert wrong.points_share == pytest.approx(2 / 4)
    assert [line["state"] for line in wrong.feedback["lines"]] == ["right", "right", "misplaced"]
    assert wrong.feedback["indent"] == [0, 1, 2]


def test_order_feedback_names_misplaced_extra_and_missing_lines():
    marked = mark(FOUR, {"lines": ids(FOUR, "a", "c", "x")})
    texts = {piece.id: piece.text for piece in pieces(FOUR)}
    told = [(texts[line["id"]], line["state"], line["reason"]) for line in marked.feedback["lines"]]
    assert told == [
        ("a", "right", None),
        ("c", "misplaced", None),
        ("x", "extra", "no x"),
        ("b", "missing", None),
        ("d", "missing", None),
    ]
    assert [texts[id_] for id_ in marked.feedback["answer"]] == ["a", "b", "c", "d"]


def bug(*faulty, near_misses=()):
    """Lines a to f with an empty one between; `faulty` are groups of letters, the first one names the fault."""
    faults = [
        {"line": f"{group[0]} =", "also": [f"{c} =" for c in group[1:]], "reason": group} for group in faulty
    ]
    misses = [{"line": f"{letter} =", "reason": f"{letter} is sound"} for letter in near_misses]
    program = "a = 1\nb = 2\n\nc = 3\nd = 4\n"
    return {"kind": "bug", "program": program, "faulty": faults, "near_misses": misses, "fixed": "mended"}


LINES = {"a": 1, "b": 2, "c": 4, "d": 5}


@pytest.mark.parametrize(
    ("faulty", "picked", "share"),
    [
        (["a"], "a", 1.0),
        (["a"], "b", 0.0),
        (["ab"], "b", 1.0),
        (["a", "b"], "ab", 1.0),
        (["a", "b"], "a", 0.5),
        (["a", "b"], "ac", 0.0),
        (["a", "b"], "abc", 0.5),
        (["a", "b"], "abcd", 0.0),
        (["a", "b"], "cd", 0.0),
        (["ab", "c"], "ab", 0.5),
        (["ab", "c"], "abc", 1.0),
    ],
)
def test_bug_counts_found_faults_less_sound_lines_over_all_faults(faulty, picked, share):
    marked = mark(bug(*faulty), {"lines": [LINES[letter] for letter in picked]})
    assert marked.points_share == pytest.approx(share)
    assert marked.correct == (share == 1.0)


def test_bug_feedback_tells_of_each_line_why():
    marked = mark(bug("b", "c", near_misses="ad"), {"lines": [1, 2]})
    told = [(line["line"], line["state"], line["reason"]) for line in marked.feedback["lines"]]
    assert told == [
        (1, "wrong", "a is sound"),
        (2, "right", "b"),
        (4, "missed", "c"),
        (5, "left", "d is sound"),
    ]
    assert marked.feedback["fixed"] == "mended"


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (bug("a"), {"lines": [1, 2]}),
        (bug("a", "b"), {"lines": [3]}),
        (bug("a", "b"), {"lines": [0]}),
        (bug("a", "b"), {"lines": [6]}),
        (bug("a", "b"), {"lines": [1, 1]}),
        (bug("a", "b"), {"lines": ["1"]}),
        (bug("a", "b"), {"lines": [True]}),
        (bug("a", "b"), {"lines": "1"}),
        (choice("a"), {"options": [9]}),
        (choice("a"), {"options": [-1]}),
        (choice("a"), {"options": [0, 0]}),
        (choice("a"), {"options": ["0"]}),
        (choice("a"), {"options": [True]}),
        (choice("a"), {"options": "0"}),
        (choice("a", select="one"), {"options": [0, 1]}),
        (text("a"), {"text": 7}),
        (text("a"), {"text": "a" * 20_001}),
        (output("a"), {"text": None}),
        (FOUR, {"lines": [0, 0]}),
        (FOUR, {"lines": [5]}),
        (order("a", "b", "c", indent=True), {"lines": [0, 1], "indent": [0]}),
        (order("a", "b", "c", indent=True), {"lines": [0], "indent": [-1]}),
        (order("a", "b", "c", indent=True), {"lines": [0], "indent": "0"}),
    ],
)
def test_answers_no_page_can_send_are_refused(content, answer):
    with pytest.raises(AnswerError):
        mark(content, answer)


@pytest.mark.parametrize("content", [choice("a"), text("a"), output("a"), bug("a"), FOUR])
@pytest.mark.parametrize("answer", [None, {}])
def test_no_answer_earns_nothing_and_is_no_error(content, answer):
    marked = mark(content, answer)
    assert (marked.points_share, marked.correct) == (0.0, False)
    assert not is_answered(content, answer)


def test_a_kind_that_needs_the_sandbox_is_not_marked_here():
    with pytest.raises(ValueError, match="code"):
        mark({"kind": "code"}, {})


@given(sent=st.permutations(range(5)).flatmap(lambda p: st.integers(0, 5).map(lambda n: list(p)[:n])))
def test_an_order_mark_is_a_share_and_full_only_when_right(sent):
    marked: Mark = mark(FOUR, {"lines": sent})
    assert 0 <= marked.points_share <= 1
    assert (marked.points_share == 1) == marked.correct == (sent == ids(FOUR, "a", "b", "c", "d"))


@given(right=st.sets(st.sampled_from("abcd"), min_size=1), ticked=st.sets(st.integers(0, 3)))
def test_a_choice_mark_is_a_share_and_full_only_when_right(right, ticked):
    marked = mark(choice("".join(right)), {"options": sorted(ticked)})
    assert 0 <= marked.points_share <= 1
    assert (marked.points_share == 1) == marked.correct
