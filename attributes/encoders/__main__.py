"""The encoder program: plain pipes and files in and out, no database, no Django.

``python -m attributes.encoders encode NAME --cache FOLDER``
    stdin: one JSON string a line. stdout: raw little-endian float16, n x dims in input order, each row of length 1.
    stderr: ``{"done": n}`` after every window.
``python -m attributes.encoders export NAME --cache FOLDER``
    the one-time export to ONNX (``encode`` starts it by itself). stdout: its record as one JSON object.

Exit 2 and ``{"error": class, "message": text}`` as the last line of stderr on bad input; whatever was written to
stdout before is then to be thrown away.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from attributes.encoders import ENCODERS, EncoderSpec
from attributes.encoders.errors import EncoderError, UnknownEncoderError


def say(**values: object) -> None:
    print(json.dumps(values), file=sys.stderr, flush=True)


def spec_named(name: str) -> EncoderSpec:
    try:
        return ENCODERS[name]
    except KeyError:
        raise UnknownEncoderError(f"no encoder is called {name!r}; there are: {', '.join(ENCODERS)}") from None


def encode(spec: EncoderSpec, cache: Path) -> None:
    from attributes.encoders.encode import SentenceEncoder, encode_stream, read_texts
    from attributes.encoders.export import ensure_export

    encoder = SentenceEncoder(ensure_export(spec, cache))
    done = 0
    for vectors in encode_stream(encoder.encode, read_texts(sys.stdin.buffer)):
        sys.stdout.buffer.write(vectors.tobytes())
        done += len(vectors)
        say(done=done)
    sys.stdout.buffer.flush()


def export(spec: EncoderSpec, cache: Path) -> None:
    from attributes.encoders.export import write_export

    print(json.dumps(asdict(write_export(spec, cache))))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m attributes.encoders", description="Turn texts into vectors.")
    parser.add_argument("verb", choices=["encode", "export"])
    parser.add_argument("name")
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps the exported encoders")
    options = parser.parse_args(arguments)
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when transformers is imported: weights come out of the package alone
    verbs = {"encode": encode, "export": export}
    try:
        verbs[options.verb](spec_named(options.name), options.cache)
    except EncoderError as error:
        say(error=type(error).__name__, message=str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
