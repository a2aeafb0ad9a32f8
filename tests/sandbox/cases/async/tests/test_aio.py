import asyncio
import unittest
import pytest
from aio import Resource, Transaction, double, fail, numbers

def test_run():
    assert asyncio.run(double(4)) == 8
    with pytest.raises(KeyError):
        asyncio.run(fail())

def test_await_and_gather():
    async def main():
        return await double(1), await asyncio.gather(double(2), double(3))
    assert asyncio.run(main()) == (2, [4, 6])

def test_async_for_and_with():
    async def main():
        seen = [n async for n in numbers(3)]
        async with Resource() as resource:
            seen.append(resource.log[0])
        return seen, resource.log
    assert asyncio.run(main()) == ([0, 1, 2, "in"], ["in", "out"])

def test_async_callback():
    async def fetch(name):
        await asyncio.sleep(0)
        return name + "!"
    assert asyncio.run(Resource().ask(fetch)) == "x!"

class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_method(self):
        self.assertEqual(await double(5), 10)

def test_async_with_is_told_of_the_exception():
    transaction = Transaction()
    async def fails():
        async with transaction:
            raise ValueError("too much")
    async def works():
        async with transaction:
            pass
    with pytest.raises(ValueError):
        asyncio.run(fails())
    asyncio.run(works())
    assert transaction.log == ["rollback of ValueError: too much", "commit"]
