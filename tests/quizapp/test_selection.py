"""Drawing an interview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.rules.selection import Candidate, PoolTooSmall, admits, draw, expected_minutes, strands


def section(count: int = 1, **changes: Any) -> dict[str, Any]:
    return {"title": "Part", "topics": "any", "kinds": "any", "difficulty": [1, 5], "count": count} | changes


def pool(*ids: str, topic: str = "routing", kind: str = "choice", difficulty: int = 2) -> list[Candidate]:
    return [Candidate(id_, topic, kind, difficulty) for id_ in ids]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"topics": ["routing"]}, True),
        ({"topics": ["testing"]}, False),
        ({"kinds": ["code"]}, False),
        ({"kinds": ["code", "choice"]}, True),
        ({"difficulty": [3, 5]}, False),
        ({"difficulty": [2, 2]}, True),
        ({"mix": {"2": 1}}, True),
        ({"mix": {"1": 1, "3": 1}}, False),
        ({"mix": {"2": 1}, "difficulty": [3, 5]}, False),
    ],
)
def test_a_section_admits_by_topic_kind_and_difficulty(changes: dict[str, Any], expected: bool) -> None:
    assert admits(section(**changes), pool("a")[0]) is expected


@pytest.mark.parametrize(
    ("minutes", "expected"), [(None, True), ([1, 10], True), ([10, 20], True), ([11, 20], False)]
)
def test_a_section_admits_by_length(minutes: list[int] | None, expected: bool) -> None:
    ten = Candidate("a", "routing", "code", 2, 10)
    assert admits(section(minutes=minutes), ten) is expected


def test_the_expected_minutes_are_the_means_of_what_is_admitted() -> None:
    offered = [Candidate("a", "routing", "choice", 1, 2), Candidate("b", "routing", "choice", 1, 4)]
    offered += [Candidate("c", "routing", "code", 1, 20)]
    assert expected_minutes([section(3, kinds=["choice"]), section(1, kinds=["code"])], offered) == 29
    assert expected_minutes([section(3, kinds=["order"])], offered) == 0


def test_a_mix_takes_the_minutes_of_each_difficulty() -> None:
    offered = [Candidate("a", "routing", "choice", 1, 2), Candidate("b", "routing", "choice", 3, 10)]
    assert expected_minutes([section(4, mix={"1": 3, "3": 1})], offered) == 16


def test_a_mix_spreads_over_topics_as_a_whole() -> None:
    topics = ("api", "auth", "database", "routing")
    many = [Candidate(f"{topic}-{degree}", topic, "choice", degree) for topic in topics for degree in (1, 2)]
    for seed in range(20):
        (drawn,) = draw([section(4, mix={"1": 2, "2": 2})], many, set(), seed)
        assert {id_.split("-")[0] for id_ in drawn} == set(topics)


def test_a_difficulty_of_a_mix_that_is_too_small_is_named() -> None:
    with pytest.raises(PoolTooSmall, match="2 questions of difficulty 3, and 1 are left") as caught:
        draw([section(3, mix={"2": 1, "3": 2})], [*pool("a", "b"), *pool("c", difficulty=3)], set(), 1)
    assert (caught.value.difficulty, caught.value.wanted, caught.value.found) == (3, 2, 1)


def test_a_section_spreads_over_topics() -> None:
    many = pool(*"abcdefgh") + pool("t", topic="testing") + pool("u", topic="api")
    met = [set(draw([section(3)], many, set(), seed)[0]) for seed in range(20)]
    assert all({"t", "u"} <= one for one in met)
    assert len({frozenset(one) for one in met}) > 1


def test_the_same_seed_draws_the_same_and_another_seed_something_else() -> None:
    many = pool(*[f"q{number}" for number in range(40)])
    first = draw([section(5)], many, set(), 7)
    assert draw([section(5)], list(reversed(many)), set(), 7) == first
    assert any(draw([section(5)], many, set(), seed) != first for seed in range(5))


def test_questions_not_seen_are_preferred() -> None:
    many = pool(*"abcdefgh")
    for seed in range(20):
        assert set(draw([section(3)], many, set("abcde"), seed)[0]) == set("fgh")


def test_seen_ones_fill_what_is_left() -> None:
    drawn = draw([section(4)], pool(*"abcd"), set("ab"), 1)[0]
    assert sorted(drawn) == list("abcd")


def test_a_wide_section_leaves_the_narrow_one_what_only_it_needs() -> None:
    mixed = pool("a", "b") + pool("only", topic="testing")
    for seed in range(20):
        wide, narrow = draw([section(2), section(1, topics=["testing"])], mixed, set("ab"), seed)
        assert narrow == ["only"]
        assert sorted(wide) == ["a", "b"]


def test_a_pool_too_small_is_refused_with_the_section_and_the_counts() -> None:
    with pytest.raises(PoolTooSmall) as caught:
        draw(
            [section(1), section(3, title="Code", kinds=["code"])],
            pool("a") + pool("c", kind="code"),
            set(),
            1,
        )
    assert (caught.value.section, caught.value.wanted, caught.value.found) == ("Code", 3, 1)


candidates = st.lists(
    st.builds(
        Candidate,
        id=st.text("abcdefghijkl", min_size=1, max_size=3),
        topic=st.sampled_from(["routing", "testing"]),
        kind=st.sampled_from(["choice", "code"]),
        difficulty=st.integers(1, 5),
    ),
    max_size=25,
    unique_by=lambda candidate: candidate.id,
)
sections = st.lists(
    st.builds(
        section,
        count=st.integers(1, 4),
        topics=st.sampled_from(["any", ["routing"], ["testing"]]),
        kinds=st.sampled_from(["any", ["choice"], ["code"]]),
        difficulty=st.sampled_from([[1, 5], [1, 2], [3, 5]]),
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def mixed(draw: st.DrawFn) -> dict[str, Any]:
    """A section that says how many questions it asks of one difficulty or two."""
    mix = draw(st.dictionaries(st.sampled_from("12345"), st.integers(1, 2), min_size=1, max_size=2))
    kinds = draw(st.sampled_from(["any", ["choice"], ["code"]]))
    return section(sum(mix.values()), mix=mix, kinds=kinds)


def most_places(wanted: Sequence[Mapping[str, Any]], offered: list[Candidate]) -> int:
    """How many places can be filled at most, by Hall's theorem over the subsets of sections: slow and obvious."""
    size = len(wanted)
    worst: int = sum(part["count"] for part in wanted)
    whole = worst
    for mask in range(1, 2**size):
        chosen = [wanted[number] for number in range(size) if mask >> number & 1]
        reach = sum(any(admits(part, one) for part in chosen) for one in offered)
        worst = min(worst, whole - max(0, sum(part["count"] for part in chosen) - reach))
    return worst


@given(
    st.one_of(
        sections, st.lists(st.one_of(mixed(), sections.map(lambda some: some[0])), min_size=1, max_size=3)
    ),
    candidates,
    st.sets(st.text("abcdefghijkl", min_size=1, max_size=3)),
    st.integers(0, 99),
)
def test_a_draw_is_right_whenever_there_is_one(
    wanted: list[dict[str, Any]], offered: list[Candidate], seen: set[str], seed: int
) -> None:
    by_id = {candidate.id: candidate for candidate in offered}
    places = [strand for part in wanted for strand in strands(part)]
    can = most_places(places, offered) == sum(part["count"] for part in wanted)
    try:
        drawn = draw(wanted, offered, seen, seed)
    except PoolTooSmall:
        assert not can
        return
    assert can
    assert [len(ids) for ids in drawn] == [part["count"] for part in wanted]
    assert max(Counter(id_ for ids in drawn for id_ in ids).values()) == 1
    for part, ids in zip(wanted, drawn, strict=True):
        assert all(admits(part, by_id[id_]) for id_ in ids)
        if mix := part.get("mix"):
            assert Counter(str(by_id[id_].difficulty) for id_ in ids) == mix
    assert drawn == draw(wanted, offered[::-1], seen, seed), "the same seed draws the same"
    fresh = [candidate for candidate in offered if candidate.id not in seen]
    unseen = sum(id_ not in seen for ids in drawn for id_ in ids)
    assert unseen == most_places(places, fresh)
