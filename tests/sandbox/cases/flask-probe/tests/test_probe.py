def test_template(probe, files):
    files.write("templates/base.html", "<title>{% block title %}Site{% endblock %}</title>")
    app = probe("""
        from flask import Flask, render_template
        import filters
        app = Flask("grader", root_path=".")
        app.add_template_filter(filters.money)
        @app.get("/")
        def index(): return render_template("child.html")
        @app.get("/money")
        def money():
            from flask import render_template_string
            return render_template_string("{{ 1234.5 | money }}")
    """).app
    client = app.test_client()
    assert client.get("/").text == "<title>Site child</title>"
    assert client.get("/money").text == "1,234.50"

def test_counting(probe):
    counter = probe("calls = []\ndef note(x): calls.append(x); return len(calls)")
    assert counter.note("a") == 1
    assert counter.note("b") == 2
    assert counter.calls == ["a", "b"]
