from app import validate


def test_without_a_name():
    errors = {}
    validate({"name": ""}, errors)
    assert errors["name"].startswith("name is"), "The error should say what is wrong with the name"
