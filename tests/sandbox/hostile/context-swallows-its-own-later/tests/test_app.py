import asyncio

from app import connection


def test_asking():
    async def ask():
        async with connection() as made:
            assert await made.ask(4) == 8, "4 should be answered with 8"

    asyncio.run(ask())
