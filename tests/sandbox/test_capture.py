"""What is kept of a program's texts."""

from sandbox.capture import Capture, storable


def test_output_is_kept_up_to_its_limit_in_bytes_and_never_within_a_character() -> None:
    capture = Capture(5)
    assert [capture.add("ab"), capture.add("éé"), capture.add("c")] == ["ab", "é", ""]
    assert (capture.text, capture.is_cut) == ("abé", True)


def test_what_no_store_takes_is_replaced_before_it_is_counted() -> None:
    capture = Capture(100)
    assert capture.add("a\0b\ud800c") == "a␀b�c"
    assert not capture.is_cut


def test_texts_at_any_depth_become_storable_and_the_rest_stays() -> None:
    raw = {"a\0": ["\udfff", 1, None, {"b": "fine é 😀"}], "c": 2.5}
    assert storable(raw) == {"a␀": ["�", 1, None, {"b": "fine é 😀"}], "c": 2.5}
