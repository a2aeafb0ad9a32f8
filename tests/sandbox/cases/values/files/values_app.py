import collections, datetime, decimal, enum, fractions, uuid, pathlib, http
from dataclasses import dataclass, field
from typing import NamedTuple
def echo(x): return x
def kind(x): return type(x).__name__
def make(name):
    return {
        "counter": collections.Counter("abca"), "ordered": collections.OrderedDict(a=1), "deque": collections.deque([1, 2]),
        "default": collections.defaultdict(list, {"a": [1]}), "keys": {"a": 1}.keys(), "status": http.HTTPStatus.NOT_FOUND,
        "big": 3 ** 500, "nested": {"a": [(1, {2, 3}), b"x"]}, "none": None,
    }[name]
class Color(enum.Enum):
    RED = 1
    GREEN = 2
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5
@dataclass(order=True)
class Item:
    name: str
    price: float = 1.0
    tags: list = field(default_factory=list)
class Point(NamedTuple):
    x: int
    y: int
def point(): return Point(1, 2)
def items(): return [Item("a"), Item("b", 2.0)]
