import itertools
import pytest
import gens
from gens import Countdown, Managed, Old, count, drain, first, forever, managed, pairs

def test_lazy():
    numbers = count(5)
    assert next(numbers) == 0
    assert gens.log == [0]
    assert list(numbers) == [1, 2, 3, 4]
    assert list(numbers) == []

def test_for_and_islice():
    assert [n for n in count(3)] == [0, 1, 2]
    assert list(itertools.islice(forever(), 4)) == [0, 1, 2, 3]
    assert sum(count(4)) == 6
    assert set(count(3)) == {0, 1, 2}
    assert sorted(count(3), reverse=True) == [2, 1, 0]
    assert dict(pairs()) == {"a": 1, "b": 2}

def test_send():
    generator = forever()
    next(generator)
    assert generator.send(10) == 10
    generator.close()
    with pytest.raises(StopIteration):
        next(generator)

def test_own_iterators():
    assert list(Countdown(3)) == [2, 1, 0]
    assert list(Old()) == [0, 1, 4]
    assert 4 in Old()
    with pytest.raises(TypeError):
        len(Old())

def test_context_managers():
    with Managed() as m:
        assert m.events == ["in"]
    assert m.events == ["in", "out"]
    with pytest.raises(ValueError):
        with Managed() as m:
            raise ValueError("x")
    assert m.events == ["in", "ValueError"]
    with Managed(True):
        raise ValueError("swallowed")
    with managed("a") as name:
        assert name == "A"
        raise KeyError("k")
    assert gens.log == ["enter a", "caught 'k'", "leave a"]

def test_iterators_of_the_test():
    assert drain(iter([1, 2])) == [1, 2]
    assert drain(n * n for n in range(3)) == [0, 1, 4]
    numbers = iter([7, 8])
    assert first(numbers) == 7
    assert list(numbers) == [8]
