import unittest

from task import answer


class Oracle:
    def __init__(self, expected):
        self.expected = self._secret = expected

    def ask(self, guess):
        return guess < self.expected


class AnswerTest(unittest.TestCase):
    def test_attributes_stay_with_the_test(self):
        oracle = Oracle(4711)
        self.assertEqual(answer(oracle), oracle.expected)

    def test_a_test_case_is_not_handed_over(self):
        self.assertEqual(answer(self), 4711)
