from .assignments import Assignment
from .gold import Exposure, GoldLabel, Look
from .ratings import Flag, Rating
from .sets import AnswerKey, RatingItem, RatingSet, SetRater

__all__ = [
    "AnswerKey",
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
