import unittest
from functools import partial
from unittest.mock import Mock
from react import InputCell, ComputeCell

class ReactTest(unittest.TestCase):
    def test_compute(self):
        one = InputCell(1)
        two = ComputeCell([one], lambda inputs: inputs[0] + 1)
        thirty = ComputeCell([one, two], lambda inputs: inputs[0] * 30 + inputs[1])
        self.assertEqual(thirty.value, 32)
        one.value = 3
        self.assertEqual(thirty.value, 94)
    def test_callbacks(self):
        cell = InputCell(1)
        out = ComputeCell([cell], lambda inputs: inputs[0] + 1)
        seen = []
        callback = self.make(seen)
        out.add_callback(callback)
        cell.value = 3
        self.assertEqual(seen[-1], 4)
        out.remove_callback(callback)
        cell.value = 4
        self.assertEqual(len(seen), 1)
    def make(self, seen):
        def inner(value):
            seen.append(value)
        return inner
    def test_mock_and_bound_method(self):
        cell = InputCell(1)
        out = ComputeCell([cell], lambda inputs: inputs[0] + 1)
        mock, seen = Mock(), []
        out.add_callback(mock)
        out.add_callback(seen.append)
        out.add_callback(partial(seen.insert, 0))
        cell.value = 5
        mock.assert_called_once_with(6)
        self.assertEqual(seen, [6, 6])
    def test_callback_that_asks_back(self):
        cell = InputCell(2)
        out = ComputeCell([cell], lambda inputs: cell.value * 10)
        self.assertEqual(out.value, 20)
