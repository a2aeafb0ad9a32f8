from app import draw

seen = []


def test_once():
    seen.append(draw())


def test_again():
    seen.append(draw())
    assert len({str(part) for drawn in seen for part in drawn}) == 4, "the sessions drew the same"
