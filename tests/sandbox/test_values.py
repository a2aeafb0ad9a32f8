"""Values: what crosses comes back equal and of the same type; what is no value is one kind of error."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import io
import json
import math
import pathlib
import zoneinfo
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from sandbox import decoding, encoding, values


def refused(value: Any) -> Any:
    msg = f"{type(value).__name__} does not cross"
    raise values.ValueProblem(msg)


def there_and_back(value: Any) -> Any:
    form = encoding.Encoder(refused).encode(value)
    return decoding.Decoder(refused).decode(json.loads(json.dumps(form)))


HASHABLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.datetimes(timezones=st.just(dt.UTC) | st.none())
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.uuids()
    | st.complex_numbers(allow_nan=False)
)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(HASHABLE, inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.sets(HASHABLE, max_size=3)
        | st.frozensets(HASHABLE, max_size=3)
    ),
    max_leaves=15,
)


def same(first: Any, second: Any) -> bool:
    return bool(type(first) is type(second) and first == second and repr(first) == repr(second))


@given(VALUES)
def test_values_survive(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        2**5000,
        -(2**64),
        -0.0,
        math.inf,
        "\ud83d\ude00 as two surrogates",
        bytearray(b"x"),
        range(3, 9, 2),
        slice(1, None, 2),
        collections.Counter("aab"),
        collections.OrderedDict(b=1, a=2),
        collections.deque([1, 2], 5),
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"), fold=1),
        dt.timezone(dt.timedelta(hours=2), "two"),
        decimal.Decimal("1.10"),
        fractions.Fraction(1, 3),
        pathlib.Path("a/b"),
        pathlib.PurePosixPath("c"),
        HTTPStatus.NOT_FOUND,
        Markup("<b>"),
        ...,
        NotImplemented,
        int,
        type(None),
        [1, (2, {3: {"x": [None]}})],
    ],
    ids=repr,
)
def test_particular_values_survive(value: Any) -> None:
    assert same(there_and_back(value), value)


def test_files_and_views_survive() -> None:
    text = io.StringIO("one\r\ntwo")
    text.read(3)
    back = there_and_back(text)
    assert (back.getvalue(), back.tell()) == ("one\r\ntwo", 3)
    assert there_and_back(io.BytesIO(b"x")).getvalue() == b"x"
    assert there_and_back({"a": 1}.keys()) == {"a"}
    assert list(there_and_back({"a": 1}.items())) == [("a", 1)]
    default = there_and_back(collections.defaultdict(list, a=[1]))
    assert default["new"] == []
    assert math.isnan(there_and_back(math.nan))


class Lying(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


@pytest.mark.parametrize(
    "value",
    [
        Lying("x"),
        type("I", (int,), {})(3),
        type("L", (list,), {})(),
        type("D", (dict,), {})(),
        object(),
        len,
        Lying,
    ],
    ids=lambda value: type(value).__name__,
)
def test_subclasses_and_objects_do_not_cross_by_value(value: Any) -> None:
    with pytest.raises(values.ValueProblem):
        there_and_back([value])


def test_what_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(values.ValueProblem):
        encoding.Encoder(refused).encode(endless)
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(values.ValueProblem):
        encoding.Encoder(refused).encode(deep)


def test_tracked_containers_stay_shared_and_may_hold_themselves() -> None:
    inner: list[Any] = [1]
    inner.append(inner)
    encoder = encoding.Encoder(refused, track=True)
    form = encoder.encode({"a": inner, "b": inner})
    assert encoder.tracked[1] is inner
    back = decoding.Decoder(refused).decode(json.loads(json.dumps(form)))
    assert back["a"] is back["b"]
    assert back["a"][1] is back["a"]


@pytest.mark.parametrize(
    "form",
    [
        {"i": "zz"},
        {"i": 5},
        {"i": "0x" + "f" * 200_000},
        {"f": "nope"},
        {"t": 3},
        {"d": [[1]]},
        {"d": [[[1], 2]]},
        {"s": [[1]]},
        {"b": "*"},
        {"dt": [2024, 13, 1, 0, 0, 0, 0, 0, None]},
        {"dt": []},
        {"da": ["a"]},
        {"rg": [1, 2, 0]},
        {"e": ["os", "system", "x"]},
        {"e": ["antigravity", "X", "x"]},
        {"ty": "eval"},
        {"F": [1, 0]},
        {"D": "x"},
        {"u": "x"},
        {"tz": ["zone", "../../etc/passwd"]},
        {"k": "exit"},
        {"ref": 9},
        {"m": 1, "v": 3},
        {"m": "x", "v": []},
        {"unknown": 1},
        {},
        {"dq": [1]},
        {"sio": [1, 2]},
    ],
    ids=lambda form: json.dumps(form)[:60],
)
def test_forms_that_are_no_values(form: Any) -> None:
    with pytest.raises(values.ValueProblem):
        decoding.Decoder(refused).decode(form)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*decoding.READERS, "m", "v", "ref", "h"]), inner, max_size=2)
        ),
        max_leaves=10,
    )
)
def test_no_form_does_anything_but_decode_or_be_refused(form: Any) -> None:
    try:
        decoding.Decoder(refused).decode(form)
    except values.ValueProblem:
        return


def test_content_is_replaced_in_place() -> None:
    for target, source in (
        ([1], [2, 3]),
        ({1: 2}, {3: 4}),
        ({1}, {2}),
        (bytearray(b"a"), bytearray(b"bc")),
        (collections.deque([1]), collections.deque([2])),
        (collections.Counter("a"), collections.Counter("bb")),
        (collections.OrderedDict(a=1), collections.OrderedDict(b=2)),
    ):
        values.replace_content(target, source)
        assert target == source
    with pytest.raises(values.ValueProblem):
        values.replace_content([], ())
