from .assignments import Assignment
from .gold import Exposure, GoldLabel, Look
from .ratings import Flag, Rating
from .sets import RatingItem, RatingSet, SetRater

__all__ = [
    "Assignment",
    "Exposure",
    "Flag",
    "GoldLabel",
    "Look",
    "Rating",
    "RatingItem",
    "RatingSet",
    "SetRater",
]
