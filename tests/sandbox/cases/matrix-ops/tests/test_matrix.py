import pytest
from matrix import Matrix
def test_operators():
    m = Matrix([[1, 2], [3, 4]])
    assert m[0] == [1, 2] and m[-1][0] == 3
    m[0] = [5, 6]
    assert m[0] == [5, 6]
    del m[0]
    assert len(m) == 1
    a = Matrix([[1, 1], [0, 1]])
    assert a @ a == Matrix([[1, 2], [0, 1]])
    assert a * 2 == 2 * a == Matrix([[2, 2], [0, 2]])
    assert -a == a * -1
    assert a ** 3 == Matrix([[1, 3], [0, 1]])
    assert not Matrix([[0]]) and Matrix([[1]])
    assert a(0, 1) == 1
    assert (abs(a), int(a), float(a), round(a, 1), round(a)) == (7, 3, 2.5, 2.6, 3.0)
    assert 1 in a and 9 not in a
    assert list(reversed(a)) == [[0, 1], [1, 1]]
    assert f"{a:>3}" == "<>3>"
    assert divmod(a, 4) == (1, 4)
    b = a
    b += 1
    assert b is a and a[1] == [1, 2]
    assert ["x", "y"][a] == "y"
    with pytest.raises(IndexError):
        a[9]
    with pytest.raises(TypeError):
        a - 1
