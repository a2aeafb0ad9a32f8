import os
import shop
import shop.deep.leaf
from plain import version
from reader import words, write
from shop import VERSION, total
from shop.deep import leaf as module
from shop.deep.leaf import leaf
from helpers import expected

def test_package():
    assert VERSION == "1.2" == version() == shop.VERSION
    assert total(["tea", "milk"]) == expected()
    assert leaf() == "shop.deep.leaf" == shop.deep.leaf.leaf() == module.leaf()

def test_files(files):
    assert words() == ["one", "two"]
    write("out.txt", "hello")
    assert files.read("out.txt") == "hello"
    assert "out.txt" in files.list()

def test_next_test_sees_none_of_it(files):
    assert not files.exists("out.txt")
