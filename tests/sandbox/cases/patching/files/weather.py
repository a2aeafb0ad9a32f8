import time
def fetch(city): raise RuntimeError("no network")
def report(city): return f"{city}: {fetch(city)} at {now():.0f}"
def now(): return time.time()
class Service:
    def get(self, key): return "real " + key
service = Service()
def use(): return service.get("x")
def take(client): return client.get("k", timeout=3)
def write_to(sink):
    sink.write("a"); sink.write("b")
    return sink.closed
