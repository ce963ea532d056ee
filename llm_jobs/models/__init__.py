from .annotations import Annotation
from .annotators import Annotator, Price
from .calibrations import Calibration
from .evaluations import Evaluation
from .requests import Request
from .runs import Run, RunDefinition, RunItem
from .scores import Publication, Score, ScoreSet
from .silver import SilverItem, SilverSet, SilverSource
from .students import Student, StudentHead

__all__ = [
    "Annotation",
    "Annotator",
    "Calibration",
    "Evaluation",
    "Price",
    "Publication",
    "Request",
    "Run",
    "RunDefinition",
    "RunItem",
    "Score",
    "ScoreSet",
    "SilverItem",
    "SilverSet",
    "SilverSource",
    "Student",
    "StudentHead",
]
