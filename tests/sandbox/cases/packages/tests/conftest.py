import pytest

@pytest.fixture(autouse=True)
def nothing():
    yield
