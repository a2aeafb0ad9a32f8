import pytest
from app import *

def test_check():
    with pytest.raises(ValueError):
        check(-1)
