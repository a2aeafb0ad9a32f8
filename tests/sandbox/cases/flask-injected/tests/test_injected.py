from quizapp_testing import expose
from app import create_app

class FakeService:
    def __init__(self): self.asked = []
    def get(self, city, timeout):
        self.asked.append((city, timeout))
        if city == "slow": raise TimeoutError
        return {"city": city, "degrees": 21}

def test_clock(make_client):
    times = [100.0, 200.0]
    client = make_client(create_app(clock=lambda: times.pop(0)))
    assert client.get("/now").text == "100"
    assert client.get("/now").text == "200"

def test_service():
    service = FakeService()
    client = create_app(service=expose(service, "get")).test_client()
    assert client.get("/weather/rome").json == {"city": "rome", "degrees": 21}
    assert client.get("/weather/slow").status_code == 504
    assert service.asked == [("rome", 2), ("slow", 2)]

def test_switch():
    app = create_app()
    client = app.test_client()
    assert client.get("/now").status_code == 200
    app.config["MAINTENANCE"] = True
    assert client.get("/now").status_code == 503
    assert client.get("/now").headers["Retry-After"] == "60"
