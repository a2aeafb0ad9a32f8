import unittest
from simple_linked_list import LinkedList, EmptyListException

class LinkedListTest(unittest.TestCase):
    def test_empty(self):
        self.assertEqual(len(LinkedList()), 0)
        self.assertFalse(LinkedList())
        with self.assertRaises(EmptyListException) as err:
            LinkedList().head()
        self.assertEqual(type(err.exception), EmptyListException)
        self.assertEqual(err.exception.args[0], "The list is empty.")
        self.assertEqual(err.exception.message, "The list is empty.")
        self.assertEqual(str(err.exception), "The list is empty.")
        self.assertTrue(issubclass(EmptyListException, Exception))
    def test_head_and_next(self):
        linked = LinkedList([1, 2])
        self.assertEqual(linked.head().value(), 2)
        self.assertEqual(linked.head().next().value(), 1)
        self.assertIsNone(linked.head().next().next())
        self.assertIs(linked.head(), linked.head())
    def test_iter(self):
        self.assertEqual(list(LinkedList([1, 2, 3])), [3, 2, 1])
        self.assertEqual(sum(LinkedList([1, 2, 3])), 6)
        self.assertEqual(list(LinkedList([1, 2, 3]).reversed()), [1, 2, 3])
        iterator = iter(LinkedList([1]))
        self.assertEqual(next(iterator), 1)
        with self.assertRaises(StopIteration):
            next(iterator)
        first, *rest = LinkedList([1, 2, 3])
        self.assertEqual((first, rest), (3, [2, 1]))
        self.assertTrue(3 in LinkedList([1, 2, 3]))
