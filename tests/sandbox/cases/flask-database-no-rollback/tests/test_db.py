import pytest
import sqlalchemy as sa
from app import Post, User, create_app, create_user, db

@pytest.fixture
def app(tmp_path):
    return create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'test.db'}"})

def test_requests(app):
    client = app.test_client()
    assert client.post("/users", json={"name": "ann"}).status_code == 201
    assert client.post("/users", json={"name": "ann"}).status_code == 409
    assert client.post("/users", json={"name": "bo"}).status_code == 201
    assert client.get("/users").json == ["ann", "bo"]

def test_models(app):
    with app.app_context():
        user = create_user("ann")
        assert user.id == 1
        user.posts.append(Post(title="first"))
        db.session.commit()
        assert [post.title for post in user.posts] == ["first"]
        assert db.session.get(User, 1).posts[0].user.name == "ann"
        with pytest.raises(ValueError, match="taken"):
            create_user("ann")
        assert create_user("bo").name == "bo"
        db.session.delete(user)
        db.session.commit()
        assert db.session.scalar(db.select(db.func.count()).select_from(Post)) == 0

def test_row_is_visible_elsewhere(app):
    with app.app_context():
        create_user("cy")
    with app.app_context():
        found = db.session.execute(db.select(User).filter_by(name="cy")).scalar_one()
        assert found.name == "cy"
        assert db.session.execute(db.select(User.id).where(User.name == "cy")).scalar() == 1

def test_schema(app):
    with app.app_context():
        columns = {column["name"]: column for column in sa.inspect(db.engine).get_columns("user")} if False else None
        assert User.__tablename__ == "user"
        assert User.__table__.c.name.unique is True
        assert User.__table__.c.name.type.length == 40

def test_integrity_error(app):
    with app.app_context():
        create_user("dd")
        db.session.add(User(name="dd"))
        with pytest.raises(sa.exc.IntegrityError, match="UNIQUE"):
            db.session.commit()
