import unittest

import app


class ValuesTest(unittest.TestCase):
    def test_area(self):
        self.assertAlmostEqual(app.area(1), 3.14159, 4, "area(1) should be near 3.14159")
        self.assertAlmostEqual(app.area(2), 12.566, delta=0.01, msg="area(2) should be near 12.566")

    def test_price(self):
        self.assertLess(app.price("tea"), 4, "tea should cost less than 4")
        self.assertGreater(app.price("tea"), 2, "tea should cost more than 2")
        self.assertIn(app.price("tea"), (3, 3.0), "tea should be 3")
        self.assertEqual(3, app.price("tea"), "tea should be 3")

    def test_greeting(self):
        self.assertIsInstance(app.greeting("Ann"), str, "a greeting should be a text")
        self.assertEqual(app.greeting("Ann"), "Hello, Ann", "greeting('Ann') should say hello")
        self.assertIn("Ann", app.greeting("Ann"), "a greeting should name whom it greets")
        self.assertRegex(app.greeting("Ann"), "^Hello", "a greeting should begin with Hello")

    def test_members(self):
        self.assertEqual(app.members(), ["Ann", "Bob"], "the members should be Ann and Bob")
        self.assertIn("Ann", app.members(), "Ann should be a member")
        self.assertCountEqual(app.members(), ["Ann", "Bob"], "the members should be Ann and Bob")
        self.assertEqual(set(app.members()), {"Ann", "Bob"}, "the members should be Ann and Bob")

    def test_menu(self):
        self.assertEqual(app.menu(), {"tea": 3}, "the menu should have tea")
        self.assertEqual(app.menu()["tea"], 3, "tea should be 3 on the menu")

    def test_refused(self):
        with self.assertRaises(ValueError):
            app.price("gold")
