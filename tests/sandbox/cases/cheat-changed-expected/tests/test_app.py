import pytest
from app import double

@pytest.mark.parametrize('case', [{'given': 1, 'expected': 2}, {'given': 2, 'expected': 4}])
def test_double(case):
    assert double(case) == case['expected']
