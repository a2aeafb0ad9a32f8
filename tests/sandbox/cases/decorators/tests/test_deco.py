import pytest
from deco import adder, apply, cached, compose, guarded, params, twice

calls = []
@twice
def tell(name, loud=False):
    """Tells."""
    calls.append((name, loud))
    return len(calls)

def test_wraps():
    calls.clear()
    assert tell("x", loud=True) == 2
    assert calls == [("x", True), ("x", True)]
    assert tell.__name__ == "tell"
    assert tell.__doc__ == "Tells."

def test_functions():
    assert params(lambda a, b=1, *c: 0) == ["a", "b", "c"]
    seen = []
    slow = cached(lambda x: seen.append(x) or x * 2)
    assert (slow(2), slow(2)) == (4, 4) and seen == [2]
    assert compose(str, len, lambda n: n + 1)(12345) == 6
    assert apply(max, 3, 4) == 4
    assert apply(sorted, [2, 1], reverse=True) == [2, 1]
    assert adder(3)(4) == 7
    assert apply(adder(1), 1) == 2

def test_errors_of_the_test_go_through():
    def bad(): raise ValueError("mine")
    assert guarded(bad) == "caught mine"
    class Own(Exception): pass
    def worse(): raise Own("deep")
    with pytest.raises(Own, match="deep"):
        apply(worse)
