from app import total


def test_text(client):
    lines = "\n".join(["acb" * 20, "abc" * 20, "bca" * 20] * 1_500)
    assert total([]) == lines, "the lines should be those three, in turn"


def test_list(client):
    assert total([]).splitlines() == ["acb" * 20, "abc" * 20] * 2_000, "the lines should be those two"
