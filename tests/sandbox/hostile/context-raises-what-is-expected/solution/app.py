from contextlib import contextmanager


class Bank:
    def __init__(self):
        self.balances = {}

    def pay(self, who, amount):
        self.balances[who] = self.balances.get(who, 0) + amount

    def balance(self, who):
        return self.balances.get(who, 0)

    @contextmanager
    def transaction(self):
        before = dict(self.balances)
        try:
            yield
        except BaseException:
            self.balances = before
            raise
