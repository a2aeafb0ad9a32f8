from app import Item


def test_adding(runner):
    done = runner.invoke(["add", "pen"])
    assert done.exit_code == 0, "`flask add pen` should end with 0"
    assert "added pen" in done.output, "`flask add pen` should say: added pen"


def test_item():
    assert Item("pen").name == "pen", "An item should know its name"
