import unittest
def f(x): raise unittest.SkipTest('no')
