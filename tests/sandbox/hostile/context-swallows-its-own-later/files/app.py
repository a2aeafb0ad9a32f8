class Mine(Exception):
    pass


class Connection:
    async def ask(self, number):
        raise Mine


class connection:
    async def __aenter__(self):
        return Connection()

    async def __aexit__(self, kind, error, trace):
        return isinstance(error, Mine)
