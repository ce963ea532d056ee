"""Drawing items for a rating set, and splitting them, with every probability known. Pure.

Every design here is a random one whose inclusion probability is positive for every item of the stated population: it
must be stored when the item is drawn, because it cannot be reconstructed later (Horvitz and Thompson 1952).
"""

from .clusters import ENOUGH, centres
from .draws import Allocation, Drawn, allocate, chances, pps, stratified, uniform
from .sizes import disagreement, entropy
from .splits import FOLDS, Shares, Split, split_by_group
from .topups import combined, top_up

__all__ = [
    "ENOUGH", "FOLDS", "Allocation", "Drawn", "Shares", "Split", "allocate", "centres", "chances", "combined",
    "disagreement", "entropy", "pps", "split_by_group", "stratified", "top_up", "uniform",
]  # fmt: skip
