import pytest

import app


def test_area():
    assert abs(app.area(1) - 3.14159) < 1e-4, "area(1) should be near 3.14159"
    assert app.area(2) == pytest.approx(12.566, abs=1e-2), "area(2) should be near 12.566"


def test_price():
    assert 2 < app.price("tea") < 4, "the price of tea should be between 2 and 4"
    assert app.price("tea") in (3, 3.0), "tea should be 3"
    assert 3 == app.price("tea"), "tea should be 3"


def test_greeting():
    assert isinstance(app.greeting("Ann"), str), "a greeting should be a text"
    assert app.greeting("Ann") == "Hello, Ann", "greeting('Ann') should say hello"
    assert "Ann" in app.greeting("Ann"), "a greeting should name whom it greets"


def test_members():
    assert app.members() == ["Ann", "Bob"], "the members should be Ann and Bob"
    assert "Ann" in app.members(), "Ann should be a member"
    assert sorted(app.members()) == ["Ann", "Bob"], "the members should be Ann and Bob"
    assert set(app.members()) == {"Ann", "Bob"}, "the members should be Ann and Bob"


def test_menu():
    assert app.menu() == {"tea": 3}, "the menu should have tea"
    assert app.menu()["tea"] == 3, "tea should be 3 on the menu"


def test_refused():
    with pytest.raises(ValueError):
        app.price("gold")
