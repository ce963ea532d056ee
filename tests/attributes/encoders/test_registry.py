from __future__ import annotations

import re
import subprocess
import sys

import pytest

from attributes.encoders import ENCODERS, EncoderSpec, item_text


@pytest.mark.parametrize("spec", ENCODERS.values())
def test_every_encoder_is_listed_under_its_own_name_with_a_hash(spec: EncoderSpec) -> None:
    assert ENCODERS[spec.name] is spec
    assert re.fullmatch("[0-9a-f]{64}", spec.params_hash)


def test_the_registry_loads_no_network_library() -> None:
    heavy = "{'torch', 'onnx', 'onnxruntime', 'tokenizers', 'transformers', 'numpy'}"
    code = f"import sys, attributes.encoders; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_item_text_is_title_then_text() -> None:
    assert item_text("A title", "and text") == "A title\nand text"
    assert item_text("", "") == "\n"
