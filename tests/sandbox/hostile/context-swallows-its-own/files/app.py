PRICES = {"tea": 3, "cake": 5}


def total(prices):
    return sum(prices)


def each(prices, use):
    for price in prices:
        use(price)


def priced(names, price_of):
    return sum(price_of(name) for name in names)


def running(prices):
    so_far = 0
    for price in prices:
        so_far += price
        yield so_far


class Mine(Exception):
    pass


class Till:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is Mine

    def add(self, price):
        raise Mine
