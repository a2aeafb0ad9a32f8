import unittest
from app import f

class T(unittest.TestCase):
    def test_f(self):
        self.assertEqual(f(1), 1)

def test_g():
    assert f(1) == 1
