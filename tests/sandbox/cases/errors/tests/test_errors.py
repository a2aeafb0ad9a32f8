import errno
import pytest
from errors import *
import errors

def test_builtin():
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        divide(1, 0)
    with pytest.raises(KeyError) as caught:
        lookup({"a": 1}, "b")
    assert caught.value.args == ("b",)
    assert type(caught.value) is KeyError

def test_own():
    with pytest.raises(ParseError, match="^no number: x$") as caught:
        parse("x")
    assert caught.value.line == 3
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value.__cause__, ValueError)
    assert "invalid literal" in str(caught.value.__cause__)
    assert caught.type is ParseError
    assert repr(ParseError) == "<class 'errors.ParseError'>"

def test_inheritance():
    assert issubclass(Deep, ParseError) and issubclass(Deep, KeyError)
    for kind in (Deep, ParseError, KeyError, ValueError, Exception):
        with pytest.raises(kind):
            deep()
    try:
        deep()
    except ParseError as error:
        assert error.line == 9
    assert Deep.__name__ == "Deep"
    assert Deep.__mro__[1] is ParseError

def test_exit():
    with pytest.raises(SystemExit) as caught:
        leave()
    assert caught.value.code == 4

def test_group():
    with pytest.raises(ExceptionGroup) as caught:
        group()
    assert [type(e) for e in caught.value.exceptions] == [ValueError, TypeError]

def test_os_errors():
    with pytest.raises(FileNotFoundError) as caught:
        missing()
    assert caught.value.errno == errno.ENOENT
    assert caught.value.filename == "nothing.txt"
    with pytest.raises(UnicodeDecodeError):
        decode()
    with pytest.raises(StopIteration) as stopped:
        errors.stop()
    assert stopped.value.value == 5

def test_made_by_the_test():
    with pytest.raises(ParseError):
        raise ParseError("mine", 1)
    assert ParseError("mine", 1).line == 1

def test_stack():
    assert issubclass(StackUnderflowError, Exception)
    assert not issubclass(StackUnderflowError, ValueError)
