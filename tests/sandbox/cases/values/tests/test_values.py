import collections, datetime, decimal, fractions, http, math, pathlib, uuid
import pytest
from values_app import Color, Item, Level, Point, echo, items, kind, make, point

@pytest.mark.parametrize("value", [
    1, -2.5, "text", "\ud83d\ude00 \u00e9", b"bytes", True, None, [1, [2]], (1, (2,)), {"a": {1: 2}}, {1, 2}, frozenset({3}), 1 + 2j,
    range(1, 9, 2), slice(1, 2), datetime.date(2024, 2, 29), datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=1, seconds=3), decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=7),
    pathlib.Path("a/b"), 10 ** 40, http.HTTPStatus.OK, bytearray(b"x"), collections.Counter("aab"), ...,
], ids=repr)
def test_echo(value):
    back = echo(value)
    assert back == value
    assert type(back) is type(value)
    assert kind(value) == type(value).__name__

def test_special_numbers():
    assert math.isnan(echo(float("nan")))
    assert echo(float("inf")) == float("inf")
    assert str(echo(-0.0)) == "-0.0"

def test_library_containers():
    assert make("counter") == {"a": 2, "b": 1, "c": 1}
    assert make("ordered") == collections.OrderedDict(a=1)
    assert make("deque") == collections.deque([1, 2])
    assert make("default")["b"] == []
    assert make("keys") == {"a"}
    assert make("status") is http.HTTPStatus.NOT_FOUND
    assert make("big") == 3 ** 500
    assert make("nested") == {"a": [(1, {2, 3}), b"x"]}
    assert make("none") is None

def test_enums():
    assert Color.RED is Color.RED
    assert Color.RED != Color.GREEN
    assert Color["GREEN"] is Color.GREEN
    assert Color(1) == Color.RED
    assert [c.name for c in Color] == ["RED", "GREEN"]
    assert len(Color) == 2
    assert Color.RED.value == 1
    assert Color.RED in Color
    assert isinstance(Color.RED, Color)
    assert Level.HIGH > Level.LOW
    assert int(Level.HIGH) == 5
    with pytest.raises(ValueError):
        Color(7)

def test_dataclass():
    assert Item("a") == Item("a", 1.0)
    assert Item("a") != Item("b")
    assert repr(Item("a")) == "Item(name='a', price=1.0, tags=[])"
    assert Item("a") < Item("b")
    assert [i.name for i in items()] == ["a", "b"]
    item = Item("x")
    item.price = 9.5
    item.tags.append("local copy")
    assert item.price == 9.5
    del item.price
    assert item.price == 1.0
    assert max(items()).name == "b"

def test_named_tuple():
    assert point().x == 1 and point()[1] == 2
    assert tuple(point()) == (1, 2)
    assert point() == Point(1, 2)
    x, y = point()
    assert (x, y) == (1, 2)
    assert len(point()) == 2
