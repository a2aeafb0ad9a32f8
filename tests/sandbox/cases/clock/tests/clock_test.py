import copy
import unittest
from clock import Clock

class ClockTest(unittest.TestCase):
    def test_text(self):
        self.assertEqual(str(Clock(8, 0)), "08:00")
        self.assertEqual(repr(Clock(-1, 15)), "Clock(23, 15)")
        self.assertEqual(f"{Clock(24, 0)} {Clock(0, 1)!r}", "00:00 Clock(0, 1)")
    def test_add(self):
        self.assertEqual(str(Clock(10, 0) + 3), "10:03")
        self.assertEqual(5 + Clock(10, 0), Clock(10, 5))
        self.assertEqual(str(Clock(0, 3) - 4), "23:59")
        clock = Clock(1, 0)
        clock += 61
        self.assertEqual(clock, Clock(2, 1))
    def test_equal(self):
        self.assertEqual(Clock(15, 37), Clock(15, 37))
        self.assertNotEqual(Clock(15, 36), Clock(15, 37))
        self.assertFalse(Clock(1, 1) == "01:01")
        self.assertTrue(Clock(1, 1) != "01:01")
    def test_collections(self):
        self.assertEqual(len({Clock(1, 1), Clock(1, 1), Clock(1, 2)}), 2)
        self.assertIn(Clock(1, 2), [Clock(1, 1), Clock(1, 2)])
        table = {Clock(3, 3): "x"}
        self.assertEqual(table[Clock(3, 3)], "x")
        self.assertEqual([str(c) for c in sorted([Clock(2, 0), Clock(1, 0)])], ["01:00", "02:00"])
        self.assertEqual(copy.copy(Clock(1, 1)), Clock(1, 1))
        self.assertIsNot(copy.deepcopy(Clock(1, 1)), Clock(1, 1))
    def test_no_order_with_numbers(self):
        with self.assertRaises(AttributeError):
            Clock(1, 1) < 3
    def test_isinstance(self):
        self.assertIsInstance(Clock(1, 1), Clock)
        self.assertNotIsInstance(Clock(1, 1), str)
        self.assertTrue(hasattr(Clock(1, 1), "minutes"))
        self.assertFalse(hasattr(Clock(1, 1), "hours"))
