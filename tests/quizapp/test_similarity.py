"""Code answers that have much in common: which are found, what is left out, and what reviewers see."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quizapp import queueing
from quizapp.extensions import db
from quizapp.models import Attempt, ComparedAnswer, Fingerprint, Question, Response, Role, SimilarPair
from quizapp.rules import fingerprints, lexing
from quizapp.services import answer_prints, matching
from tests.quizapp import similarity_set
from tests.quizapp.hirings import VIEWER, Hiring, hire
from tests.quizapp.people import Person
from tests.quizapp.shelf import Shelf, code
from tests.quizapp.sittings import Sitting


def texts(source: str) -> list[str]:
    return [word.text for word in lexing.words(source)]


def test_names_comments_strings_and_layout_make_no_difference():
    one = 'def f(a):\n    """Say."""\n    # so\n    return a + 1, "x"\n'
    other = "def total(number):\n    return (\n        number + 22,\n        'other'\n    )"
    assert texts(one) == ["def", "v", "(", "v", ")", ":", "return", "v", "+", "0", ",", "s"]
    assert [text for text in texts(other) if text not in "()"] == [
        text for text in texts(one) if text not in "()"
    ]


def test_what_cannot_be_renamed_stays():
    source = "from flask import Flask as F, request\nlen(request.args).x\nself.y = request"
    assert texts(source)[:8] == ["from", "v", "import", "Flask", "as", "F", ",", "request"]
    assert texts(source)[8:] == [
        "len",
        "(",
        "request",
        ".",
        "args",
        ")",
        ".",
        "x",
        "self",
        ".",
        "y",
        "=",
        "request",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "def f(:\n  return (",
        "x = '''never closed\n# no comment",
        "\x00\ufeff¿?§ \\",
        "<p>{{ name }}</p>",
        "",
        "'\\",
        "a" * 300_000,
    ],
    ids=["syntax error", "open string", "odd characters", "a template", "empty", "a backslash", "long"],
)
def test_whatever_was_written_is_read(source):
    assert isinstance(fingerprints.prints({"app.py": source}), set)


def test_a_broken_line_leaves_the_rest_as_it_was():
    good = "def f(a, b):\n    total = a + b\n    return total * 2 if total else None\n" * 3
    alike = fingerprints.likeness(
        fingerprints.prints({"app.py": good}), fingerprints.prints({"app.py": good + "def g(:\n  '"})
    )
    assert alike.share == 1.0


def test_huge_answers_are_read_up_to_a_limit():
    huge = "\n".join(f"x{number} = {number} + y.a{number}" for number in range(20_000))
    assert len(lexing.words(huge)) == lexing.MOST_WORDS
    assert len(fingerprints.prints({"app.py": huge})) == fingerprints.MOST_PRINTS


def test_what_everybody_was_given_is_left_out():
    given = "\n".join(f"def view{number}(a):\n    return a.b{number}[0] + 1" for number in range(5))
    assert fingerprints.prints({"app.py": given}, fingerprints.hashes([given])) == set()
    own = given + "\nfor x in sorted(view1(2).items()):\n    print(x.name, x.size, sep=', ')\n"
    assert fingerprints.prints({"app.py": own}, fingerprints.hashes([given]))


def test_what_many_hold_is_what_the_exercise_asks_for():
    everybody, own = set(range(10)), [{100 + number} for number in range(8)]
    answers = [everybody | one for one in own]
    often = fingerprints.frequent(answers)
    assert often == everybody
    assert fingerprints.likeness(answers[0], answers[1], often).common == 0
    assert fingerprints.frequent([everybody, everybody]) == set(), "of two answers nothing is frequent"


def test_expected_says_nothing_of_few_answers_and_leaves_listed_pairs_out():
    answers = [set(range(number * 100, number * 100 + 20)) | {1, 2} for number in range(1, 8)]
    assert fingerprints.expected(answers[:5], set()) is None
    found = fingerprints.expected([*answers, answers[0]], set())
    assert found
    assert found.pairs == 27
    assert found.middle == found.most == 2 / 22


def test_passages_tell_where_both_have_it():
    exercise = next(one for one in similarity_set.exercises() if one.name == "bookings")
    one, other = exercise.independent["independent 1"], exercise.copies["copy mixed"]
    found = fingerprints.passages(
        {"app.py": one}, {"app.py": other}, fingerprints.hashes([exercise.given]).__contains__
    )
    assert [passage.number for passage in found] == list(range(1, len(found) + 1))
    longest = max(found, key=lambda passage: passage.last - passage.first)
    assert "cursor = max(cursor, other_end)" in "\n".join(one.splitlines()[longest.first - 1 : longest.last])
    assert "position = max(position, stops)" in "\n".join(
        other.splitlines()[longest.other_first - 1 : longest.other_last]
    )


def test_copies_of_the_made_set_are_told_from_independent_answers():
    pairs = list(similarity_set.pairs())
    one = similarity_set.measured(pairs)
    assert (one.copies, len(pairs)) == (20, 180)
    assert one.precision >= 0.95
    assert one.recall >= 0.95
    for name, other in similarity_set.left_out(pairs):
        assert (other.precision, other.recall) == (1.0, 1.0), name


EXERCISE = next(one for one in similarity_set.exercises() if one.name == "bookings")
SOURCES = [*EXERCISE.independent.values()]


@pytest.fixture
def shelf_of_one(shelf: Shelf, app: Flask) -> Shelf:
    """The library with the exercise of the made set as its only code question."""
    shelf.remove(code("code-2"))
    shelf.question(code("code-1", files={"app.py": EXERCISE.given}))
    shelf.publish(app)
    return shelf


@pytest.fixture
def sit(app: Flask, shelf_of_one: Shelf, make_person: Callable[..., Person]) -> Callable[..., Sitting]:
    """Somebody sits the interview and hands this code in."""
    numbers = itertools.count(1)

    def sit(hiring: Hiring, source: str, person: Person | None = None) -> Sitting:
        sitting = hiring.start(person or make_person(name=f"Person {next(numbers)}"))
        sitting.save("code", {"files": {"app.py": source}})
        sitting.hand_in()
        return sitting

    return sit


def compare(app: Flask) -> int:
    with app.app_context():
        return matching.compare_waiting()


def pairs_of(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return [
            (one.first.attempt_id, one.second.attempt_id) for one in db.session.scalars(select(SimilarPair))
        ]


@pytest.mark.parametrize("few", [answer_prints.FEW, 2], ids=["counted each time", "kept"])
def test_a_copy_is_found_among_all_and_only_once(app, sit, monkeypatch, few):
    monkeypatch.setattr(answer_prints, "FEW", few)
    hiring = hire(app)
    sat = [sit(hiring, source) for source in SOURCES]
    copy = sit(hiring, EXERCISE.copies["copy mixed"])
    assert compare(app) == 7
    assert pairs_of(app) == [(sat[0].attempt_id, copy.attempt_id)]
    assert compare(app) == 0
    assert pairs_of(app) == [(sat[0].attempt_id, copy.attempt_id)]


def test_visible_tests_are_given_as_well(app, sit):
    sit(hire(app), SOURCES[0])
    with app.app_context():
        response = db.session.scalars(select(Response).join(Question).where(Question.kind == "code")).one()
        shown = fingerprints.hashes(response.content["samples"].values())
        assert shown
        assert shown <= answer_prints.given(response)


def test_those_who_come_later_are_compared_with_those_before(app, sit):
    hiring = hire(app)
    first = sit(hiring, SOURCES[0])
    assert compare(app) == 1
    second = sit(hiring, EXERCISE.copies["copy renamed"])
    assert compare(app) == 1
    assert pairs_of(app) == [(first.attempt_id, second.attempt_id)]


def test_other_interviews_and_ones_own_other_tries_are_no_pair(app, sit, candidate):
    one, other = hire(app), hire(app, name="other")
    sit(one, SOURCES[0])
    sit(other, SOURCES[0], candidate)
    sit(other, SOURCES[0], candidate)
    assert compare(app) == 3
    assert pairs_of(app) == []


def test_empty_and_untouched_answers_are_looked_at_once(app, sit):
    hiring = hire(app)
    sit(hiring, EXERCISE.given)
    assert compare(app) == 1
    assert compare(app) == 0
    with app.app_context():
        assert not db.session.scalars(select(Fingerprint)).all()
        assert db.session.scalars(select(ComparedAnswer.count)).all() == [0]


def test_running_attempts_and_mocks_wait(app, shelf_of_one, candidate):
    hiring = hire(app)
    hiring.start(candidate).save("code", {"files": {"app.py": SOURCES[0]}})
    assert compare(app) == 0


def test_it_goes_with_the_person(app, sit):
    hiring = hire(app)
    sat = [sit(hiring, SOURCES[0]), sit(hiring, SOURCES[0])]
    compare(app)
    left = sat[1].response("code").id
    with app.app_context():
        db.session.delete(db.session.get_one(Attempt, sat[0].attempt_id))
        db.session.commit()
        assert not db.session.scalars(select(SimilarPair)).all()
        assert {one.response_id for one in db.session.scalars(select(Fingerprint))} == {left}


def test_a_worker_is_asked_once_a_minute_and_only_when_something_waits(app, sit):
    with app.app_context():
        assert not matching.ring()
        app.extensions["redis"].delete(matching.RUNG)
    sit(hire(app), SOURCES[0])
    with app.app_context():
        assert matching.ring()
        assert not matching.ring()
        (job,) = queueing.queue(queueing.CHORES).jobs
        assert job.func_name == matching.COMPARE
        assert callable(job.func)
        app.extensions["redis"].delete(matching.RUNG)
        attempt = db.session.scalars(select(Attempt)).one()
        assert attempt.finished_at
        attempt.finished_at -= timedelta(days=30)
        db.session.commit()
        assert not matching.ring(), "what is older waits for the next ring"


class TestPages:
    @pytest.fixture
    def hiring(self, app: Flask, sit: Callable[..., Sitting], manager: Person) -> Hiring:
        hiring = hire(app)
        hiring.give(manager, VIEWER)
        for source in [*SOURCES, EXERCISE.copies["copy renamed"]]:
            sit(hiring, source)
        compare(app)
        return hiring

    def paths(self, app: Flask, hiring: Hiring) -> Sequence[str]:
        with app.app_context():
            pair = db.session.scalars(select(SimilarPair.id)).one()
        base = f"/manage/interviews/{hiring.interview_id}/similarity"
        return base, f"{base}/{pair}"

    def test_the_pair_is_listed_and_shown_side_by_side(self, app, hiring, manager):
        index, show = self.paths(app, hiring)
        listed = manager.get(index).text
        assert "Person 1 and Person 7" in listed
        assert "fingerprints in common" in listed
        assert "Expected of unrelated answers here" in listed
        page = manager.get(show).text
        assert 'data-sign="passage 1"' in page
        assert "Passage 1" in page
        assert "lines" in page

    def test_reports_lead_to_the_pair_and_back(self, app, hiring, manager):
        _, show = self.paths(app, hiring)
        with app.app_context():
            pair = db.session.scalars(select(SimilarPair)).one()
            sides = {pair.first.attempt_id, pair.second.attempt_id}
            everybody = set(db.session.scalars(select(Attempt.id)))
        assert len(everybody) > 2
        for attempt_id in everybody:
            report = f"/manage/attempts/{attempt_id}"
            assert (f'href="{show}"' in manager.get(report).text) == (attempt_id in sides)
            assert (f'href="{report}"' in manager.get(show).text) == (attempt_id in sides)

    def test_only_who_sees_the_interview_sees_it(self, app, hiring, make_person, manager):
        other = make_person(Role.MANAGER)
        for path in self.paths(app, hiring):
            assert other.get(path).status_code == 404
            assert make_person().get(path).status_code == 403
        assert manager.get(self.paths(app, hiring)[0] + "/999999").status_code == 404

    def test_blind_review_hides_names_there_too(self, app, hiring, manager):
        hiring.set(is_blind=True)
        for path in self.paths(app, hiring):
            assert "Person 1" not in manager.get(path).text
