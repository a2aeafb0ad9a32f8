from app import doubled


def test_each_is_doubled():
    def use(number):
        assert number in (2, 4, 6), "Each number should be doubled"

    assert list(doubled([1, 2, 3], use)) == [1, 2, 3], "The numbers themselves should come"
