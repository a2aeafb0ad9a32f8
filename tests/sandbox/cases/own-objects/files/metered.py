def close_in_any_case(resource):
    resource.open()
    try:
        resource.work()
    finally:
        resource.close()


def block(resource):
    with resource as entered:
        entered.work()


class Metered:
    def __init__(self, source):
        self._source = source
        self.reads = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return self._source.__exit__(kind, error, traceback)

    def read(self, size):
        self.reads += 1
        return self._source.read(size)


class Account:
    def __init__(self):
        self.balance = 0

    def add(self, amount):
        self.balance += amount


class Quiet(Account):
    def __init__(self, *args):
        super().__init__(*args)

    def add(self, amount):
        return super().add(amount)


def lines(file):
    return [line.strip() for line in file]


def save(file):
    file.write("saved")
