import unittest
from custom_set import CustomSet
class CustomSetTest(unittest.TestCase):
    def test_all(self):
        self.assertIs(CustomSet().isempty(), True)
        self.assertIs(1 in CustomSet([1, 2]), True)
        self.assertIs(3 in CustomSet([1, 2]), False)
        self.assertEqual(CustomSet([1, 2]), CustomSet([2, 1]))
        self.assertNotEqual(CustomSet([1, 2]), CustomSet([3]))
        sut = CustomSet(); sut.add(3)
        self.assertEqual(sut, CustomSet([3]))
        self.assertEqual(CustomSet([1, 2, 3]).intersection(CustomSet([2, 4])), CustomSet([2]))
        self.assertEqual(CustomSet([3, 2, 1]) - CustomSet([2, 4]), CustomSet([1, 3]))
        self.assertEqual(CustomSet([1, 3]) + CustomSet([2]), CustomSet([3, 2, 1]))
        with self.assertRaises(TypeError):
            hash(CustomSet([1]))
