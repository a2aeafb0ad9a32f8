OutOfStock = AssertionError


def buy(count):
    return count * 2
