"""Mails that are to be sent, have been sent, or could not be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.models.accounts import User
from quizapp.models.base import Base
from quizapp.models.hiring import Invitation

_OPEN = text("sent_at IS NULL AND failed_at IS NULL")


class MailKind(StrEnum):
    """What a mail is for; its words are a template of the same name."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    CODE = "code"
    RECEIPT = "receipt"
    RESET = "reset"
    NO_PLACE = "no_place"  # to who asked for one by the public link and has no attempt left


class Mail(Base):
    """One mail. The row is the truth, the queue a doorbell.

    It holds neither the address nor the words: they are made from the invitation or the person when it is sent, so
    that nothing personal and nothing that opens a link is kept here.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_open", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_mails_of_invitation", "invitation_id", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(Enum(MailKind, native_enum=False, length=20))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    facts: Mapped[
        dict[str, Any]
    ]  # what its words need beside: the generation of a link, a salt, the site's address
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]  # not before; later after each failure
    tries: Mapped[int] = mapped_column(default=0)  # also the number of the delivery that may write
    taken_until: Mapped[datetime | None]  # the lease of a delivery
    handed_at: Mapped[datetime | None]  # when its text began to go to the mail server
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # given up
    problem: Mapped[str] = mapped_column(Text, default="")  # of the last try, for people

    invitation: Mapped[Invitation | None] = relationship()
    user: Mapped[User | None] = relationship()
