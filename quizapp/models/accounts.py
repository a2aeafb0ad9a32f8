"""People and the devices on which they are signed in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.base import Base


class Role(StrEnum):
    """What a person may do. An admin gives roles; nobody can take one."""

    CANDIDATE = "candidate"
    MANAGER = "manager"
    AUTHOR = "author"
    ADMIN = "admin"


class User(Base):
    """A person with an account."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(Enum(Role, native_enum=False, length=20), default=Role.CANDIDATE)
    password_hash: Mapped[str] = mapped_column(String(200))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    # Made for one invitation: has no password, and sees nothing but that interview.
    is_guest: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    extra_share: Mapped[float] = mapped_column(
        default=0.0, server_default="0"
    )  # more time in interviews: 0.25 = 25 %
    reset_hash: Mapped[str | None] = mapped_column(
        String(64), index=True
    )  # SHA-256 of the reset link's token
    reset_until: Mapped[datetime | None]

    sign_ins: Mapped[list[SignIn]] = relationship(back_populates="user", cascade="all, delete-orphan")

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Flask-Login's word for it."""
        return self.is_enabled

    def get_id(self) -> str:
        """The number as text. The session cookie does not hold it: it names the device's sign-in."""
        return str(self.id)


class SignIn(Base):
    """One device on which a person is signed in; ending it ends the session on the server's side too."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(200), default="")  # in words, from the user agent
    address: Mapped[str] = mapped_column(String(64), default="")

    user: Mapped[User] = relationship(back_populates="sign_ins")
