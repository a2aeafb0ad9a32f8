from app import app, users
def test_create(runner):
    done = runner.invoke(["user", "create", "ann", "--admin"])
    assert done.exit_code == 0
    assert done.output == "created ann (admin)\n"
    again = runner.invoke("user create ann")
    assert again.exit_code == 1
    assert "ann exists" in again.output
    assert runner.invoke(["user", "list"]).output == "ann\n"
    assert runner.invoke(["user", "create"]).exit_code == 2
def test_prompt(runner):
    assert "hi bob" in runner.invoke(["ask"], input="bob\n").output
def test_own_runner():
    result = app.test_cli_runner().invoke(args=["user", "create", "cy"])
    assert result.exit_code == 0 and "created cy" in result.output
    import app as module
    assert module.users == {"cy": False}
