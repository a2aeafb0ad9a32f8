import unittest

from app import app, total


class TotalTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([19, 4, 7]), 30, "total([19, 4, 7]) should be 30")

    def test_total_of_nothing(self):
        self.assertEqual(total([]), 0, "total([]) should be 0")

    def test_page(self):
        reply = app.test_client().get("/total?price=8&price=5")
        self.assertEqual(reply.status_code, 200, "GET /total should be answered with 200")
        self.assertEqual(reply.text, "13", "GET /total?price=8&price=5 should say 13")
