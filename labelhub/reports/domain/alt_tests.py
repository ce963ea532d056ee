"""The alternative annotator test of a machine on a golden set, played once per inputs and kept."""

from __future__ import annotations

from django.db import transaction

from attributes.domain import audit
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.domain import alt_tests, looks
from llm_jobs.domain.alt_tests import Options
from llm_jobs.domain.machine_labels import MachineLabels, machine_labels
from raters.domain import agreement
from raters.models import RatingItem, RatingSet

from ..models import ReportSnapshot
from . import comparisons, snapshots

KIND = ReportSnapshot.Kind.ALT_TEST


def play(
    *, rating_set: RatingSet, split: str, machine: str, options: Options, user: User | None = None
) -> ReportSnapshot:
    """The stored test for the ratings and labels as they are, played where it is new.

    machine   the name of an annotator or a student. On a sealed test its first comparison is a look, counted once.
    Raises `BadInput` for a machine without labels of these items, and a split without ratings.
    """
    loaded = agreement.load(rating_set, split)
    labels = labels_of(rating_set, split, machine, loaded.items)
    inputs = alt_tests.inputs_of(rating_set, split, labels, options)
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    if not len(loaded.ratings.item):
        raise BadInput(f"nobody has rated the {split} split of {rating_set.name} yet")
    payload = alt_tests.of_set(loaded, rating_set.definition.parsed(), labels, options)
    corpus = rating_set.definition.attribute.corpus
    with transaction.atomic():
        looks.record(rating_set=rating_set, split=split, machines=[labels], user=user)
        stored = snapshots.store(
            corpus=corpus, kind=KIND, subject=rating_set.uid, split=split, inputs=inputs, payload=payload
        )
        audit.record(actor=user, corpus=corpus, verb="alt_test_played", target=stored, split=split, machine=machine)
    return stored


def labels_of(rating_set: RatingSet, split: str, name: str, items: list[int]) -> MachineLabels:
    """What the annotator or student of this name says of the items."""
    found = {one.name: one for one in machine_labels(rating_set, items)}
    if name in found:
        return found[name]
    student = next((one for one in comparisons.students_of(rating_set) if str(one) == name), None)
    if student is None:
        raise BadInput(f"{name!r} has no labels of these items (there are: {', '.join(found) or 'none'})")
    return comparisons.student_labels(student, rating_set, split)


def names(rating_set: RatingSet) -> list[str]:
    """The annotators and students that can be tested on the set."""
    items = RatingItem.objects.filter(rating_set=rating_set).values_list("item", flat=True)
    annotators = comparisons.annotators_of(rating_set, items)
    return [*annotators, *(str(one) for one in comparisons.students_of(rating_set))]


def siblings(snapshot: ReportSnapshot) -> dict[float, ReportSnapshot]:
    """Epsilon -> the newest stored test of the same machine, labels, score and split."""
    annotator, score = snapshot.inputs["annotator"], snapshot.inputs["options"]["score"]
    found = ReportSnapshot.objects.filter(
        kind=KIND, subject=snapshot.subject, split=snapshot.split, corpus=snapshot.corpus_id,
        inputs__annotator=annotator, inputs__content_hash=snapshot.inputs["content_hash"],
        inputs__options__score=score,
    )  # fmt: skip
    return {one.inputs["options"]["epsilon"]: one for one in found.order_by("pk")[:50]}
