import asyncio
async def double(x):
    await asyncio.sleep(0.001)
    return x * 2
async def fail(): raise KeyError("async")
async def numbers(n):
    for i in range(n):
        yield i
class Resource:
    def __init__(self): self.log = []
    async def __aenter__(self): self.log.append("in"); return self
    async def __aexit__(self, kind, error, tb): self.log.append("out")
    async def ask(self, fetch): return await fetch("x")
class Transaction:
    def __init__(self): self.log = []
    async def __aenter__(self): return self
    async def __aexit__(self, kind, error, tb):
        self.log.append("commit" if kind is None else f"rollback of {kind.__name__}: {error}")
