import collections.abc
import inspect
import io
import unittest
from unittest import mock

import pytest

try:
    from track import Alien, accumulate, aliens, buffer, grep, letters, read_all
except ImportError as err:
    raise ImportError("We tried to import the functions of track.py.") from err

FILES = {"iliad.txt": "Achilles sing, O Goddess!\nPeleus' son\n"}


def open_mock(name, *_args, **_kwargs):
    return io.StringIO(FILES[name])


class TrackTest(unittest.TestCase):
    @pytest.mark.task(taskno=1)
    def test_methods_of_builtin_classes(self):
        self.assertEqual(accumulate(["a", "b"], str.upper), ["A", "B"])
        self.assertEqual(accumulate([[1, 2], [3]], len), [2, 1])
        self.assertEqual(accumulate([1, 2], lambda n: n * n), [1, 4])
        self.assertEqual(accumulate(["1"], int), [1])

    @pytest.mark.task(taskno=2)
    def test_generator_type(self):
        self.assertEqual(str(type(letters(2))), "<class 'generator'>")
        self.assertTrue(inspect.isgenerator(letters(1)))
        self.assertIsInstance(letters(1), collections.abc.Generator)
        self.assertEqual(list(letters(3)), ["A", "B", "C"])

    @mock.patch("track.open", name="open", side_effect=open_mock, create=True)
    def test_patched_open(self, opened):
        self.assertEqual(grep("son", "iliad.txt"), ["Peleus' son"])
        opened.assert_called_once_with("iliad.txt")

    def test_class_attribute_counts(self):
        first = Alien(1, 2)
        Alien(3, 4)
        self.assertEqual(Alien.total, 2)
        self.assertEqual(first.total, 2)
        Alien.total = 0
        self.assertEqual(len(aliens([(1, 2), (3, 4)])), 2)
        self.assertEqual(Alien.total, 2)
        self.assertTrue(all(isinstance(alien, Alien) for alien in aliens([(0, 0)])))
        for name in ("x", "y"):
            with self.subTest(name=name):
                self.assertTrue(hasattr(first, name))
        self.assertIsNone(first.hit())

    def test_text_files(self):
        self.assertEqual(read_all(io.StringIO("abc")), "abc")
        self.assertEqual(buffer().getvalue(), "text")

    def test_own_objects_do_not_cross(self):
        class Mine:
            """Of the test."""

        with self.assertRaises(AttributeError):
            read_all(3)


if __name__ == "__main__":
    unittest.main()
