class OutOfStock(Exception):
    pass


def buy(count):
    if count > 3:
        raise OutOfStock
    return count * 2
