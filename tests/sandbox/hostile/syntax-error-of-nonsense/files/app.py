raise SyntaxError("x", ("app.py", 1, "a", "text"))
