"""Finding the Debian mirror in the machine's own apt configuration."""

from pathlib import Path

import pytest

from sandbox.packages import BaseNotMade, Source, choose_source, read_sources

DEB822 = """
Types: deb deb-src
# the old one: http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/own.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """
# deb http://comment.example/debian bookworm main
deb-src http://source.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] https://one.example/debian bookworm main non-free # note
"""


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_deb822_stanzas_are_read(apt: Path) -> None:
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    found = read_sources(apt)
    assert found[0] == Source(
        "http://mirror.example/debian",
        ("bookworm", "bookworm-updates"),
        ("main", "contrib"),
        Path("/usr/share/keyrings/own.gpg"),
    )
    assert [source.uri for source in found] == [
        "http://mirror.example/debian",
        "http://security.example/debian-security",
    ]


def test_one_line_entries_are_read(apt: Path) -> None:
    (apt / "sources.list").write_text(ONE_LINE)
    assert read_sources(apt) == [
        Source("https://one.example/debian", ("bookworm",), ("main", "non-free"), Path("/k.gpg"))
    ]


def test_the_archive_that_has_the_suite_is_chosen(apt: Path) -> None:
    (apt / "sources.list").write_text("deb https://other.example/apt cloud main\n" + ONE_LINE)
    assert choose_source(read_sources(apt)).uri == "https://one.example/debian"


def test_what_debootstrap_cannot_read_is_passed_over(apt: Path) -> None:
    (apt / "sources.list").write_text("deb cdrom:[disc] bookworm main\n")
    with pytest.raises(BaseNotMade, match="QUIZAPP_SANDBOX_BASE"):
        choose_source(read_sources(apt))


def test_files_of_other_kinds_are_left_alone(apt: Path) -> None:
    (apt / "sources.list.d" / "old.list.save").write_text(ONE_LINE)
    assert read_sources(apt) == []
