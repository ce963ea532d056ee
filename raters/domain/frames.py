"""The population a draw was made from, as stored beside it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from ..stats.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Every item of the population with its stratum and the chance to be in the set.

    item     (N,) ids, in the order drawn from.
    stratum  (N,) places in `strata`, which names them; one stratum "" where a draw has none.
    chance   (N,) in [0, 1].
    """

    item: IntArray
    stratum: IntArray
    strata: tuple[str, ...]
    chance: FloatArray

    @property
    def names(self) -> list[str]:
        """(N,): the stratum of each item."""
        return [self.strata[code] for code in self.stratum.tolist()]

    def pack(self) -> bytes:
        """As a compressed numpy archive: some bytes an item by size, next to nothing where chances are alike."""
        file = io.BytesIO()
        np.savez_compressed(
            file, item=self.item, stratum=self.stratum, strata=np.array(self.strata, dtype=np.str_), chance=self.chance
        )
        return file.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> Frame:
        with np.load(io.BytesIO(packed), allow_pickle=False) as found:
            return cls(found["item"], found["stratum"], tuple(found["strata"].tolist()), found["chance"])


def frame_of(items: list[int], names: list[str], chance: FloatArray) -> Frame:
    """From the stratum's name of each item."""
    strata = tuple(dict.fromkeys(names))
    code = {name: number for number, name in enumerate(strata)}
    codes = np.fromiter((code[name] for name in names), dtype=np.int64, count=len(names))
    return Frame(np.array(items, dtype=np.int64), codes, strata, chance)
