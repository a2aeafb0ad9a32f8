"""Accounts: making them, proving who one is, roles, and links that set a new password."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.errors import Conflict, Gone, NotFound, Unprocessable
from quizapp.extensions import db
from quizapp.models import MailKind, Role, User
from quizapp.receipt import database_now, received_at
from quizapp.rules import addresses
from quizapp.rules import passwords as rules
from quizapp.services import audit, link_keys, outbox, passwords, sign_ins
from quizapp.services.paging import Page, page_of

RESET_LIFETIME = timedelta(hours=24)


class NotAccepted(Unprocessable):
    """One field of a form cannot be taken as it is."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def normal_email(text: str) -> str:
    """The one spelling of a mail address under which an account is kept. Raises `NotAccepted`."""
    try:
        return addresses.normal_email(text)
    except addresses.NotUsable as problem:
        raise NotAccepted("email", str(problem)) from None


def register(
    email: str, name: str, password: str, role: Role = Role.CANDIDATE, *, action: str = "account.registered"
) -> User:
    """Make an account. Raises `NotAccepted`. `action` is what the audit log says of it.

    That an address is taken is said openly: without mail to prove that an address is one's own, hiding it would only
    move the same answer to the sign-in page. The rate limit of the view is what stands against trying addresses.
    """
    email, name = normal_email(email), normal_name(name)
    hashed = _hash_of_accepted(password, "password", email, name)
    user = User(email=email, name=name, role=role, password_hash=hashed, created_at=received_at())
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise NotAccepted(
            "email", "There is an account with this address. Sign in, or set a new password if you forgot it."
        ) from None
    audit.record(action, email, actor=None if action == "user.created" else user, role=role.value)
    db.session.commit()
    return user


def normal_name(text: str) -> str:
    """A name with single spaces and without control characters. Raises `NotAccepted`."""
    try:
        return addresses.normal_name(text)
    except addresses.NotUsable as problem:
        raise NotAccepted("name", str(problem)) from None


def prove(email: str, password: str) -> User | None:
    """The person with this address and password; None for anything else, after the same work and time.

    An unknown address, a wrong password and an account that is switched off cannot be told apart.
    """
    try:
        email = normal_email(email)
    except NotAccepted:
        email = ""
    with Session(db.engine.execution_options(read_only=True)) as reading:
        found = reading.execute(
            select(User.id, User.password_hash, User.is_enabled).where(User.email == email)
        ).one_or_none()
    is_right = passwords.verify(found.password_hash if found else None, password)
    if not found or not is_right or not found.is_enabled:
        audit.record(
            "account.sign_in_failed", email if found else "", reason=_reason(found is not None, is_right)
        )
        db.session.commit()
        return None
    renewed = passwords.renewed(found.password_hash, password)
    user = get(found.id)
    if renewed:
        user.password_hash = renewed
    audit.record("account.signed_in", email, actor=user)
    db.session.commit()
    return user


def change_password(user_id: int, current: str, new: str) -> None:
    """Set a new password and sign out every other device. Raises `NotAccepted`."""
    user = get(user_id)
    email, name, stored = user.email, user.name, user.password_hash
    db.session.rollback()  # hashing takes a tenth of a second; no transaction waits for it
    if not passwords.verify(stored, current):
        raise NotAccepted("current", "This is not your current password.")
    hashed = _hash_of_accepted(new, "password", email, name)
    user = get(user_id)
    user.password_hash = hashed
    user.reset_hash = user.reset_until = None
    ended = sign_ins.end_all(user_id, but=sign_ins.current_id())
    audit.record("account.password_changed", email, actor=user, devices_signed_out=ended)
    db.session.commit()


def ensure_is(user_id: int, password: str) -> None:
    """Let nobody pass but the person with this password. Raises `NotAccepted`."""
    stored = get(user_id).password_hash
    db.session.rollback()  # as in change_password
    if not passwords.verify(stored, password):
        raise NotAccepted("password", "This is not your password.")


def make_reset_link(user_id: int, actor: User | None) -> str:
    """The token of a new link with which this person sets a password once, within a day. An older link ends.

    Where there is a mail server, the person gets it as a mail, too.
    """
    user = get(user_id)
    if user.is_guest:
        raise Conflict("A guest has no password", "Invite the person again instead.")
    salt = secrets.token_hex(16)
    token = link_keys.reset_token(salt)
    user.reset_hash = sign_ins.token_hash(token)
    user.reset_until = database_now() + RESET_LIFETIME
    audit.record("user.reset_link_made", user.email, actor=actor)
    mail = outbox.add(MailKind.RESET, user=user, salt=salt) if outbox.is_mailing() else None
    db.session.commit()
    if mail is not None:
        outbox.ring(mail.id)
    return token


def owner_of_reset(token: str) -> User:
    """Whose link this is. Raises `Gone` when it was used, is too old, or never was."""
    user = db.session.scalar(
        select(User).where(
            User.reset_hash == sign_ins.token_hash(token), User.reset_until > received_at(), User.is_enabled
        )
    )
    if user is None:
        raise Gone
    return user


def redeem_reset(token: str, password: str) -> User:
    """Set a password with a link, and sign out every device. Raises `Gone`, `NotAccepted`."""
    user = owner_of_reset(token)
    user_id, email, name = user.id, user.email, user.name
    db.session.rollback()
    hashed = _hash_of_accepted(password, "password", email, name)
    # The condition is checked again by the statement that uses the link up: of two at once, one wins.
    used = db.session.execute(
        update(User)
        .where(
            User.id == user_id,
            User.reset_hash == sign_ins.token_hash(token),
            User.reset_until > received_at(),
            User.is_enabled,
        )
        .values(password_hash=hashed, reset_hash=None, reset_until=None)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise Gone
    sign_ins.end_all(user_id)
    user = get(user_id)
    audit.record("account.password_reset", email, actor=user)
    db.session.commit()
    return user


def set_role(user_id: int, role: Role, actor: User | None) -> User:
    """Give a role. Raises `Conflict` for a guest, and rather than leave the site without an admin."""
    user = get(user_id)
    if user.is_guest:
        raise Conflict("A guest has no role", "Whoever works here registers, and gets the role then.")
    if user.role is role:
        return user
    if user.role is Role.ADMIN:
        keep_an_admin(user_id)
    before, user.role = user.role, role
    audit.record("user.role_changed", user.email, actor=actor, before=before.value, after=role.value)
    db.session.commit()
    return user


def set_enabled(user_id: int, *, is_enabled: bool, actor: User | None) -> User:
    """Switch an account on or off; off signs out every device. Raises `Conflict` for the last admin."""
    user = get(user_id)
    if user.is_enabled is is_enabled:
        return user
    if not is_enabled:
        if user.role is Role.ADMIN:
            keep_an_admin(user_id)
        user.reset_hash = user.reset_until = None
    user.is_enabled = is_enabled
    db.session.flush()
    if not is_enabled:
        sign_ins.end_all(user_id)
    audit.record("user.enabled" if is_enabled else "user.disabled", user.email, actor=actor)
    db.session.commit()
    return user


def get(user_id: int) -> User:
    """The person with this number. Raises `NotFound`."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such account")
    return user


def by_email(email: str) -> User:
    """The person with this address. Raises `NotAccepted`, `NotFound`."""
    user = db.session.scalar(select(User).where(User.email == normal_email(email), User.is_guest.is_(False)))
    if user is None:
        raise NotFound(f"There is no account with the address {email.strip()}")
    return user


def search(text: str = "", role: str = "", page: int = 1) -> Page[User]:
    """People by a part of name or address, and by role; by name."""
    query = select(User).where(User.is_guest.is_(False)).order_by(func.lower(User.name), User.id)
    if text:
        query = query.where(
            or_(User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True))
        )
    if role in set(Role):
        query = query.where(User.role == Role(role))
    found = page_of(query, page)
    return Page([user for (user,) in found.rows], found.number, found.pages, found.total)


def keep_an_admin(user_id: int) -> None:
    """Refuse when nobody else is an admin. The rows are locked, so two admins cannot remove each other at once."""
    admins = db.session.scalars(
        select(User.id)
        .where(User.role == Role.ADMIN, User.is_enabled)
        .order_by(User.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if set(admins) <= {user_id}:
        raise Conflict(
            "This is the only admin",
            "Make somebody else an admin first; without one, nobody could give roles.",
            code="last_admin",
        )


def _hash_of_accepted(password: str, field: str, *own: str) -> str:
    password = rules.normalise(password)
    if problem := rules.problem_of(password, *own):
        raise NotAccepted(field, problem)
    return passwords.hash_of(password)


def _reason(is_known: bool, is_right: bool) -> str:
    if not is_known:
        return "unknown address"
    return "switched off" if is_right else "wrong password"
