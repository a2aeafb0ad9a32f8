"""What reviewers write to one another about an attempt or an answer, and whom they name in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from quizapp import markdown
from quizapp.errors import Forbidden, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Comment, Interview, InterviewRole, Mention, Response, User
from quizapp.receipt import received_at
from quizapp.rules import mentions
from quizapp.rules.blindness import Shown
from quizapp.rules.mentions import Named
from quizapp.services import audit, hiring, identities, reports

MAX_TEXT = 10_000
MOST_ON_HOME = 8
_LOGGED = 500  # characters of a comment that the audit log keeps


@dataclass(frozen=True)
class Thread:
    """The comments on an attempt and who can be named in them."""

    comments: Sequence[Comment]
    people: Sequence[Named]

    def about(self, response_id: int | None) -> list[Comment]:
        """Those about one answer, or about the attempt as a whole."""
        return [one for one in self.comments if one.response_id == response_id]

    def shown(self, comment: Comment) -> str:
        """A comment's Markdown with those in bold whom it names."""
        return mentions.emphasised(comment.text, self.people)

    def is_new_to(self, comment: Comment, user_id: int) -> bool:
        """Whether it names this person, who has not said yet that they read it."""
        return any(one.user_id == user_id and one.read_at is None for one in comment.mentions)


@dataclass(frozen=True)
class Naming:
    """A comment that names somebody, for their home page."""

    comment: Comment
    title: str  # of the interview
    candidate: Shown

    @property
    def excerpt(self) -> str:
        """Its first words, without the signs of Markdown."""
        words = markdown.words(self.comment.text)
        return words if len(words) <= 120 else f"{words[:117].rstrip()}..."  # noqa: PLR2004 - a line on a page


def of_attempt(attempt: Attempt, interview: Interview) -> Thread:
    """Every comment on an attempt, the first one first."""
    found = db.session.scalars(
        select(Comment)
        .where(Comment.attempt_id == attempt.id)
        .options(joinedload(Comment.author), selectinload(Comment.mentions))
        .order_by(Comment.id)
    ).all()
    return Thread(found, people(interview))


def people(interview: Interview) -> list[Named]:
    """Who can be named in comments on an interview's attempts: everybody who may see it."""
    known = db.session.scalars(hiring.may_see(interview)).all()
    return mentions.people((one.id, one.name, one.email) for one in known)


def add(user: User, attempt_id: int, response_id: int | None, text: str) -> Comment:
    """Write a comment, and commit. Whoever is named in it finds it on their home page.

    Who answers in an attempt has read what named them there. Raises NotFound, Forbidden, Unprocessable.
    """
    attempt, access = hiring.attempt(user, attempt_id, InterviewRole.REVIEWER)
    if response_id is not None:
        response = db.session.get(Response, response_id)
        if response is None or response.attempt_id != attempt_id:
            raise NotFound("There is no such answer in this attempt")
    comment = Comment(
        attempt_id=attempt.id,
        response_id=response_id,
        author_id=user.id,
        text=_cleaned(text),
        created_at=received_at(),
    )
    db.session.add(comment)
    db.session.flush()
    _name(comment, access.interview)
    _have_read(user, select(Comment.id).where(Comment.attempt_id == attempt_id))
    _record("comment.added", comment, user, after=comment.text[:_LOGGED])
    db.session.commit()
    return comment


def edit(user: User, comment_id: int, text: str) -> Comment:
    """Change one's own comment, and commit; who is named for the first time is told. Raises as `add` does."""
    comment, interview = _own(user, comment_id)
    before, after = comment.text, _cleaned(text)
    if before != after:
        comment.text, comment.edited_at = after, received_at()
        _name(comment, interview)
        _record("comment.edited", comment, user, before=before[:_LOGGED], after=after[:_LOGGED])
        db.session.commit()
    return comment


def delete(user: User, comment_id: int) -> Comment:
    """Take one's own comment away, and commit. Raises NotFound, Forbidden."""
    comment, _ = _own(user, comment_id)
    _record("comment.deleted", comment, user, before=comment.text[:_LOGGED])
    db.session.delete(comment)
    db.session.commit()
    return comment


def read(user: User, comment_id: int) -> Comment:
    """Note that the user read a comment that names them, and commit. Raises NotFound."""
    comment = db.session.get(Comment, comment_id)
    if comment is None:
        raise NotFound("There is no such comment", "Whoever wrote it may have deleted it.")
    hiring.attempt(user, comment.attempt_id)
    _have_read(user, select(Comment.id).where(Comment.id == comment_id))
    db.session.commit()
    return comment


def unread_count(user: User) -> int:
    """How many comments name the user that they have not read, in interviews that they still see."""
    found = _unread(user).with_only_columns(Comment.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def unread(user: User) -> list[Naming]:
    """The newest of them."""
    found = db.session.scalars(
        _unread(user)
        .options(
            joinedload(Comment.author),
            joinedload(Comment.response),
            joinedload(Comment.attempt).options(joinedload(Attempt.user), joinedload(Attempt.interview)),
        )
        .limit(MOST_ON_HOME)
    ).all()
    shown = identities.of_many(one.attempt for one in found)
    return [Naming(one, reports.title(one.attempt), shown[one.attempt_id]) for one in found]


def _unread(user: User) -> Select[Comment]:
    return (
        select(Comment)
        .join(Mention, Mention.comment_id == Comment.id)
        .join(Attempt, Comment.attempt_id == Attempt.id)
        .join(Interview, Attempt.interview_id == Interview.id)
        .where(Mention.user_id == user.id, Mention.read_at.is_(None), hiring.is_visible_to(user))
        .order_by(Comment.id.desc())
    )


def _own(user: User, comment_id: int) -> tuple[Comment, Interview]:
    comment = db.session.get(Comment, comment_id, options=[selectinload(Comment.mentions)])
    if comment is None:
        raise NotFound("There is no such comment", "It may have been deleted.")
    _, access = hiring.attempt(user, comment.attempt_id, InterviewRole.REVIEWER)
    if comment.author_id != user.id:
        raise Forbidden("This comment is somebody else's", "You can change and delete your own.")
    return comment, access.interview


def _name(comment: Comment, interview: Interview) -> None:
    """Make the mentions what the text says; who was told already is not told again, nor is whoever wrote it."""
    wanted = mentions.mentioned(comment.text, people(interview)) - {comment.author_id}
    for one in list(comment.mentions):
        if one.user_id not in wanted:
            comment.mentions.remove(one)
    known = {one.user_id for one in comment.mentions}
    comment.mentions += [Mention(user_id=id_) for id_ in sorted(wanted - known)]


def _have_read(user: User, comments: Select[int]) -> None:
    db.session.execute(
        update(Mention)
        .where(Mention.user_id == user.id, Mention.read_at.is_(None), Mention.comment_id.in_(comments))
        .values(read_at=received_at()),
        execution_options={"synchronize_session": False},
    )


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise Unprocessable("The comment is empty", "Write something, or leave it.")
    if len(text) > MAX_TEXT:
        raise Unprocessable("The comment is too long", f"Shorten it to {MAX_TEXT} characters.")
    return text


def _record(action: str, comment: Comment, user: User, **facts: str) -> None:
    audit.record(
        action,
        f"comment {comment.id}",
        actor=user,
        interview=comment.attempt.interview_id,
        attempt=comment.attempt_id,
        answer=comment.response_id,
        **facts,
    )
