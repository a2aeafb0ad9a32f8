import unittest
import pytest
from store import Store

SHARED = Store()

class ClassScoped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store = Store()
    def test_1(self):
        self.assertEqual(self.store.add("a"), 1)
    def test_2(self):
        self.assertEqual(self.store.add("b"), 2)

@pytest.fixture(scope="module")
def store():
    return Store()

class TestModule:
    def test_1(self, store):
        assert store.add(1) == 1
    def test_2(self, store):
        assert store.add(1) == 2

def test_made_while_collected():
    assert SHARED.add(1) == 1
    assert SHARED.add(2) == 2
