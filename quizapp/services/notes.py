"""A candidate's notes on an attempt: for nobody else, and no part of what is graded."""

from __future__ import annotations

import hashlib

from sqlalchemy.exc import IntegrityError

from quizapp.bodies import is_storable
from quizapp.errors import Conflict, Unprocessable
from quizapp.extensions import db
from quizapp.models import Attempt, Notes, User
from quizapp.receipt import received_at
from quizapp.services import attempts

MAX_CHARACTERS = 20_000


class StaleNotes(Conflict):
    """Another window saved the notes since; what is stored is told, so that both can be put together."""

    code = "stale"
    message = "Another window saved these notes in the meantime"
    what_to_do = "Load the page again; it shows both."

    def __init__(self, current: Notes) -> None:
        super().__init__(beside={"current": state(current)})
        self.current = current


def of_attempt(attempt: Attempt) -> Notes | None:
    """The notes of an attempt, for its own person; None when nothing was written."""
    return db.session.get(Notes, attempt.id)


def save(user: User, attempt_id: int, text: str, revision: int) -> Notes:
    """Save notes that are based on `revision` (0: the first) and commit; they stay open when the attempt is over.

    Saving what is stored already is no conflict. Raises NotFound, Unprocessable, StaleNotes.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > MAX_CHARACTERS:
        raise Unprocessable("These notes are too long", f"They may have {MAX_CHARACTERS} characters.")
    if not is_storable(text):
        raise Unprocessable("These notes hold a character that cannot be stored", "Delete it and save again.")
    attempt = attempts.own(attempt_id, user)
    notes = db.session.get(Notes, attempt.id, with_for_update={"key_share": True}, populate_existing=True)
    if notes is None:
        notes = Notes(attempt_id=attempt.id, text="", revision=0, saved_at=received_at())
        db.session.add(notes)
    if notes.text == text and notes.revision:
        return notes
    if revision != notes.revision:
        raise StaleNotes(notes)
    notes.text, notes.revision, notes.saved_at = text, notes.revision + 1, received_at()
    try:
        db.session.commit()
    except IntegrityError:  # two windows wrote their first notes at once
        db.session.rollback()
        raise StaleNotes(db.session.get_one(Notes, attempt_id)) from None
    return notes


def save_beside(user: User, attempt_id: int, text: str, revision: int) -> bool:
    """The same for a page without scripts: what another window saved since stays, and `text` is put below it.

    Gives whether that was needed. Raises as `save` does, StaleNotes only where yet another window is faster.
    """
    try:
        save(user, attempt_id, text, revision)
    except StaleNotes as stale:
        stored, newest = stale.current.text, stale.current.revision
        db.session.rollback()
        typed = text.replace("\r\n", "\n")
        both = joined(stored, typed)
        save(user, attempt_id, both, newest)
        return both not in (stored, typed)
    return False


def joined(stored: str, typed: str) -> str:
    """Both texts, where one does not hold the other already; the player's scripts join them in the same way."""
    if stored in typed:
        return typed
    if typed in stored:
        return stored
    return f"{stored.rstrip()}\n\n(From another window:)\n{typed}"


def mark(text: str) -> str:
    """A short mark of notes, by which a page that gives them out knows them again when they come back unchanged."""
    plain = text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    return hashlib.sha256(plain).hexdigest()[:16]


def state(notes: Notes) -> dict[str, object]:
    """What a page is told of saved notes."""
    return {"text": notes.text, "revision": notes.revision, "saved_at": notes.saved_at.isoformat()}
