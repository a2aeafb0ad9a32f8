import io
from app import app
def send(client, name, content=b"\x89PNG"):
    return client.post("/up", data={"file": (io.BytesIO(content), name)})
def test_upload(client, files, tmp_path):
    app.config["UPLOADS"] = str(tmp_path)
    assert send(client, "../../a.png").status_code == 201
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == b"\x89PNG"
    assert files.list("uploads") == [] if files.exists("uploads") else True
def test_refused(client, files):
    assert send(client, "a.exe").status_code == 400
    assert send(client, "a.png", b"x" * 3000).status_code == 413
    assert not files.exists("uploads")
