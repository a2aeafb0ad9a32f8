"""Transcripts: what they hold, that they can be checked offline, and that every change of them shows."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from flask import Flask

from quizapp.config import ConfigurationError
from quizapp.transcripts import archive, keys
from quizapp.transcripts.cli import main
from quizapp.transcripts.verifying import NoTranscriptError, State, check_bytes
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf
from tests.quizapp.sittings import CHANGED, judge, start

KEY = keys.signing_key(keys.new_secret())
OTHER = keys.signing_key(keys.new_secret())
FILES = {
    "transcript.json": b'{"a": 1}\n',
    "transcript.html": b"<p>A</p>",
    "code/question-01/app.py": b"x = 1\n",
}


@pytest.fixture
def made() -> bytes:
    return archive.signed(FILES, {"attempt": 7, "candidate": "Ines"}, KEY)


def members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def states(raw: bytes, trusted: keys.SigningKey = KEY) -> dict[str, State]:
    """The parts that are not sound."""
    found = check_bytes(raw, [trusted.public])
    return {part.name: part.state for part in found.parts if part.state is not State.SOUND}


def test_a_transcript_is_sound(made: bytes) -> None:
    found = check_bytes(made, [OTHER.public, KEY.public])
    assert found.state is State.SOUND
    assert {part.name for part in found.parts} == {"container", "signature", *FILES}
    assert found.about["attempt"] == 7


def test_the_same_transcript_is_the_same_file(made: bytes) -> None:
    assert made == archive.signed(dict(reversed(FILES.items())), {"candidate": "Ines", "attempt": 7}, KEY)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_changed_member_is_named(made: bytes, name: str) -> None:
    changed = members(made)
    changed[name] = changed[name].replace(b"1", b"2").replace(b"A", b"B")
    assert states(archive.packed(changed)) == {name: State.ALTERED}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_member_is_named(made: bytes, name: str) -> None:
    left = {path: content for path, content in members(made).items() if path != name}
    assert states(archive.packed(left)) == {name: State.ALTERED}


@pytest.mark.parametrize("name", ["more.txt", "../up.txt", "/etc/passwd", "code/question-01/app.py/", "a\\b"])
def test_a_member_that_nobody_signed_is_named(made: bytes, name: str) -> None:
    assert states(archive.packed({**members(made), name: b"x"})) == {name: State.ALTERED}


def test_a_changed_manifest_does_not_fit_its_signature(made: bytes) -> None:
    changed = members(made)
    manifest = json.loads(changed[archive.MANIFEST])
    changed["transcript.json"] = b'{"a": 2}\n'
    manifest["files"] = [archive.listed(entry["path"], changed[entry["path"]]) for entry in manifest["files"]]
    changed[archive.MANIFEST] = archive.as_json(manifest)
    assert states(archive.packed(changed)) == {"signature": State.ALTERED}
    assert check_bytes(archive.packed(changed), [KEY.public]).about == {}


def test_who_signs_with_a_key_of_their_own_is_not_trusted() -> None:
    forged = archive.signed(FILES, {"attempt": 7}, OTHER)
    assert states(forged) == {"signature": State.UNKNOWN}
    assert check_bytes(forged, [KEY.public]).about == {}


def signature_with(made: bytes, **changes: str) -> bytes:
    changed = members(made)
    changed[archive.SIGNATURE] = archive.as_json({**json.loads(changed[archive.SIGNATURE]), **changes})
    return archive.packed(changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "AAAA"},
        {"signature": "no base64!"},
        {"key": OTHER.public.id},
        {"public_key": OTHER.public.text},
        {"public_key": "short"},
    ],
)
@pytest.mark.parametrize("trusted", [KEY, OTHER])
def test_a_changed_signature_is_altered_with_whatever_key(
    made: bytes, changes: Mapping[str, str], trusted: keys.SigningKey
) -> None:
    assert states(signature_with(made, **changes), trusted) == {"signature": State.ALTERED}


def repacked(raw: bytes, write: Callable[[zipfile.ZipFile, dict[str, bytes]], None]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        write(opened, members(raw))
    return target.getvalue()


def twice(opened: zipfile.ZipFile, content: dict[str, bytes]) -> None:
    for name, text in content.items():
        opened.writestr(name, text)
    with pytest.warns(UserWarning, match="Duplicate name"):
        opened.writestr("transcript.json", b'{"a": 2}\n')


def compressed(opened: zipfile.ZipFile, content: dict[str, bytes]) -> None:
    for name, text in content.items():
        opened.writestr(name, text, zipfile.ZIP_DEFLATED)


def in_another_order(opened: zipfile.ZipFile, content: dict[str, bytes]) -> None:
    for name, text in reversed(content.items()):
        opened.writestr(name, text)


def with_a_link(opened: zipfile.ZipFile, content: dict[str, bytes]) -> None:
    for name, text in content.items():
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o120777 << 16
        opened.writestr(member, text)


@pytest.mark.parametrize("write", [twice, in_another_order, with_a_link])
def test_a_container_that_was_packed_anew_is_altered(
    made: bytes, write: Callable[[zipfile.ZipFile, dict[str, bytes]], None]
) -> None:
    assert states(repacked(made, write))["container"] is State.ALTERED


def test_compressed_members_are_not_opened(made: bytes) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in members(made).items():
            opened.writestr(name, text, zipfile.ZIP_STORED)
        opened.writestr("bomb", bytes(40_000_000))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(NoTranscriptError, match="larger than itself"):
        check_bytes(bomb.getvalue(), [KEY.public])
    with pytest.raises(NoTranscriptError):
        check_bytes(repacked(made, compressed), [KEY.public])


def test_members_that_lie_over_one_another_are_not_read(made: bytes) -> None:
    """A zip bomb without compression: many entries of the index lead to the same bytes."""
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        opened.filelist *= 50
        with pytest.raises(NoTranscriptError, match="larger than itself"):
            check_bytes(with_index(made, opened.filelist), [KEY.public])


def with_index(raw: bytes, entries: list[zipfile.ZipInfo]) -> bytes:
    """The file with another index behind its members."""
    target = io.BytesIO(raw)
    with zipfile.ZipFile(target, "a") as opened:
        opened.filelist = entries
        opened.comment = b""  # so that the index is written
    return target.getvalue()


@pytest.mark.parametrize("change", [lambda raw: b"#!/bin/sh\n" + raw, lambda raw: raw + b"more"])
def test_text_before_or_behind_is_altered(made: bytes, change: Callable[[bytes], bytes]) -> None:
    assert states(change(made)) == {"container": State.ALTERED}


@pytest.mark.parametrize("place", range(0, 700, 37))
def test_no_byte_changes_unseen(made: bytes, place: int) -> None:
    changed = bytearray(made)
    changed[place] ^= 0x20
    try:
        assert check_bytes(bytes(changed), [KEY.public]).state is not State.SOUND
    except NoTranscriptError:
        return


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no zip",
        archive.packed({}),
        archive.packed({"manifest.json": b"[" * 100_000, "signature.json": b"{}"}),
    ],
)
def test_what_is_no_transcript_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NoTranscriptError):
        check_bytes(raw, [KEY.public])


@pytest.mark.parametrize("text", ["", "x" * 42, "x" * 44, "ä" * 43, "!" * 43, "A" * 42 + "B"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        keys.public_key(text)


def sat(person: Person, settings: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """The number of a finished attempt, and its transcript."""
    sitting = start(person)
    sitting.answer_all()
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(person, "wrong_answer", 0.5)
    reply = person.get(f"{sitting.path}/transcript")
    assert (reply.status_code, reply.mimetype) == (200, "application/zip"), reply.text[:300]
    return sitting.attempt_id, reply.data


def test_a_candidate_takes_everything_of_theirs_along(candidate: Person, library: Shelf) -> None:
    attempt_id, raw = sat(candidate)
    found = members(raw)
    told = json.loads(found["transcript.json"])
    assert told["interview"]["attempt"] == attempt_id
    assert told["score"] == {"points": 34, "max_points": 44, "percent": 77.3, "is_complete": True}
    assert [one["position"] for one in told["questions"]] == list(range(1, 8))
    assert all(len(one["question_version"]) == 64 for one in told["questions"])
    (coded,) = [one for one in told["questions"] if one["kind"] == "code"]
    assert (coded["verdict"], coded["points"], coded["verdict_text"]) == ("wrong_answer", 10, "0 of 1 tests")
    (sent,) = coded["submissions"]
    assert sent["is_from_draft"]
    assert found[sent["files"][0]].decode() == CHANGED["files"]["app.py"]
    assert candidate.email in found["transcript.html"].decode()
    assert "canary" not in "".join(map(str, found.values())), (
        "right answers and hidden tests stay at the site"
    )
    page = candidate.get("/transcript-keys.json").get_json()
    key = keys.public_key(page["keys"][0]["public_key"])
    assert check_bytes(raw, [key]).state is State.SOUND
    assert key.text in candidate.get("/transcript-keys").text


def test_a_fault_of_ours_is_no_zero(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    sitting.save("code", CHANGED)
    sitting.hand_in()
    judge(candidate, "internal_error", 0.0)
    told = json.loads(members(candidate.get(f"{sitting.path}/transcript").data)["transcript.json"])
    (sent,) = [one for question in told["questions"] for one in question["submissions"]]
    assert (sent["verdict"], sent["points"]) == ("internal_error", None)


def test_a_running_attempt_has_no_transcript(candidate: Person, library: Shelf) -> None:
    sitting = start(candidate)
    assert candidate.get(f"{sitting.path}/transcript").status_code == 409


def test_the_transcript_of_somebody_else_is_not_found(
    candidate: Person, make_person: Callable[..., Person], library: Shelf
) -> None:
    attempt_id, _ = sat(candidate)
    assert make_person().get(f"/attempts/{attempt_id}/transcript").status_code == 404


def test_what_an_old_key_signed_stays_good(
    make_app: Callable[..., Flask], candidate: Person, library: Shelf
) -> None:
    _, raw = sat(candidate)
    old = candidate.get("/transcript-keys.json").get_json()["keys"][0]["public_key"]
    fresh = keys.new_secret()
    app = make_app(TRANSCRIPT_KEY=fresh, TRANSCRIPT_OLD_KEYS=[old])
    listed = app.test_client().get("/transcript-keys.json").get_json()["keys"]
    assert [one["is_current"] for one in listed] == [True, False]
    assert listed[0]["public_key"] == keys.signing_key(fresh).public.text
    assert check_bytes(raw, [keys.public_key(one["public_key"]) for one in listed]).state is State.SOUND


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which no site was ever set up."""
    for name in (
        "QUIZAPP_SECRET_KEY",
        "QUIZAPP_TRANSCRIPT_KEY",
        "QUIZAPP_TRANSCRIPT_OLD_KEYS",
        "QUIZAPP_VAR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_says_what_is_sound_and_what_is_not(
    made: bytes, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, altered = elsewhere / "sound.zip", elsewhere / "altered.zip"
    sound.write_bytes(made)
    altered.write_bytes(archive.packed({**members(made), "transcript.html": b"<p>B</p>"}))
    key = ["--key", KEY.public.text]
    assert main(["verify", str(sound), *key]) == 0
    assert "Sound: this is what the site signed." in capsys.readouterr().out
    assert main(["verify", str(altered), "--quiet", *key]) == 1
    told = capsys.readouterr().out
    assert "altered  transcript.html: its content is another one" in told
    assert "transcript.json" not in told
    assert main(["verify", str(sound)]) == 2
    assert "by whom cannot be told" in capsys.readouterr().out
    assert main(["verify", str(sound), "--key", "no-key"]) == 2
    assert main(["verify", str(elsewhere / "not-there.zip"), *key]) == 2
    assert not (elsewhere / "var").exists(), "checking leaves nothing behind"


def test_a_new_key_comes_with_what_keeps_old_transcripts_good(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made: bytes
) -> None:
    assert main(["keys"]) == 2
    monkeypatch.setenv("QUIZAPP_SECRET_KEY", "s" * 40)
    assert main(["new-key"]) == 0
    for line in capsys.readouterr().out.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value.strip('"'))
    assert main(["keys"]) == 0
    current, retired = capsys.readouterr().out.splitlines()
    assert keys.derived("s" * 40).public.text in retired
    assert "retired" not in current
    monkeypatch.setenv("QUIZAPP_TRANSCRIPT_KEY", "not a key")
    with pytest.raises(ConfigurationError, match="QUIZAPP_TRANSCRIPT_KEY"):
        main(["keys"])


def test_the_check_needs_neither_application_nor_network() -> None:
    names = ["flask", "sqlalchemy", "redis", "quizapp.application"]
    program = (
        "import sys; import quizapp.transcripts.cli, quizapp.transcripts.verifying; "
        f"print([name for name in {names!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
