import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelhub.demo.corpus import (
    ATTRIBUTES,
    AttributeSlug,
    definition_paths,
    load_briefs,
    load_items,
    load_stock_reasons,
)
from labelhub.demo.simulation import LEVEL_KEYS, true_level

ITEMS = load_items()
BRIEFS = load_briefs()
DEFINITIONS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in definition_paths()}

KEYS = ["attribute", "name", "scale", "levels", "question", "statement"]
KEYS += ["includes", "excludes", "edge_cases", "examples", "inputs"]


def test_about_240_items_in_about_40_channels_of_3_to_10() -> None:
    channels = Counter(item.channel for item in ITEMS)
    assert 230 <= len(ITEMS) <= 260
    assert 38 <= len(channels) <= 45
    assert all(3 <= n <= 10 for n in channels.values())


def test_ids_titles_and_texts_are_unique_and_filled() -> None:
    for values in ([i.id for i in ITEMS], [i.title for i in ITEMS], [i.text for i in ITEMS]):
        assert len(set(values)) == len(ITEMS)
        assert all(value.strip() == value != "" for value in values)


def test_items_are_published_in_order_in_the_months_before_october() -> None:
    times = [item.published_at for item in ITEMS]
    assert all(datetime(2026, 2, 1, tzinfo=UTC) <= time < datetime(2026, 10, 1, tzinfo=UTC) for time in times)
    assert len({time.month for time in times}) == 8


def test_every_item_has_exactly_one_brief() -> None:
    assert list(BRIEFS) == [item.id for item in ITEMS]


def test_briefs_lie_in_their_ranges() -> None:
    for brief in BRIEFS.values():
        assert 0 <= brief.calming <= 1
        assert 0 <= brief.energetic <= 3
        assert 0 <= brief.authentic <= 1
        assert set(brief.ambiguity) == set(brief.why) == set(ATTRIBUTES)
        assert all(0 <= value <= 1 for value in brief.ambiguity.values())
        assert all(reason.endswith(".") for reason in brief.why.values())


@pytest.mark.parametrize(
    ("attribute", "rates"),
    [
        ("calming", {"yes": 0.35}),
        ("authentic", {"yes": 0.40}),
        ("energetic", {"none": 0.2, "mild": 0.3, "lively": 0.3, "intense": 0.2}),
    ],
)
def test_base_rates(attribute: AttributeSlug, rates: dict[str, float]) -> None:
    counts = Counter(true_level(brief, attribute) for brief in BRIEFS.values())
    for level, rate in rates.items():
        assert counts[level] / len(BRIEFS) == pytest.approx(rate, abs=0.05)


def test_every_topic_mixes_authentic_and_staged() -> None:
    """Else the topic would give away what only the pictures may."""
    by_topic: dict[str, list[str]] = {}
    for item in ITEMS:
        by_topic.setdefault(item.topic, []).append(true_level(BRIEFS[item.id], "authentic"))
    assert [topic for topic, levels in by_topic.items() if len(set(levels)) < 2] == []


@pytest.mark.parametrize("path", definition_paths(), ids=lambda path: path.stem)
def test_definition_has_the_import_format(path: Path) -> None:
    definition = DEFINITIONS[path.stem]
    assert list(definition) == KEYS
    attribute: AttributeSlug = definition["attribute"]
    assert tuple(level["key"] for level in definition["levels"]) == LEVEL_KEYS[attribute]
    assert definition["scale"] == ("ordinal" if attribute == "energetic" else "binary")
    assert [level["key"] for level in definition["levels"] if level.get("positive")] == [LEVEL_KEYS[attribute][-1]]
    assert definition["question"].endswith("?")
    assert definition["inputs"] == {"fields": ["title", "text"], "frames": True, "audio": False}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_examples_are_items_at_the_level_of_their_brief(name: str) -> None:
    definition = DEFINITIONS[name]
    assert len(definition["examples"]) == 3
    for example in definition["examples"]:
        assert example["level"] == true_level(BRIEFS[example["item"]], definition["attribute"])
        assert example["why"].endswith(".")


def test_both_versions_of_authentic_have_the_same_scale() -> None:
    first, second = DEFINITIONS["authentic_v1"], DEFINITIONS["authentic"]
    assert [level["key"] for level in first["levels"]] == [level["key"] for level in second["levels"]]
    assert first["statement"] != second["statement"]


def test_no_item_repeats_a_clause_of_a_definition() -> None:
    clauses = {clause for definition in DEFINITIONS.values() for clause in _clauses(definition)}
    assert len(clauses) > 100
    repeated = [(i.id, clause) for i in ITEMS for clause in clauses if clause in f"{i.title} {i.text}".lower()]
    assert repeated == []


def test_stock_reasons_cover_every_level() -> None:
    reasons = load_stock_reasons()
    assert {slug: tuple(levels) for slug, levels in reasons.items()} == LEVEL_KEYS


def _clauses(definition: dict[str, Any]) -> list[str]:
    """The phrases of two words and more between punctuation marks, in lower case."""
    prose = [definition["question"], definition["statement"], *definition["includes"], *definition["excludes"]]
    prose += [level["meaning"] for level in definition["levels"]]
    prose += [text for case in definition["edge_cases"] for text in case.values()]
    parts = (part.strip() for text in prose for part in re.split(r"[.,:;?]", text.lower()))
    return [part for part in parts if " " in part]
