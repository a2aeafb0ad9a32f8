import threading
import unittest
from bank_account import BankAccount

class BankAccountTest(unittest.TestCase):
    def setUp(self):
        self.account = BankAccount()
        self.account.open()
    def tearDown(self):
        try:
            self.account.close()
        except ValueError:
            pass
    def test_balance(self):
        self.account.deposit(100)
        self.account.withdraw(30)
        self.assertEqual(self.account.get_balance(), 70)
    def test_closed(self):
        self.account.close()
        with self.assertRaises(ValueError) as err:
            self.account.get_balance()
        self.assertEqual(type(err.exception), ValueError)
        self.assertEqual(err.exception.args[0], "account not open")
    def test_too_much(self):
        self.account.deposit(25)
        with self.assertRaises(ValueError) as err:
            self.account.withdraw(50)
        self.assertEqual(err.exception.args[0], "amount must be less than balance")
        self.assertRaisesRegex(ValueError, "greater than", self.account.deposit, -50)
    def test_threads(self):
        self.account.deposit(1000)
        def work():
            self.account.deposit(1)
            self.account.withdraw(1)
        threads = [threading.Thread(target=work) for _ in range(40)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        self.assertEqual(self.account.get_balance(), 1000)
