from contextlib import asynccontextmanager


class Connection:
    async def ask(self, number):
        return number * 2


@asynccontextmanager
async def connection():
    yield Connection()
