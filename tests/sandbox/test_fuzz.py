"""What `make fuzz` does for minutes, for a moment: odd bytes never bring down who reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fuzz import targets
from sandbox import decoding, values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ok", "h", "x", "m", "v", "s"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


class Given:
    """Choices out of bytes, one byte each."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def remaining_bytes(self) -> int:
        return len(self._content) - self._at

    def ConsumeIntInRange(self, low: int, high: int) -> int:  # noqa: N802 - atheris' name
        if not self.remaining_bytes():
            return low
        self._at += 1
        return low + self._content[self._at - 1] % (high - low + 1)


@settings(max_examples=400, derandomize=True, deadline=None, database=None)
@given(st.integers(0, 7), st.binary(min_size=2, max_size=160))
def test_odd_inputs_of_every_kind_are_survived(kind: int, content: bytes) -> None:
    targets.one(bytes([kind]) + content, Given)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(
    st.dictionaries(
        st.sampled_from(["ok", "error", "changed", "classes", "heard", "warned", "tf", "do"]), JSON
    ),
    st.integers(0, 3),
)
def test_odd_answers_give_a_test_a_value_a_refusal_or_what_they_describe(
    body: dict[str, Any], way: int
) -> None:
    targets.grader([body], way)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 9))
@example([b"\xff\xff\xff\xff"], 1)
def test_a_stream_of_noise_never_keeps_more_than_a_frame(pieces: list[bytes], size: int) -> None:
    targets.streams(b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces), size)


@pytest.mark.parametrize(
    "form",
    [
        {"tz": ["zone", "Europe"]},  # a folder
        {"tz": ["zone", "a" * 5000]},
        {"e": ["winreg", "A", "B"]},
        {"e": ["os.nothing", "A", "B"]},
    ],
    ids=["folder", "long", "foreign", "missing"],
)
def test_what_cannot_be_looked_up_is_no_value(form: Any) -> None:
    decoder = decoding.Decoder(lambda _form: None, may_import=True)
    with pytest.raises(values.ValueProblem):
        decoder.decode(form)
