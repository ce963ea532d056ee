from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attributes.encoders.__main__ import main
from attributes.encoders.encode import SentenceEncoder


def encode(cache: Path, stdin: bytes, name: str = "minilm-l6-v2") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "attributes.encoders", "encode", name, "--cache", str(cache)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def test_lines_in_vectors_out_in_input_order(cache: Path, encoder: SentenceEncoder) -> None:
    texts = ["a long text about nothing in particular, at length", "short", "", "two\nlines"]
    done = encode(cache, b"".join(json.dumps(text).encode() + b"\n" for text in texts))
    assert (done.returncode, done.stderr) == (0, b'{"done": 4}\n')
    vectors = np.frombuffer(done.stdout, dtype="<f2").reshape(4, 384)
    np.testing.assert_allclose(vectors, encoder.encode(texts), atol=1e-3)


def test_nothing_in_nothing_out(cache: Path) -> None:
    done = encode(cache, b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_bad_line_exits_2(cache: Path) -> None:
    done = encode(cache, b'"fine"\n{}\n')
    assert (done.returncode, done.stdout) == (2, b"")
    assert json.loads(done.stderr) == {"error": "BadLineError", "message": "line 2: not a JSON string but dict"}


def test_an_unknown_encoder_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encode", "clip", "--cache", str(tmp_path)]) == 2
    assert json.loads(capsys.readouterr().err) == {
        "error": "UnknownEncoderError", "message": "no encoder is called 'clip'; there are: minilm-l6-v2",
    }  # fmt: skip
