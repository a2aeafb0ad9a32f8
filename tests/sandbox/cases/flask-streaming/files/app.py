from flask import Flask, Response, request, stream_with_context
app = Flask(__name__)
pulled = []
def rows():
    for n in range(5):
        pulled.append(n)
        yield n
@app.get("/csv")
def csv():
    def body():
        for n in rows():
            yield f"{n}{request.args.get('sep', ',')}{n * n}\n"
    return Response(stream_with_context(body()), mimetype="text/csv")
@app.get("/broken")
def broken():
    def body():
        yield "first"
        raise ValueError("in the middle")
    return Response(body())
@app.get("/endless")
def endless():
    def body():
        try:
            while True:
                yield "more"
        finally:
            pulled.append("closed")
    return Response(body())
