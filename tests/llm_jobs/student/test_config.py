from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_jobs.student.config import HeadConfig, StudentConfig
from llm_jobs.student.errors import ConfigError

MINIMAL: dict[str, Any] = {"encoder": "e", "dims": 4, "heads": [{"definition": "u", "scale": "binary", "q": 2}]}

heads = st.one_of(
    st.builds(HeadConfig, definition=st.uuids().map(str), scale=st.just("binary"), q=st.just(2)),
    st.builds(
        HeadConfig, definition=st.uuids().map(str), scale=st.sampled_from(["nominal", "ordinal"]), q=st.integers(2, 9)
    ),
)
configs = st.builds(
    StudentConfig,
    encoder=st.text(min_size=1),
    dims=st.integers(1, 4096),
    heads=st.lists(heads, min_size=1, max_size=4, unique_by=lambda head: head.definition).map(tuple),
    hidden=st.lists(st.integers(1, 512), max_size=3).map(tuple),
    dropout=st.floats(0, 0.9),
    seed=st.integers(0, 2**32),
)


@given(configs)
def test_json_round_trip(config: StudentConfig) -> None:
    assert StudentConfig.from_json(config.to_json()) == config


def test_left_out_fields_take_their_default() -> None:
    head = HeadConfig("u", "binary", 2)
    assert StudentConfig.from_json(json.dumps(MINIMAL)) == StudentConfig(encoder="e", dims=4, heads=(head,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimz": 4}, "StudentConfig has no field dimz"),
        ({"dims": "4"}, "dims must be a whole number of at least 1"),
        ({"dims": True}, "dims must be a whole number of at least 1"),
        ({"dropout": 1}, "dropout must be a number of at least 0 and below 1"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number of at least 0"),
        ({"hidden": 256}, "hidden must be a list"),
        ({"hidden": [0]}, "hidden must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"heads": []}, "heads must be at least one head"),
        ({"heads": ["u"]}, "HeadConfig must be a JSON object"),
        ({"heads": [{"definition": "u", "scale": "binary"}]}, "HeadConfig lacks q"),
        ({"heads": [{"definition": "u", "scale": "binary", "q": 3}]}, "q must be 2 for a binary head"),
        ({"heads": [{"definition": "u", "scale": "graded", "q": 3}]}, "scale must be binary or nominal or ordinal"),
        ({"heads": MINIMAL["heads"] * 2}, "heads must be one head per definition"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        StudentConfig.from_json(json.dumps(MINIMAL | change))
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["{", "[]", b"\xff", '{"encoder": "e"}'])
def test_other_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ConfigError):
        StudentConfig.from_json(text)


def test_the_light_modules_import_no_torch() -> None:
    code = "import sys, llm_jobs.student.config, llm_jobs.student.errors; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
