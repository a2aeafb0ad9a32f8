import unittest
import pytest
from app import total, names

def test_total():
    assert total([1, 2, 3]) == 6

def test_greater():
    assert total([5]) > 4

def test_approx():
    assert total([0.1, 0.2]) == pytest.approx(0.3)

def test_names():
    assert names("b a") == ["a", "b"]
    assert "a" in names("a")
    assert len(names("x y z")) == 3
    assert names("q")[0].startswith("q")

class TotalTest(unittest.TestCase):
    def test_almost(self):
        self.assertAlmostEqual(total([1, 1]), 2)
    def test_greater(self):
        self.assertGreater(total([2]), 1)
    def test_in(self):
        self.assertIn("a", names("a b"))
    def test_count(self):
        self.assertCountEqual(names("a b"), ["b", "a"])
    def test_instance(self):
        self.assertIsInstance(names("a"), list)
        self.assertTrue(isinstance(total([1]), int))
