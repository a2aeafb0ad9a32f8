import unittest

from app import *


class CallsTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([19, 4, 7]), 30, "total([19, 4, 7]) should be 30")

    def test_each(self):
        seen = []
        each([1, 2], seen.append)
        self.assertEqual(seen, [1, 2], "each([1, 2], use) should use 1 and 2")

    def test_priced(self):
        asked = []

        def price_of(name):
            asked.append(name)
            return {"tea": 3, "cake": 5}[name]

        self.assertEqual(priced(["tea", "cake"], price_of), 8, "priced should ask for each price and add them")
        self.assertEqual(asked, ["tea", "cake"], "priced should ask once for each name")

    def test_running(self):
        self.assertEqual(sorted(running([5, 3])), [5, 8], "running([5, 3]) should give 5 and 8")
        self.assertTrue(all(one > 4 for one in running([5, 3])), "running([5, 3]) should stay above 4")
        self.assertEqual(list(running([1, 1])), [1, 2], "running([1, 1]) should give 1 and 2")

    def test_till(self):
        with Till() as till:
            till.add(3)
            till.add(4)
            self.assertEqual(till.sum, 7, "a till should know its sum")

    def test_till_lets_errors_out(self):
        with self.assertRaises(KeyError), Till():
            raise KeyError("price")
