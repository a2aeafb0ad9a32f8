import tempfile
import threading
import unittest
from unittest.mock import ANY, MagicMock, NonCallableMagicMock, patch

from metered import Account, Metered, Quiet, block, close_in_any_case, lines, save
from sources import Base, Broken, Resource, Source


class OwnObjectsTest(unittest.TestCase):
    def test_methods_of_a_class_of_the_tests(self):
        resource = Resource()
        close_in_any_case(resource)
        self.assertEqual(resource.done, ["open", "work", "close"])

    def test_what_its_methods_raise_comes_back(self):
        resource = Resource(fails=True)
        with self.assertRaises(Broken) as caught:
            close_in_any_case(resource)
        self.assertEqual(caught.exception.args, ("in work",))
        self.assertEqual(resource.done, ["open", "close"])

    def test_context_managers(self):
        resource = Resource()
        block(resource)
        self.assertEqual(resource.done, ["open", "work", "close"])
        mocked = MagicMock()
        mocked.__enter__.return_value.work.return_value = None
        block(mocked)
        mocked.__enter__.return_value.work.assert_called_once_with()

    def test_a_mock_that_wraps_an_object(self):
        wrapped = NonCallableMagicMock(wraps=Source(), autospec=True)
        metered = Metered(wrapped)
        self.assertEqual(metered.read(2) + metered.read(3), b"abcde")
        self.assertEqual(wrapped.read.call_count, metered.reads)

    def test_exceptions_keep_their_identity(self):
        for is_swallowed in (True, False):
            with self.subTest(is_swallowed=is_swallowed):
                error = Broken("suppress" if is_swallowed else "raise")
                wrapped = NonCallableMagicMock(wraps=Source(error))
                wrapped.__exit__.side_effect = Source(error).__exit__
                try:
                    with Metered(wrapped) as metered:
                        metered.read(1)
                except Broken as caught:
                    self.assertIs(caught, error)
                    self.assertFalse(is_swallowed)
                wrapped.__exit__.assert_called_once_with(Broken, error, ANY)

    def test_many_threads(self):
        account = Account()
        threads = [threading.Thread(target=account.add, args=(2,)) for _ in range(600)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(account.balance, 1200)

    @patch("metered.super", create=True, new_callable=Base)
    def test_a_stand_in_for_super_that_looks_at_the_stack(self, base):
        base.inner = MagicMock()
        base.inner.add.return_value = 7
        self.assertEqual(Quiet(1).add(3), 7)
        self.assertEqual(base.callers, ["__init__", "add"])
        self.assertEqual(base.made_with, (1,))
        base.inner.add.assert_called_once_with(3)

    def test_files_that_the_test_opened(self):
        with tempfile.TemporaryFile("w+") as file:
            save(file)
            file.seek(0)
            self.assertEqual(lines(file), ["saved"])
