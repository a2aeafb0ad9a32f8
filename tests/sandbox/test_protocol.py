"""What goes in and out of the sandbox as plain data: what does not fit is one kind of error."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.protocol import CandidateError, Limits, Response


@pytest.mark.parametrize("raw", [["type"], [], 5, "type", None, True])
def test_what_is_no_object_is_an_error(raw: Any) -> None:
    with pytest.raises(ValueError, match="CandidateError"):
        CandidateError.from_json(raw)


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30, pytest.param(10**400, id="10**400")])
def test_a_whole_number_that_not_every_reader_of_json_has_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match="status"):
        Response.from_json({"status": number})
    with pytest.raises(ValueError, match="wall_seconds"):
        Limits.from_json({"wall_seconds": number})


def test_the_largest_whole_numbers_that_every_reader_has_fit() -> None:
    for number in (2**53 - 1, 1 - 2**53):
        assert Response.from_json({"status": number}).status == number
        assert Limits.from_json({"wall_seconds": number}).wall_seconds == number
