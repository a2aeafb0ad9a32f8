"""What pages record plays back to the text that was written, in the browser's language and in ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizapp.rules import tapes
from quizapp.rules.tapes import Head, TapeError
from quizapp.services import recordings
from tests.quizapp import typed_hour
from tests.quizapp.tape_recorder import Recorder

STARTER = "def double(number):\n    return number\n"
TEXTS = st.text(st.sampled_from("ab \n(é☃🙂🚲"), max_size=6)
# Where, how much, what, how, and how long after the edit before; places and lengths are shares of what is there.
EDITS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.floats(0, 1),
        st.floats(0, 1) | st.just(0.0),
        TEXTS,
        st.sampled_from(["", "", "", "p", "m", "r"]),
        st.integers(0, 1500),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=2, max_size=2), EDITS, st.integers(0, 7))
def test_random_edits_play_back_to_the_text_that_was_written(recorder, opened, edits, take):
    files, starter = ["app.py", "templates/page.html"], [STARTER, ""]
    written = list(opened)
    sent, now = [], 0
    for file, place, share, inserted, how, wait in edits:
        text = written[file]
        begins = round(place * len(text))
        removed = round(share * (len(text) - begins))
        written[file] = text[:begins] + inserted + text[begins + removed :]
        now += wait
        at, length = tapes.units(text[:begins]), tapes.units(text[begins : begins + removed])
        sent.append([now, file, at, length, inserted, how])
    recorded = recorder.record(sent, files=files, texts=opened, starter=starter, take=take)

    by_name = dict(zip(files, written, strict=True))
    assert recorded.texts == written
    assert recorded.played == by_name
    assert tapes.played(recorded.entries, dict(zip(files, starter, strict=True))) == by_name
    head = Head()
    for frame in recorded.frames:
        if frame:
            head = tapes.advanced(head, frame, dict(zip(files, starter, strict=True)))
    assert head.lengths == [tapes.units(text) for text in written]
    assert tapes.unpacked(tapes.packed(recorded.entries)) == recorded.entries


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.integers(0, 4),
            st.sampled_from(["a", "🙂", "\ud83d", "\ude42", "\0", ""]),
            st.integers(0, 900),
        ),
        max_size=30,
    )
)
def test_halves_of_characters_never_get_into_a_tape(recorder, edits):
    """An editor that cuts a pair in two, or holds what cannot be stored, is recorded as well as can be."""
    length, sent, now = tapes.units("🙂 smile 🙂"), [], 0
    for place, removed, inserted, wait in edits:
        begins = min(place, length)
        gone = min(removed, length - begins)
        length += len(inserted.encode("utf-16-le", "surrogatepass")) // 2 - gone
        now += wait
        sent.append([now, 0, begins, gone, inserted, ""])
    recorded = recorder.record(sent, texts=["🙂 smile 🙂"])
    text = tapes.played(recorded.entries, {"app.py": ""})["app.py"]
    assert recorded.texts == [text]
    assert tapes.units(text) == length
    text.encode()
    assert "\0" not in text


def test_typing_is_kept_in_bursts_and_tells_no_rhythm(recorder):
    typed = [[at * 180, 0, at, 0, letter, ""] for at, letter in enumerate("return 1")]
    entries = recorder.record(typed).entries
    assert [entry[1:] for entry in entries] == [
        ["o", ["app.py"], {}],
        [0, 0, 0, "return"],
        [0, 6, 0, " 1"],
    ]
    assert sum(entry[0] for entry in entries) == 108


def test_correcting_within_a_burst_leaves_what_came_of_it(recorder):
    typed = [[0, 0, 0, 0, "rt", ""], [200, 0, 1, 1, "", ""], [400, 0, 1, 0, "eturn", ""]]
    assert recorder.record(typed).entries[1:] == [[0, 0, 0, 0, "return"]]


def test_a_paste_is_an_entry_of_its_own_and_keeps_the_order(recorder):
    edits = [[0, 0, 0, 0, "a", ""], [100, 0, 1, 0, "bc", "p"], [200, None, ["a", 3.5, "hidden"], 0, "", ""]]
    assert recorder.record(edits).entries[1:] == [
        [0, 0, 0, 0, "a"],
        [10, 0, 1, 0, "bc", "p"],
        [10, "a", 3.5, "hidden"],
    ]


def test_a_clock_that_is_set_back_makes_no_time_run_backwards(recorder):
    edits = [[5000, 0, 0, 0, "a", "p"], [1000, 0, 1, 0, "b", "p"], [6000, 0, 2, 0, "c", "p"]]
    assert [entry[0] for entry in recorder.record(edits).entries] == [0, 500, 0, 100]


def test_an_hour_of_typing_costs_at_most_300_kilobytes():
    """Also in characters of JSON it stays far below what an attempt may keep."""
    hour = typed_hour.size()
    assert hour.seconds >= 3600
    assert hour.keys > 7000
    assert hour.kilobytes <= 300
    assert hour.json < recordings.MOST_SIZE / 4


OPENED = [0, "o", ["app.py"], {}]


@pytest.mark.parametrize(
    "entries",
    [
        None,
        [],
        {},
        [[]],
        [[0]],
        ["o"],
        [OPENED] * 5001,
        [[0, "x"]],  # nothing was opened
        [OPENED, OPENED],
        [[0, "o", ["other.py"], {}]],
        [[0, "o", ["app.py", "app.py"], {}]],
        [[0, "o", [1], {}]],
        [[0, "o", "app.py", {}]],
        [[0, "o", ["app.py"], {"app.py": 1}]],
        [[0, "o", [], {"app.py": ""}]],
        [[0, "o", ["app.py"], {"app.py": "x" * 200_000}]],
        [[0, "o", ["app.py"]]],
        [OPENED, [-1, 0, 0, 0, "a"]],
        [OPENED, [1.5, 0, 0, 0, "a"]],
        [OPENED, [True, 0, 0, 0, "a"]],
        [OPENED, [10**9, 0, 0, 0, "a"]],
        [OPENED, [0, 1, 0, 0, "a"]],
        [OPENED, [0, -1, 0, 0, "a"]],
        [OPENED, [0, 0, 99, 0, "a"]],
        [OPENED, [0, 0, 0, 99, "a"]],
        [OPENED, [0, 0, 0, 0, 1]],
        [OPENED, [0, 0, 0, 0]],
        [OPENED, [0, 0, 0, 0, "a", "q"]],
        [OPENED, [0, 0, 0, 0, "a", "p", 1]],
        [OPENED, [0, 0, 0, 0, "x" * 200_000]],
        [OPENED, [0, None, 0, 0, "a"]],
        [OPENED, [0, "a", -1, "hidden"]],
        [OPENED, [0, "a", "1", "hidden"]],
        [OPENED, [0, "a", 1, "asleep"]],
        [OPENED, [0, "n", float("inf")]],
        [OPENED, [0, "f", 1]],
        [OPENED, [0, "f"]],
        [OPENED, [0, "x", 1]],
        [OPENED, [0, "z"]],
    ],
    ids=lambda entries: str(entries)[:60],
)
def test_what_would_not_play_is_refused(entries):
    with pytest.raises(TapeError):
        tapes.advanced(Head(), entries, {"app.py": STARTER})


def test_waits_are_lengthened_and_shortened_as_far_as_they_go():
    entries = [[5, "x"], [10, "x"], [0, "x"]]
    assert tapes.shifted(entries, 7) == [[12, "x"], [10, "x"], [0, "x"]]
    assert tapes.shifted(entries, -8) == [[0, "x"], [7, "x"], [0, "x"]]
    assert tapes.shifted(entries, -100) == [[0, "x"], [0, "x"], [0, "x"]]
    assert entries[0] == [5, "x"]


def test_without_its_edits_a_tape_keeps_the_times_of_the_rest():
    entries = [OPENED, [5, 0, 0, 0, "a"], [7, 0, 1, 0, "b", "p"], [9, "a", 2, "hidden"], [1, "x"]]
    assert tapes.without_edits(entries) == [OPENED, [21, "a", 2, "hidden"], [1, "x"]]
