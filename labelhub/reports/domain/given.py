"""What the machines of an evaluation were given of an item, where it differs from what the raters had."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from attributes.models import Media
from attributes.schema import Inputs
from llm_jobs.models import Annotator, Evaluation, RunItem, Student
from raters.models import RatingItem
from raters.queries import ratings as rating_queries

TEXT = ("title", "text")


@dataclass(frozen=True)
class Shown:
    """How many of the set's items are videos, pictures, and videos with sound."""

    videos: int
    images: int
    with_sound: int


def differences(
    evaluation: Evaluation, annotators: dict[str, Annotator], students: dict[str, Student]
) -> dict[str, list[str]]:
    """Machine -> sentences on what it had otherwise than the raters; empty where it had the same. Two queries."""
    inputs = evaluation.rating_set.definition.parsed().inputs
    items = rating_queries.measured(evaluation.rating_set, evaluation.split)
    shown = _shown(items)
    said = {name: _of_annotator(one, inputs, shown) for name, one in annotators.items()}
    said |= {name: _of_student(one, inputs, shown) for name, one in students.items()}
    for name, n in _changed(evaluation, items).items():
        were = "1 item was edited" if n == 1 else f"{n:,} items were edited"
        said.setdefault(name, []).append(f"{were} between rating and labeling")
    return said


def _shown(items: QuerySet[RatingItem]) -> Shown:
    video = Q(kind="video")
    found = Media.objects.filter(item__in=items.values("item")).aggregate(
        videos=Count("pk", filter=video),
        images=Count("pk", filter=~video),
        with_sound=Count("pk", filter=video & Q(has_audio=True)),
    )
    return Shown(**found)


def _changed(evaluation: Evaluation, items: QuerySet[RatingItem]) -> dict[str, int]:
    """Machine -> items that it labeled in another state than the raters saw."""
    name_of = {uid: entry["name"] for entry in evaluation.inputs["annotators"] for uid in entry["runs"]}
    rated = items.filter(item=OuterRef("item")).values("content_hash")[:1]
    labeled = RunItem.objects.filter(run__uid__in=list(name_of), item__in=items.values("item"))
    other = labeled.annotate(rated=Subquery(rated)).exclude(content_hash=F("rated"))
    found: dict[str, int] = {}
    for uid, n in other.values_list("run__uid").annotate(n=Count("pk")).order_by():
        found[name_of[str(uid)]] = found.get(name_of[str(uid)], 0) + n
    return found


def _of_annotator(annotator: Annotator, inputs: Inputs, shown: Shown) -> list[str]:
    if annotator.backend == Annotator.Backend.IMPORTED:
        return ["its labels were made elsewhere: what it was given is not known"]
    if annotator.backend == Annotator.Backend.LOCAL:
        return _without_pictures(inputs, shown)
    said = []
    if inputs.frames and shown.videos:
        said.append(f"it sees {annotator.config['frames']['count']} still frames, raters the moving video")
    return said + _without_sound(inputs, shown)


def _of_student(student: Student, inputs: Inputs, shown: Shown) -> list[str]:
    said = []
    if student.encoder.modality == "text" and set(inputs.fields) != set(TEXT):
        said.append(f"it reads title and text, raters {_listed(inputs.fields)}")
    if student.encoder.modality == "text":
        return said + _without_pictures(inputs, shown)
    return said + _without_sound(inputs, shown)


def _without_pictures(inputs: Inputs, shown: Shown) -> list[str]:
    said = []
    if inputs.frames and shown.videos + shown.images:
        said.append("it reads text only, raters also see the " + ("video" if shown.videos else "picture"))
    return said + _without_sound(inputs, shown)


def _without_sound(inputs: Inputs, shown: Shown) -> list[str]:
    return ["it hears no sound, raters do"] if inputs.audio and inputs.frames and shown.with_sound else []


def _listed(fields: tuple[str, ...]) -> str:
    names = [field.removeprefix("metadata.") for field in fields]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names) or "no text"
