"""Reading lists of people to invite, clocks in time zones, and the texts of links: pure rules."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules import addresses, invitees, tokens, zones
from quizapp.rules.invitees import Flaw, Reading, Terms, Window

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
TERMS = Terms(Window(closes_at=datetime(2026, 6, 1, tzinfo=UTC), time_zone="Europe/Berlin"), NOW, 0.25)
# Clocks on a wall, in any zone.
FIRST, LAST = NOW.replace(year=2001, tzinfo=None), NOW.replace(year=2199, tzinfo=None)


def flaws(reading: Reading) -> list[tuple[int, str]]:
    return [(flaw.line, flaw.text) for flaw in reading.flaws]


def file(text: str, encoding: str = "utf-8") -> Reading:
    told, problem = invitees.text_of(text.encode(encoding))
    return Reading(flaws=[Flaw(0, problem)]) if problem else invitees.read(told, TERMS)


def test_lines_are_people() -> None:
    found = invitees.read(
        "ines@example.org\n\n  Omar Haddad <Omar@Example.org>\nzo@example.org, Zoé\nli@example.org;Li\n",
        TERMS,
    )
    assert found.flaws == []
    assert [(one.line, one.email, one.name) for one in found.invitees] == [
        (1, "ines@example.org", ""),
        (3, "omar@example.org", "Omar Haddad"),
        (4, "zo@example.org", "Zoé"),
        (5, "li@example.org", "Li"),
    ]
    assert {(one.extra_share, one.window) for one in found.invitees} == {(0.25, TERMS.window)}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_file_names_its_columns_in_any_order(mark: str, sign: str) -> None:
    rows = [
        ["Name", "Extra time", "E-Mail", "Closes", "Time zone"],
        ["Ines", "50 %", "ines@example.org", "2026-05-20 18:00", "America/New_York"],
        ["", "", "omar@example.org", "", ""],
        ["", "", "", "", ""],
    ]
    found = file(mark + "\r\n".join(sign.join(row) for row in rows))
    assert found.flaws == []
    first, second = found.invitees
    assert (first.line, first.name, first.extra_share) == (2, "Ines", 0.5)
    assert first.window == Window(None, datetime(2026, 5, 20, 22, tzinfo=UTC), "America/New_York")
    assert (second.line, second.extra_share, second.window) == (3, 0.25, TERMS.window)


def test_lines_are_counted_as_editors_do() -> None:
    found = file('email,name\n"ines@example.org","Ines\nOkafor"\nx,Omar\n')
    assert flaws(found) == [
        (2, "There is a control character in it."),
        (4, "'x': This is no e-mail address. It looks like name@example.org."),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("ines@example.org,=1+1,,", "The name begins with '=', which a spreadsheet takes for a formula."),
        ("ines@example.org,@SUM(A1),,", "The name begins with '@', which a spreadsheet takes for a formula."),
        ("ines@example.org,Ines,-5,", "Extra time is whole percent from 0 to 300, such as 25."),
        ("ines@example.org,Ines,301,", "Extra time is whole percent from 0 to 300, such as 25."),
        ("ines@example.org,Ines,²,", "Extra time is whole percent from 0 to 300, such as 25."),
        (
            "ines@example.org,Ines,,tomorrow",
            "'tomorrow' is no date with a time. Write it like 2026-11-30 18:00.",
        ),
        ("ines@example.org,Ines,,2026-04-30 10:00", "The window ends in the past."),
        ("ines@example.org,I\0nes,,", "There is a control character in it."),
        ("ines@example.org,\u202eInes,,", "The name has to be printable, with at most 120 characters."),
        (
            "ines@example.org," + "I" * 121 + ",,",
            "The name has to be printable, with at most 120 characters.",
        ),
        (",Ines,,", "'': Give an e-mail address, such as name@example.org."),
        ("ines@example.org,Ines,,,more", "The row has 5 cells, and there are 4 columns."),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(row: str, told: str) -> None:
    found = file(f"email,name,extra time,closes\nomar@example.org,Omar,10,\n{row}\n")
    assert flaws(found) == [(3, told)]


def test_every_flaw_of_a_list_is_told_at_once() -> None:
    found = file("email,name\nx,=a\nines@example.org,I\nINES@example.org,I\n")
    assert [line for line, _ in flaws(found)] == [2, 2, 4]
    assert "ines@example.org is in line 3 as well." in flaws(found)[2][1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("email\nJos\xe9@example.org".encode("latin-1"), "Line 2 is not UTF-8."),
        ("email\nines@example.org".encode("utf-16"), "Line 1 is not UTF-8."),
        (b"", "The file is empty."),
        (b" \n ", "The file is empty."),
        (b"a" * (invitees.MOST_BYTES + 1), "larger than 200 kB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, told: str) -> None:
    assert told in invitees.text_of(content)[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "There is nobody in it."),
        ("email,name\n", "There is nobody in it."),
        ("email,shoe size\nines@example.org,38\n", "There is no column 'shoe size'."),
        ("email,name,name\nines@example.org,a,b\n", "The column name is there twice."),
        ('email,name\n"ines@example.org,a\n', "This row cannot be read"),
        ("\n".join(f"p{n}@example.org" for n in range(invitees.MOST_ROWS + 1)), "more than 1000 people"),
        ("x" * (invitees.MOST_BYTES + 1), "larger than 200 kB"),
    ],
)
def test_a_list_that_cannot_be_taken_says_why(text: str, told: str) -> None:
    assert any(told in flaw.text for flaw in invitees.read(text, TERMS).flaws)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    for written in (text, f"email,name\n{text}", f"email;closes;zone\n{text}"):
        found = invitees.read(written, TERMS)
        assert found.invitees or found.flaws


def test_a_hostile_list_is_read_quickly() -> None:
    began = time.process_time()
    for text in (
        "a" * 60_000 + "@",
        "<" * 60_000,
        '"' * 60_001,
        "email\n" + "," * 60_000,
        "a@" + "b." * 30_000,
    ):
        invitees.read(text, TERMS)
    assert time.process_time() - began < 10


class TestWindows:
    def test_an_hour_that_is_missing_is_none(self) -> None:
        with pytest.raises(zones.NoMoment, match="does not exist in Europe/Berlin: clocks are put forward"):
            zones.read("2026-03-29 02:30", "Europe/Berlin")

    def test_of_an_hour_that_comes_twice_a_beginning_takes_the_first_and_an_end_the_second(self) -> None:
        assert zones.read("2026-10-25 02:30", "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert zones.read("2026-10-25 02:30", "Europe/Berlin", is_end=True) == datetime(
            2026, 10, 25, 1, 30, tzinfo=UTC
        )

    @pytest.mark.parametrize(
        ("moment", "zone", "told"),
        [
            (
                datetime(2026, 3, 28, 17, tzinfo=UTC),
                "Europe/Berlin",
                "28 March 2026, 18:00 (Europe/Berlin, UTC+01:00)",
            ),
            (
                datetime(2026, 3, 29, 17, tzinfo=UTC),
                "Europe/Berlin",
                "29 March 2026, 19:00 (Europe/Berlin, UTC+02:00)",
            ),
            (
                datetime(2026, 3, 29, 17, tzinfo=UTC),
                "Asia/Kolkata",
                "29 March 2026, 22:30 (Asia/Kolkata, UTC+05:30)",
            ),
            (datetime(2026, 3, 29, 17, tzinfo=UTC), "UTC", "29 March 2026, 17:00 (UTC)"),
            (datetime(2026, 3, 29, 17, tzinfo=UTC), "No/Where", "29 March 2026, 17:00 (UTC)"),
        ],
    )
    def test_a_moment_is_told_on_the_clock_of_its_zone(self, moment: datetime, zone: str, told: str) -> None:
        assert zones.in_words(moment, zone) == told

    @pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Base", "", "Europe/berlin\0"])
    def test_a_zone_that_is_none_is_refused(self, zone: str) -> None:
        with pytest.raises(zones.NoMoment, match="There is no time zone"):
            zones.read("2026-03-29 12:00", zone)

    @given(st.datetimes(FIRST, LAST), st.sampled_from(zones.names()))
    def test_a_field_gives_back_the_moment_it_was_made_of(self, shown: datetime, zone: str) -> None:
        moment = shown.replace(tzinfo=UTC, second=0, microsecond=0)
        read = {zones.read(zones.as_field(moment, zone), zone, is_end=end) for end in (False, True)}
        assert moment in read

    def test_an_end_before_the_beginning_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ends before it begins"):
            invitees.window_of("2026-05-20 18:00", "2026-05-20 17:00", "UTC", NOW)


class TestTokens:
    KEY, OTHER = b"k" * 32, b"o" * 32

    def test_a_link_names_its_invitation_to_the_key_that_made_it(self) -> None:
        token = tokens.link_token(self.KEY, 12, 3)
        assert tokens.read_link_token(self.KEY, token) == (12, 3)
        assert tokens.read_link_token(self.OTHER, token) is None
        assert token.rsplit("-", 1)[1].isalnum()
        assert len(token.rsplit("-", 1)[1]) * 5 >= 128, "bits"

    @given(st.text(max_size=120))
    def test_no_other_text_names_one(self, text: str) -> None:
        assert tokens.read_link_token(self.KEY, text) is None

    @pytest.mark.parametrize("change", ["012-3-", "12-03-", "+12-3-", "١٢-3-", "12-3--"])
    def test_a_number_has_one_spelling(self, change: str) -> None:
        mac = tokens.link_token(self.KEY, 12, 3).rsplit("-", 1)[1]
        assert tokens.read_link_token(self.KEY, change + mac) is None

    def test_a_code_has_eight_digits_and_its_hash_a_key(self) -> None:
        codes = {tokens.code(self.KEY, 1, salt) for salt in range(50)}
        assert len(codes) > 45
        assert all(len(code) == 8 and code.isdigit() for code in codes)
        assert tokens.code_hash(self.KEY, 1, "12345678") != tokens.code_hash(self.OTHER, 1, "12345678")
        assert tokens.code_hash(self.KEY, 1, "12345678") != tokens.code_hash(self.KEY, 2, "12345678")


def test_an_address_is_masked_to_all_but_its_owner() -> None:
    assert addresses.masked("ines.okafor@mail.example.org") == "i…@m….org"
