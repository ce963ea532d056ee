from .assignments import Assignment
from .draws import Draw
from .gold import Exposure, GoldLabel, Look
from .ratings import Flag, Rating
from .sets import AnswerKey, RatingItem, RatingSet, SetRater

__all__ = [
    "AnswerKey",
    "Assignment",
    "Draw",
    "Exposure",
    "Flag",
    "GoldLabel",
    "Look",
    "Rating",
    "RatingItem",
    "RatingSet",
    "SetRater",
]
