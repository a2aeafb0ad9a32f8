import inspect
import types
import unittest
from unittest import mock

from things import Box, Small, Square, adder, arranged, copied, numbers

SENTINEL = object()


class Marker:
    pass


class Named:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return isinstance(other, Named) and self.name == other.name


class IdentityTest(unittest.TestCase):
    def test_an_argument_that_comes_back_is_itself(self):
        items = [3, 1]
        self.assertIs(arranged(items), items)
        self.assertEqual(items, [1, 3])
        self.assertIsNot(copied(items), items)

    def test_objects_of_the_tests_come_back_as_themselves(self):
        for thing in (SENTINEL, Marker(), Named("n")):
            with self.subTest(thing=type(thing).__name__):
                self.assertIs(Box().put(thing).take(), thing)
        self.assertTrue(Box().put(Named("a")).has(Named("a")))
        self.assertFalse(Box().put(Named("a")).has(Named("b")))
        self.assertFalse(Box().put(SENTINEL).has(Marker()))

    def test_a_mock_without_names_takes_any_call(self):
        watcher, box = mock.Mock(), Box()
        box.watch(watcher)
        box.put(1).shake()
        watcher.update.assert_called_once_with(1)

    def test_a_patched_method_is_given_back(self):
        with mock.patch.object(Square, "area", return_value=100):
            self.assertEqual((Square().area(), Small().area()), (100, 100))
        with mock.patch.object(Small, "area", return_value=9):
            self.assertEqual((Square().area(), Small().area()), (4, 9))
        self.assertEqual((Square().area(), Small().area()), (4, 4))

    def test_functions_and_generators_are_known_as_such(self):
        self.assertIsInstance(numbers(), types.GeneratorType)
        self.assertIsInstance(adder(1), types.FunctionType)
        self.assertTrue(inspect.isfunction(adder))
        self.assertNotIsInstance(Square(), types.FunctionType)
