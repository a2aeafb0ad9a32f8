"""`quizapp users ...`: accounts from the command line, for the first admin and for scripts."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence

from flask import current_app

from quizapp import create_app
from quizapp.config import ConfigurationError
from quizapp.errors import Refusal
from quizapp.models import Role
from quizapp.security import external_url
from quizapp.services import accounts

LOCAL_URL = "http://127.0.0.1:5000"  # in printed links, when QUIZAPP_PUBLIC_URL is not set
EXIT_REFUSED = 1
EXIT_USAGE = 2


def main(argv: Sequence[str]) -> int:
    """Run one command. 0: done; 1: refused, with the reason on stderr; 2: wrong usage or settings."""
    arguments = _parser().parse_args(argv)
    try:
        app = create_app()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE
    with app.app_context():
        try:
            lines = arguments.run(arguments)
        except Refusal as refusal:
            sys.stderr.write(f"{_in_one_line(refusal)}\n")
            return EXIT_REFUSED
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quizapp users", description="Accounts, from the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    roles = [role.value for role in Role]

    create = commands.add_parser("create", help="make an account; prints its password when none is given")
    create.add_argument("email")
    create.add_argument("--name", help="as shown on pages; the address's first part when left out")
    create.add_argument("--role", choices=roles, default=Role.CANDIDATE.value)
    create.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of stdin"
    )
    create.set_defaults(run=_create)

    role = commands.add_parser("role", help="give an account a role")
    role.add_argument("email")
    role.add_argument("role", choices=roles)
    role.set_defaults(run=_role)

    reset = commands.add_parser("reset", help="print a link that sets a new password once")
    reset.add_argument("email")
    reset.set_defaults(run=_reset)

    listing = commands.add_parser("list", help="list accounts")
    listing.add_argument("text", nargs="?", default="", help="a part of name or address")
    listing.set_defaults(run=_list)
    return parser


def _in_one_line(refusal: Refusal) -> str:
    if isinstance(refusal, accounts.NotAccepted):
        return refusal.message
    return f"{refusal.message}. {refusal.what_to_do}"


def _create(arguments: argparse.Namespace) -> list[str]:
    given = arguments.password_stdin
    password = sys.stdin.readline().rstrip("\n") if given else secrets.token_urlsafe(12)
    name = arguments.name or arguments.email.partition("@")[0]
    user = accounts.register(arguments.email, name, password, Role(arguments.role), action="user.created")
    return [user.email] if given else [f"{user.email}\t{password}"]


def _role(arguments: argparse.Namespace) -> list[str]:
    user = accounts.by_email(arguments.email)
    user = accounts.set_role(user.id, Role(arguments.role), actor=None)
    return [f"{user.email}\t{user.role.value}"]


def _reset(arguments: argparse.Namespace) -> list[str]:
    token = accounts.make_reset_link(accounts.by_email(arguments.email).id, actor=None)
    with current_app.test_request_context(base_url=current_app.config["PUBLIC_URL"] or LOCAL_URL):
        return [external_url("accounts.reset", token=token)]


def _list(arguments: argparse.Namespace) -> list[str]:
    lines = []
    page = 1
    while True:
        found = accounts.search(arguments.text, page=page)
        lines += [
            f"{user.email}\t{user.role.value}\t{'on' if user.is_enabled else 'off'}\t{user.name}"
            for user in found.rows
        ]
        if page >= found.pages:
            return lines
        page += 1
