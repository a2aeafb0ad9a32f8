"""The commands `quizapp transcript verify`, `keys` and `new-key`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from quizapp.transcripts import keys
from quizapp.transcripts.settings import own_keys
from quizapp.transcripts.verifying import Check, NoTranscriptError, State, check

EXAMPLES = """\
exit status: 0 sound, and signed by a key that is trusted; 1 altered; 2 it cannot be told, as without a key

examples:
  quizapp transcript verify transcript-7.zip --key Yk3...     with the key from the site's page "Transcript keys"
  quizapp transcript verify transcript-7.zip                  on the machine of the site itself
"""


def main(argv: Sequence[str]) -> int:
    """Run the `transcript` command that the first word names."""
    command, *rest = argv
    return {"verify": _verify, "keys": _keys, "new-key": _new_key}[command](rest)


def _verify(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="quizapp transcript verify",
        description="Say what of a transcript is sound and what was altered. Needs neither the site nor a network.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the zip file as the site gave it")
    parser.add_argument(
        "--key", action="append", default=[], help="a public key to trust; may be given several times"
    )
    parser.add_argument("--quiet", action="store_true", help="name only what is not sound")
    options = parser.parse_args(list(argv))
    try:
        trusted = [keys.public_key(text) for text in options.key] or own_keys()
    except ValueError as error:
        print(f"quizapp: --key: {error}", file=sys.stderr)
        return 2
    try:
        found = check(options.file, trusted)
    except OSError as error:
        print(f"quizapp: {options.file} cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    except NoTranscriptError as error:
        print(f"quizapp: {options.file} is no transcript: {error}", file=sys.stderr)
        return 2
    _tell(found, is_quiet=options.quiet)
    return {State.SOUND: 0, State.ALTERED: 1, State.UNKNOWN: 2}[found.state]


def _tell(found: Check, *, is_quiet: bool) -> None:
    for part in found.parts:
        if not is_quiet or part.state is not State.SOUND:
            print(f"{part.state:<8} {_printable(part.name)}: {_printable(part.told)}")
    about = found.about
    if about:
        facts = ("candidate", "interview", "attempt", "finished_at", "made_at", "site")
        told = ", ".join(f"{name.replace('_', ' ')} {about[name]}" for name in facts if about.get(name))
        print(f"It says: {_printable(told)}")
    words = {
        State.SOUND: "Sound: this is what the site signed.",
        State.ALTERED: "Altered: do not rely on it.",
        State.UNKNOWN: "Not altered since it was signed; by whom cannot be told.",
    }
    print(words[found.state])


def _printable(text: str) -> str:
    """Text of the file as one line that does nothing to a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _keys(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="quizapp transcript keys",
        description="Print the public keys of this site, the current one first.",
    )
    parser.parse_args(list(argv))
    found = own_keys()
    if not found:
        print(
            "quizapp: there is no site here; it makes its keys when it starts for the first time",
            file=sys.stderr,
        )
        return 2
    for number, key in enumerate(found):
        print(f"{key.id} {key.text}{' (retired)' if number else ''}")
    return 0


def _new_key(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="quizapp transcript new-key",
        description="Print a fresh secret key, and what to set so that transcripts of the old one stay good.",
    )
    parser.parse_args(list(argv))
    old = " ".join(key.text for key in own_keys())
    print(f"QUIZAPP_TRANSCRIPT_KEY={keys.new_secret()}")
    print(f'QUIZAPP_TRANSCRIPT_OLD_KEYS="{old}"')
    return 0
