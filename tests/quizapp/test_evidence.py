"""Which events are read out of recordings, and in which words they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quizapp.rules import evidence, playback, wording
from quizapp.rules.evidence import Answer, Event, Tape
from quizapp.rules.playback import Run

ZERO = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STARTER = {"app.py": "def double(number):\n    return number\n"}
OPENED = [0, "o", ["app.py"], {}]
OUTSIDE = "import requests\nrequests.get('https://example.org')\n"


def tape(*entries: Any, number: int = 1, at: float = 0, **changes: Any) -> Tape:
    """A tape of a code question that was opened `at` seconds after the beginning."""
    made = Tape(number, 7, 3, ZERO + timedelta(seconds=at), "Firefox on Linux", [OPENED, *entries], STARTER)
    return replace(made, **changes)


def told(*tapes: Tape, given: Sequence[str] = (), answered: Sequence[Answer] = ()) -> list[str]:
    """The sentences of all events."""
    return [wording.sentence(event) for event in evidence.events(tapes, given, answered)]


def paste(text: str, wait: int = 100, at: int = 0) -> list[Any]:
    return [wait, 0, at, 0, text, "p"]


def test_a_paste_from_outside_is_told_with_its_size_and_its_beginning():
    (event,) = evidence.events([tape(paste(OUTSIDE))], [], [])
    assert wording.sentence(event) == "Pasted 52 characters in 2 lines from outside of the interview"
    assert wording.note(event) == "It begins: import requests requests.get('https://example.org')"
    assert (event.position, event.response_id, event.at) == (3, 7, ZERO + timedelta(seconds=1))
    assert len(event.facts["hash"]) == 12


def test_long_pastes_are_told_by_their_beginning_only():
    (event,) = evidence.events([tape(paste("word " * 500))], [], [])
    assert len(event.facts["preview"]) == evidence.PREVIEW


@pytest.mark.parametrize(
    "text",
    ["return number", "def double(number):\n\treturn number", "Write a view", "  \n "],
    ids=["own line", "own lines, other white space", "the prompt", "nothing but white space"],
)
def test_text_of_the_interview_itself_is_moved_and_no_event(text):
    assert told(tape(paste(text)), given=["**Write a view** that answers."]) == []


def test_text_that_was_cut_elsewhere_before_is_moved():
    elsewhere = tape([50, 0, 0, 0, "total = sum(found)\n"], [50, 0, 0, 19, ""], number=1, response_id=6)
    assert told(elsewhere, tape(paste("total = sum(found)"), number=2, at=30)) == []
    assert (
        len(
            told(
                tape(paste("total = sum(found)"), number=2),
                replace(elsewhere, opened_at=ZERO + timedelta(60)),
            )
        )
        == 1
    )


def test_text_that_was_typed_in_pieces_and_broken_again_was_there():
    typed = [[10, 0, 0, 0, "ab"], [90, 0, 2, 0, "cd"], [90, 0, 2, 0, "--"]]
    assert told(tape(*typed, paste("abcd"))) == []
    assert len(told(tape(*typed, paste("abce")))) == 1


def test_what_the_page_knew_as_moved_is_believed():
    assert told(tape([10, 0, 0, 0, OUTSIDE, "m"])) == []


def test_absences_are_told_from_their_beginning():
    first, second = evidence.events([tape([9000, "a", 20.5, "hidden"], [1000, "a", 70, "unfocused"])], [], [])
    assert wording.sentence(second) == "The page was not in view for 20 s"
    assert second.at == ZERO + timedelta(seconds=69.5)
    assert wording.sentence(first) == "Another window had the focus for 1 min 10 s"
    assert first.at == ZERO + timedelta(seconds=30)


def test_an_absence_cannot_begin_before_its_page():
    (event,) = evidence.events([tape([100, "a", 500, "hidden"])], [], [])
    assert event.at == ZERO


def test_times_without_connection_are_told():
    assert told(tape([9000, "n", 65])) == ["No connection for 1 min 5 s"]


def test_two_windows_in_use_at_once_are_told_and_two_pages_after_another_are_not():
    first = tape([2000, 0, 0, 0, "a"], [3000, 0, 0, 0, "b"], [10, "x"])
    assert told(first, tape([1000, "x"], number=2, at=50.2)) == []
    assert told(first, tape([3000, "f", 0], number=2, at=20)) == [
        "A second window of the interview was in use for 30 s"
    ]
    assert told(first, tape([3000, "f", 0], number=2, at=20, device="Chrome on Android")) == [
        "Another device was in use at the same time for 30 s: Chrome on Android, beside Firefox on Linux"
    ]


def test_going_from_question_to_question_leaves_no_gap_and_closing_the_browser_does():
    first = tape([3000, "x"])
    assert told(first, tape([100, "x"], number=2, at=31, response_id=8)) == []
    assert told(first, tape([100, "x"], number=2, at=90)) == ["No page of the interview was open for 1 min"]
    assert told(tape([3000, "f", 0]), tape([100, "x"], number=2, at=90)) == [], (
        "it never said that it was left"
    )
    beside = tape([12_000, "x"], number=3, at=5)
    assert "No page" not in " ".join(told(first, beside, tape([100, "x"], number=2, at=90)))


def answer(saved: float, *, minutes: float = 5, is_answered: bool = True) -> Answer:
    return Answer(7, 3, minutes, ZERO + timedelta(seconds=saved), is_answered)


def test_fast_is_less_than_a_tenth_of_the_planned_time_in_view():
    seen = tape([6000, "x"])
    (event,) = evidence.events([seen], [], [answer(20)])
    assert wording.sentence(event) == "Answered with the question in view for 20 s; 5 min were planned for it"
    assert wording.note(event) == "Listed because it is less than 30 s, a tenth of the time planned for it."
    assert told(seen, answered=[answer(31)]) == []
    assert told(seen, answered=[answer(20, is_answered=False)]) == []
    assert told(answered=[answer(20)]) == [], "without a recording nothing is known"
    assert len(told(seen, answered=[answer(2.9, minutes=0.1)])) == 1, "three seconds at least"


def test_time_in_view_adds_up_over_pages_and_leaves_absences_out():
    pages = [tape([2000, "x"]), tape([2000, "x"], number=2, at=30)]
    assert told(*pages, answered=[answer(50)]) == []
    away = tape([2000, "a", 15, "hidden"], [2000, "x"])
    assert [event.kind for event in evidence.events([away], [], [answer(40)])] == ["away", "fast"]


def test_what_the_server_noticed_is_among_them_in_order():
    seen = Event(
        "seen:1", "takeover", ZERO + timedelta(seconds=5), None, None, None, {"device": "Safari on iOS"}
    )
    found = evidence.events([tape([9000, "n", 65])], [], [], [seen])
    assert [wording.sentence(event) for event in found] == [
        "The interview was taken over by another device: Safari on iOS",
        "No connection for 1 min 5 s",
    ]


def test_every_kind_has_a_title_and_a_sentence():
    assert set(evidence.KINDS) == set(wording._SENTENCES)
    assert set(evidence.SERVER_KINDS) <= set(evidence.KINDS)


def test_keys_stay_when_more_is_recorded():
    before = {event.key for event in evidence.events([tape(paste(OUTSIDE))], [], [])}
    longer = tape(paste(OUTSIDE), [100, 0, 0, 0, "a"], [100, "a", 4, "hidden"])
    assert before < {event.key for event in evidence.events([longer], [], [])}


class TestTheLog:
    def lines(
        self, *tapes: Tape, runs: Sequence[Run] = (), given: Sequence[str] = ()
    ) -> list[tuple[float, str]]:
        events = evidence.events(tapes, given, [])
        return [(line.at, line.text) for line in playback.log(tapes, runs, events)]

    def test_it_tells_everything_in_its_order(self):
        shown = tape(
            [1000, 0, 0, 0, "import "],
            [100, 0, 7, 0, "re\n"],
            paste(OUTSIDE, 700, 10),
            [500, 0, 0, 3, "return number", "m"],
            [4000, "a", 20, "hidden"],
            [100, "x"],
        )
        runs = [Run(ZERO + timedelta(seconds=30), "fail", "Ran the samples: 1 of 3 tests", is_sent=False)]
        assert self.lines(shown, runs=runs) == [
            (0.0, "Opened as it was given"),
            (10.0, "Typed 10 characters in app.py"),
            (18.0, "Pasted 52 characters in 2 lines from outside of the interview in app.py"),
            (23.0, "Moved 13 characters in app.py"),
            (23.0, "Nothing was changed for 40 s"),
            (30.0, "Ran the samples: 1 of 3 tests"),
            (43.0, "The page was not in view for 20 s"),
            (64.0, "Left the question"),
        ]

    def test_a_line_holds_what_became_of_the_file(self):
        edited = tape([100, 0, 24, 13, "return number * 2"], [100, 0, 41, 0, "\n    # done"])
        line = playback.log([edited], [], [])[1]
        assert line.text == "Typed 28 characters, removed 13 characters in app.py"
        assert list(line.removed) == ["    return number"]
        assert list(line.added) == ["    return number * 2", "    # done"]

    def test_pauses_divide_typing_and_another_file_does(self):
        files = [0, "o", ["app.py", "page.html"], {}]
        edits = [
            [100, 0, 0, 0, "a"],
            [600, 0, 0, 0, "b"],
            [10, 1, 0, 0, "c"],
            [10, "f", 0],
            [10, 0, 0, 0, "R", "r"],
        ]
        made = replace(tape(), entries=[files, *edits], starter={"app.py": "", "page.html": ""})
        assert [text for _, text in self.lines(made)][1:] == [
            "Typed 1 character in app.py",
            "Typed 1 character in app.py",
            "Typed 1 character in page.html",
            "Went to app.py",
            "Replaced as a whole in app.py",
        ]

    def test_coming_back_is_told_and_so_is_another_device(self):
        again = [0, "o", ["app.py"], {"app.py": "mine"}]
        pages = [
            tape([100, "x"]),
            replace(tape(number=2, at=50), entries=[again, [10, "x"]]),
            replace(tape(number=3, at=52, device="Safari on iOS"), entries=[again]),
        ]
        assert [line.text for line in playback.log(pages, [], [])] == [
            "Opened as it was given",
            "Left the question",
            "Away from this question for 49 s",
            "Opened again",
            "Left the question",
            "Opened again, at Safari on iOS",
        ]

    def test_nothing_recorded_gives_no_line(self):
        assert playback.log([], [], []) == []


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        ("a\nb\nc", "a\nx\nc", ["b"], ["x"]),
        ("a\nb", "a\nb", [], []),
        ("a\nb", "a\nz\nb", [], ["z"]),
        ("a\na\na", "a\na", ["a"], []),
        ("", "x", [""], ["x"]),
    ],
)
def test_changed_lines_lie_between_what_both_share(before, after, gone, come):
    assert playback.changed_lines(before, after) == (gone, come)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (3.0, "3 s"),
        (9.96, "10 s"),
        (20.4, "20 s"),
        (60, "1 min"),
        (220, "3 min 40 s"),
        (3900, "1 h 05 min"),
    ],
)
def test_lengths_are_told_as_people_do(seconds, text):
    assert wording.length(seconds) == text
