from hypothesis import given
from hypothesis import strategies as st

from attributes.domain import diffs
from attributes.domain.diffs import Chunk
from attributes.schema import parse_spec
from tests.factories import CALMING

TEXT = st.text(alphabet="ab \n", max_size=40)


@given(TEXT, TEXT)
def test_the_chunks_give_both_texts_back(before: str, after: str) -> None:
    chunks = diffs.words(before, after)
    assert "".join(c.text for c in chunks if c.kind != "del") == after
    assert "".join(c.text for c in chunks if c.kind != "ins").split() == before.split()


@given(TEXT)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert all(chunk.kind == "same" for chunk in diffs.words(text, text))


def test_a_changed_word_alone_is_marked() -> None:
    assert diffs.words("slow water and light", "slow rivers and light") == [
        Chunk("same", "slow "),
        Chunk("del", "water "),
        Chunk("ins", "rivers "),
        Chunk("same", "and light"),
    ]


def test_long_texts_are_compared_by_lines() -> None:
    before = "\n".join(f"line {i} a b c d e f g h i j" for i in range(400))
    after = before.replace("line 7 a", "line 7 b")
    kinds = [chunk.kind for chunk in diffs.words(before, after)]
    assert kinds == ["same", "del", "ins", "same"]


def test_a_definition_is_compared_field_by_field() -> None:
    before = parse_spec(CALMING)
    after = parse_spec({**CALMING, "excludes": ["shouting"], "inputs": {"audio": False}})
    sections = diffs.definitions(before, after)
    assert [section.label for section in sections if section.changed] == ["Excludes", "Shown to judges"]
    assert [section.label for section in sections if not section.changed] == [
        "Name", "Question", "Statement", "Scale", "Levels", "Includes", "Edge cases",
    ]  # fmt: skip
