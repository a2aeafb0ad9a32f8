raise SyntaxError("x", ("app.py", 1, 1, "text", 1, 10**12))
