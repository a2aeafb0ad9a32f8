"""Question files together: what only several files can get wrong, and what is left when some are wrong."""

import json
from pathlib import Path

import pytest

from quizapp.questions import load_library, load_question
from quizapp.questions.cli import main

BANK = "id: {id}\ntitle: A bank\ndescription: Some questions.\nvisibility: public\n"
QUESTION = """\
id: {id}
title: An example
kind: text
level: fresher
topic: {topic}
difficulty: {difficulty}
minutes: 2
points: 4
prompt: Which function builds a URL?
accept: [url_for]
explanation: It builds a URL from an endpoint.
references: ["https://flask.palletsprojects.com/en/stable/quickstart/#url-building"]
covers: [{covers}]
"""
BLUEPRINT = """\
id: {id}
title: A mock
bank: {bank}
minutes: 30
description: Half an hour.
sections:
  - title: Routes
    topics: [routing]
    count: {count}
  - title: Anything
    count: 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "coverage.yaml", "url-for: builds URLs\nroutes: rule and view\n")
    write(tmp_path / "fresher" / "bank.yaml", BANK.format(id="fresher"))
    for number in (1, 2, 3):
        add(tmp_path, f"q{number}")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add(
    root: Path,
    id_: str,
    *,
    bank: str = "fresher",
    topic: str = "routing",
    difficulty: int = 2,
    covers: str = "url-for",
) -> Path:
    path = root / bank / topic / f"{id_}.yaml"
    write(path, QUESTION.format(id=id_, topic=topic, difficulty=difficulty, covers=covers))
    return path


def add_blueprint(root: Path, id_="mock", *, bank="fresher", count=2) -> Path:
    path = root / "fresher" / "blueprints" / f"{id_}.yaml"
    write(path, BLUEPRINT.format(id=id_, bank=bank, count=count))
    return path


def codes(library) -> list[tuple[str, str]]:
    return [(finding.code, finding.path.name) for finding in library.findings]


def test_a_sound_library_knows_where_each_question_comes_from(root):
    add_blueprint(root)
    library = load_library([root])
    assert not library.findings
    assert [bank.id for bank in library.banks] == ["fresher"]
    assert [question.id for question in library.questions] == ["q1", "q2", "q3"]
    assert [blueprint.id for blueprint in library.blueprints] == ["mock"]
    origin = library.origins["q2"]
    assert (origin.bank, origin.path) == ("fresher", root / "fresher" / "routing" / "q2.yaml")
    assert library.questions_of("fresher") == library.questions
    assert library.questions_of("other") == ()


def test_one_bad_file_leaves_the_others_alone(root):
    write(root / "fresher" / "routing" / "q2.yaml", "id: [")
    library = load_library([root])
    assert [question.id for question in library.questions] == ["q1", "q3"]
    assert codes(library) == [("syntax", "q2.yaml")]


def test_the_same_id_in_two_banks_is_found(root):
    write(root / "second" / "bank.yaml", BANK.format(id="second"))
    add(root, "q1", bank="second", topic="api")
    library = load_library([root])
    assert codes(library) == [("duplicate-id", "q1.yaml")]
    assert library.findings[0].path.parts[-3] == "second"
    assert library.origins["q1"].bank == "fresher"


def test_the_same_id_in_two_roots_is_found(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("company")
    write(other / "company" / "bank.yaml", BANK.format(id="company"))
    add(other, "q3", bank="company")
    add(other, "q4", bank="company")
    library = load_library([root, other])
    assert codes(library) == [("duplicate-id", "q3.yaml")]
    assert library.origins["q4"].bank == "company"


def test_a_folder_without_a_bank_is_found(root):
    add(root, "q9", bank="nobank")
    library = load_library([root])
    assert codes(library) == [("unknown-bank", "q9.yaml")]
    assert "q9" not in library.origins


def test_a_bank_must_carry_its_folders_name(root):
    write(root / "fresher" / "bank.yaml", BANK.format(id="freshers"))
    assert ("id-not-folder", "bank.yaml") in codes(load_library([root]))


def test_an_unknown_cover_is_found_at_its_line(root):
    add(root, "q1", covers="url-of")
    (finding,) = load_library([root]).findings
    assert (finding.code, finding.line) == ("unknown-cover", 13)
    assert "did you mean 'url-for'?" in str(finding)


@pytest.mark.parametrize(
    "place", ["fresher/q7.yaml", "fresher/routing/more/q7.yaml", "q7.yaml", "fresher/routing/q7.yml"]
)
def test_a_file_nobody_would_read_is_found(root, place):
    write(root / place, QUESTION.format(id="q7", topic="routing", difficulty=1, covers="url-for"))
    assert codes(load_library([root])) == [("misplaced", Path(place).name)]


def test_hidden_folders_are_passed_over(root):
    write(root / ".git" / "x.yaml", "[")
    assert not load_library([root]).findings


def test_a_root_that_is_not_there_is_found(tmp_path):
    assert codes(load_library([tmp_path / "none"])) == [("no-folder", "none")]


def test_a_blueprint_of_an_unknown_bank_is_found(root):
    add_blueprint(root, bank="freshers")
    library = load_library([root])
    assert codes(library) == [("unknown-bank", "mock.yaml")]
    assert "did you mean 'fresher'?" in str(library.findings[0])
    assert not library.blueprints


def test_a_blueprint_that_cannot_be_drawn_is_found(root):
    # Three routing questions fill the first section; nothing is left for the second.
    add_blueprint(root, count=3)
    (finding,) = load_library([root]).findings
    assert (finding.code, finding.line) == ("too-few-questions", 10)
    assert "Anything" in finding.message


def test_a_broad_section_does_not_starve_a_narrow_one(root):
    add(root, "q4", topic="api")
    path = add_blueprint(root)
    text = path.read_text(encoding="utf-8")
    narrow = "  - title: Interfaces\n    topics: [api]\n    count: 1\n"
    write(path, text.replace("    count: 1\n", "    count: 1\n" + narrow))
    assert not load_library([root]).findings


@pytest.mark.parametrize("minutes", ["[20, 10]", "[1, 1]"])
def test_a_range_of_minutes_has_an_order_and_questions(root, minutes):
    path = add_blueprint(root)
    write(path, path.read_text(encoding="utf-8").replace("count: 1", f"count: 1\n    minutes: {minutes}"))
    expected = "out-of-range" if minutes == "[20, 10]" else "too-few-questions"
    assert codes(load_library([root])) == [(expected, "mock.yaml")]


def test_a_blueprint_with_too_little_time_for_what_it_draws_is_found_at_its_minutes(root):
    path = add_blueprint(root)
    text = path.read_text(encoding="utf-8")
    write(path, text.replace("minutes: 30", "minutes: 6"))
    assert not load_library([root]).findings
    write(path, text.replace("minutes: 30", "minutes: 5"))
    library = load_library([root])
    (finding,) = library.findings
    assert (finding.code, finding.line) == ("too-little-time", 4)
    assert "gives 5 minutes for questions that take 6 on average" in finding.message
    assert not library.blueprints


@pytest.mark.parametrize(
    ("minutes", "section", "code", "told"),
    [
        (30, "own_minutes: 2", None, ""),
        (30, "own_minutes: 1", "too-little-time", "gives 1 minutes for questions that take 2 on average"),
        (10, "own_minutes: 12", "too-little-time", "gives 10 minutes, and its sections 12 of their own"),
        (30, "barrier: true", "out-of-range", "a barrier after its last section"),
    ],
)
def test_a_section_needs_time_for_its_questions_and_the_interview_for_its_sections(
    root, minutes, section, code, told
):
    path = add_blueprint(root)
    text = path.read_text(encoding="utf-8").replace("minutes: 30", f"minutes: {minutes}")
    write(path, f"{text.rstrip()}\n    {section}\n")
    findings = load_library([root]).findings
    assert [finding.code for finding in findings] == ([code] if code else [])
    assert all(told in finding.message for finding in findings)


def hiring(root: Path, prompt: str = "What is asked of candidates only?") -> None:
    """A bank for hiring with one question and a blueprint that draws it."""
    write(root / "firm" / "bank.yaml", BANK.format(id="firm").replace("public", "hiring"))
    path = add(root, "f1", bank="firm")
    write(path, path.read_text(encoding="utf-8").replace("Which function builds a URL?", prompt))
    text = BLUEPRINT.format(id="screen", bank="firm", count=1).rpartition("  - title: Anything")[0]
    write(root / "firm" / "blueprints" / "screen.yaml", text)


def test_a_hiring_bank_of_another_root_draws_its_own_questions(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    hiring(other)
    library = load_library([root, other])
    assert not library.findings
    assert [bank.id for bank in library.banks] == ["firm", "fresher"]
    assert [blueprint.id for blueprint in library.blueprints] == ["screen"]


def test_a_hiring_blueprint_that_draws_what_can_be_practised_is_advised_against(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    hiring(other, prompt="Which function builds a URL?")
    library = load_library([root, other])
    (finding,) = library.findings
    assert (finding.code, finding.is_advice, finding.path.name) == ("open-to-practice", True, "screen.yaml")
    assert "'f1'" in finding.message
    assert [blueprint.id for blueprint in library.blueprints] == ["screen"], "advice takes nothing away"


def test_a_hiring_blueprint_of_a_public_bank_is_advised_against_at_its_key(root):
    path = add_blueprint(root)
    write(path, path.read_text(encoding="utf-8").replace("minutes: 30", "interview: hiring\nminutes: 30"))
    library = load_library([root])
    (finding,) = library.findings
    assert (finding.code, finding.line) == ("open-to-practice", 4)
    assert "3 questions that are open to practice" in finding.message
    assert len(library.blueprints) == 1


def test_a_mock_of_a_hiring_bank_is_refused(root):
    hiring(root)
    path = root / "firm" / "blueprints" / "screen.yaml"
    write(path, path.read_text(encoding="utf-8").replace("minutes: 30", "interview: mock\nminutes: 30"))
    library = load_library([root])
    assert codes(library) == [("hiring-in-mock", "screen.yaml")]
    assert not library.blueprints


def test_banks_and_blueprints_are_there_once_over_all_roots(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    add_blueprint(root)
    add_blueprint(other)
    write(other / "fresher" / "bank.yaml", BANK.format(id="fresher"))
    library = load_library([root, other])
    assert codes(library) == [("duplicate-id", "bank.yaml"), ("duplicate-id", "mock.yaml")]
    assert str(root) in str(library.findings[1])


def test_another_root_may_add_questions_to_a_bank(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    add(other, "q4", topic="api")
    library = load_library([root, other])
    assert not library.findings
    assert library.origins["q4"].bank == "fresher"


def test_a_difficulty_range_the_wrong_way_round_is_found(root):
    path = add_blueprint(root)
    write(path, path.read_text(encoding="utf-8").replace("count: 1", "count: 1\n    difficulty: [3, 2]"))
    assert codes(load_library([root])) == [("out-of-range", "mock.yaml")]


@pytest.mark.parametrize(
    ("mix", "code", "column", "told"),
    [
        ("{2: 1}", None, 0, ""),
        ("{2: 1, 3: 1}", "wrong-mix", 10, "it adds up to 2, and 'Anything' asks 1"),
        ("{4: 1}", "too-few-questions", 14, "needs 1 questions of difficulty 4, and 0 are left"),
        ("{7: 1}", "unknown-key", 11, "does not know '7' (known: 1, 2, 3, 4, 5)"),
        ("{2: 0}", "out-of-range", 14, "greater than or equal to 1"),
        ("{}", "out-of-range", 10, "has 0 entries and needs at least 1"),
        ("[1]", "wrong-type", 10, "must be a mapping"),
        ("{2: one}", "wrong-type", 14, "must be a whole number"),
    ],
)
def test_a_mix_of_difficulties_is_checked(root, mix, code, column, told):
    path = add_blueprint(root)
    write(path, path.read_text(encoding="utf-8").replace("count: 1", f"count: 1\n    mix: {mix}", 1))
    findings = load_library([root]).findings
    assert [(finding.code, finding.column) for finding in findings] == ([(code, column)] if code else [])
    assert all(told in str(finding) for finding in findings)


def test_every_difficulty_that_is_too_small_is_found(root):
    path = add_blueprint(root)
    text = path.read_text(encoding="utf-8")
    write(path, text.replace("count: 1", "count: 4\n    mix: {2: 1, 3: 1, 5: 2}", 1))
    found = load_library([root]).findings
    assert [(finding.code, finding.column) for finding in found] == [
        ("too-few-questions", c) for c in (20, 26)
    ]


@pytest.mark.parametrize(
    ("topics", "column", "hint"),
    [("[routing, rooting]", 23, "did you mean 'routing'?"), ("anny", 13, "did you mean 'any'?")],
)
def test_a_wrong_topic_of_a_section_is_one_finding(root, topics, column, hint):
    path = add_blueprint(root)
    write(path, path.read_text(encoding="utf-8").replace("[routing]", topics))
    (finding,) = load_library([root]).findings
    assert (finding.code, finding.line, finding.column) == ("unknown-value", 8, column)
    assert hint in str(finding)


def test_one_file_can_be_loaded_by_itself(root):
    loaded = load_question(root / "fresher" / "routing" / "q1.yaml")
    assert not isinstance(loaded, list)
    assert loaded.id == "q1"


def test_findings_are_sorted_by_file_and_line(root):
    for id_ in ("q3", "q1"):
        path = root / "fresher" / "routing" / f"{id_}.yaml"
        write(
            path,
            path.read_text(encoding="utf-8")
            .replace("minutes: 2", "minutes: x")
            .replace("kind:", "kin: a\nkind:"),
        )
    found = load_library([root]).findings
    assert [(finding.path.name, finding.code) for finding in found] == [
        ("q1.yaml", "unknown-key"),
        ("q1.yaml", "wrong-type"),
        ("q3.yaml", "unknown-key"),
        ("q3.yaml", "wrong-type"),
    ]


def test_the_list_command_shows_questions_and_fails_on_findings(root, monkeypatch, capsys):
    monkeypatch.setenv("QUIZAPP_QUESTIONS", str(root))
    assert main(["list", "--topic", "routing"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["q1", "q2", "q3"]
    assert main(["list", "--bank", "none"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["list", "--coverage"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:2] == ["3", "url-for"]
    add(root, "q1", covers="nothing")
    assert main(["list"]) == 1
    assert "unknown-cover" in capsys.readouterr().err


def test_the_show_command_hides_the_answer_when_asked(root, monkeypatch, capsys):
    monkeypatch.setenv("QUIZAPP_QUESTIONS", str(root))
    assert main(["show", "q1"]) == 0
    assert json.loads(capsys.readouterr().out)["accept"] == ["url_for"]
    assert main(["show", "--public", "q1"]) == 0
    assert "url_for" not in capsys.readouterr().out
    write(root / "fresher" / "routing" / "q2.yaml", "id: [")
    assert main(["show", "q2"]) == 1
    assert "q2.yaml:2:1 syntax" in capsys.readouterr().err
    assert main(["show", "q11"]) == 2
    assert "did you mean 'q1'?" in capsys.readouterr().err


def test_the_schema_command_writes_and_compares(root, monkeypatch, capsys):
    monkeypatch.setenv("QUIZAPP_QUESTIONS", str(root))
    assert main(["schema", "--check"]) == 1
    assert main(["schema"]) == 0
    assert main(["schema", "--check"]) == 0
    schema = json.loads((root / "schema.json").read_text(encoding="utf-8"))
    assert schema["discriminator"]["propertyName"] == "kind"
