from app import total


def test_stars():
    assert len("*" * total([1])) == 1, "there should be one star"
