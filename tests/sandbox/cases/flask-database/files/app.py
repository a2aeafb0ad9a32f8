from flask import Flask, jsonify, request, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
import sqlalchemy as sa
class Base(DeclarativeBase): pass
db = SQLAlchemy(model_class=Base)
class User(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40), unique=True)
    posts: Mapped[list["Post"]] = relationship(back_populates="user", cascade="all, delete-orphan")
class Post(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(back_populates="posts")
def create_user(name):
    user = User(name=name)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise ValueError("taken")
    return user
def create_app(config=None):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///:memory:"
    app.config.update(config or {})
    db.init_app(app)
    with app.app_context():
        db.create_all()
    @app.post("/users")
    def add():
        try:
            return jsonify(id=create_user(request.json["name"]).id), 201
        except ValueError:
            abort(409)
    @app.get("/users")
    def index():
        return jsonify([u.name for u in db.session.scalars(db.select(User).order_by(User.name))])
    return app
