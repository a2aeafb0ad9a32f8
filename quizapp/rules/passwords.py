"""Which passwords are taken: long enough, and not among the first that an attacker tries.

No demands on kinds of characters (OWASP ASVS 5.0, 6.2): they make passwords harder to remember and hardly to guess.
"""

from __future__ import annotations

import re
import unicodedata

MIN_LENGTH = 8
MAX_LENGTH = 1024

# Words that most guessed passwords are made of. With digits and signs around them, or with 0 for o and the like, they
# are no better.
_WORDS = frozenset(
    """
    aaaaaaaa abc abcd abcdef abcdefg abcdefgh abcdefghi access account admin administrator alexander alexandra amanda
    america andrea andrew angel angela angels animal anthony apple arsenal asdf asdfasdf asdfgh asdfghjk asdfghjkl ashley
    august austin autumn baby babygirl bailey banana barcelona baseball basketball batman beautiful bestfriend bigdaddy
    blink blessed boomer brandon butterfly buster california candidate carlos caroline champion changeme changeit charles
    charlie chelsea chester chicken chocolate chris christ christian christopher classic coffee company computer
    cookie corvette cowboys crystal daniel danielle database december default demo diamond dolphin dragon eagles
    einstein elephant elizabeth eminem england everton example facebook family ferrari fishing flask flower flowers
    football forever france freedom friday friend friends fuckyou garfield genius gemini george gfhjkm ginger
    goldfish google guest hannah happy harley heather heaven hello helloworld hockey holiday hunter iceman
    iloveyou ilovegod ilovehim ilovejesus iloveme internet interview isabella jackson january jasmine jasper jennifer
    jessica jesus jesuschrist johnson jonathan jordan joseph joshua justin killer kitten knight
    lakers lalala lauren letmein letmeinnow liberty linkedin liverpool london lovely loveme lover lovelove
    madison maggie manager manchester marina marlboro martin master matrix matthew maverick melissa mercedes merlin michael
    michelle microsoft midnight minecraft monday monkey monster morgan mother mustang mynoob naruto nathan newyork
    nicholas nicole nothing november october oliver orange pass passion passpass passw passwd password passwort
    patrick peaches peanut pepper phoenix pikachu playboy pokemon power prince princess private purple python
    qazwsx qazwsxedc qwaszx qwer qwert qwerty qwertyu qwertyui qwertyuio qwertyuiop qweasd qweasdzxc quizapp rainbow ranger
    rangers raiders realmadrid rebecca redsox richard robert rosebud samantha samsung samuel sandra saturday scooter
    secret secretpassword security september server shadow shannon slipknot snoopy snowball soccer spiderman spring
    starwars stephanie steven student summer summertime sunday sunflower sunshine superman superstar support sweetheart
    sweety system taylor teacher tennis test tester testing testtest thomas thunder thursday tigers tigger tinkerbell toyota
    trustno trustnoone tuesday twilight user username valentine vanessa victoria victory wednesday welcome welcomehome whatever
    william william windows winner winter wizard wordpass xxxxxxxx yankees yellow zaq zaqwsx zxcvbn zxcvbnm
    """.split()  # noqa: SIM905 - a list literal of three hundred words would be three hundred lines
)
_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
_FEW = 3  # different characters that are too few


def normalise(password: str) -> str:
    """The password as it is hashed: the same whatever keyboard composed its letters (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def problem_of(password: str, *own: str) -> str | None:
    """Why a password is not taken, as a sentence; None when it is. `own` are words of the person: name, address."""
    if len(password) < MIN_LENGTH:
        return f"Use {MIN_LENGTH} characters or more. Several words are easy to remember."
    if len(password) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    if is_common(password):
        return (
            "This password is among the first that are tried. Take several words that do not belong together."
        )
    if _is_made_of(password, own):
        return (
            "This password is made of your name or address. Take several words that do not belong together."
        )
    return None


def is_common(password: str) -> bool:
    """True for what password lists begin with: known words, keyboard rows, the same few characters again."""
    plain = password.casefold()
    if len(set(plain)) <= _FEW:
        return True
    if any(plain in row + row or plain in (row + row)[::-1] for row in _ROWS):
        return True
    bare = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)
    readings = {plain, bare, plain.translate(_LOOKALIKES), bare.translate(_LOOKALIKES)}
    cores = readings | {re.sub(r"[^a-z]", "", reading) for reading in readings}
    cores |= {core[: len(core) // 2] for core in cores if core and core[: len(core) // 2] * 2 == core}
    letters = sum(letter.isalpha() for letter in plain)
    # A known word and up to six further characters; longer additions make it a password of its own.
    return any(core in _WORDS and len(plain) - min(letters, len(core)) <= 6 for core in cores)  # noqa: PLR2004


def _is_made_of(password: str, own: tuple[str, ...]) -> bool:
    plain = re.sub(r"[\W\d_]+", "", password.casefold())
    for text in own:
        whole = re.sub(r"[\W\d_]+", "", text.casefold())
        parts = {re.sub(r"[\W\d_]+", "", part) for part in re.split(r"[\s@.]+", text.casefold())}
        if len(plain) > 2 and plain in {whole, *parts}:  # noqa: PLR2004 - two letters name nobody
            return True
    return False
