import units
from units import metres


def test_imported_by_name():
    assert (metres(3) + 4).count == 7
    assert metres(3) > 2
    assert 2 in metres(3)


def test_as_an_attribute_of_its_module():
    length = units.metres(3)
    assert (length + 1).count == 4
    assert 4 not in length
