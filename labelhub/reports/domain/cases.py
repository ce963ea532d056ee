"""The items behind a figure, with what people and machines said of them. Dev only: sealed items are never listed.

Seeing other people's or a machine's answers is an exposure: whoever looks is not asked to rate these items any more.
So a list is opened by a recorded act (`open_cases`), and read only by who has opened it (`has_opened`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from attributes.models import Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import calibrations, evaluations, machines
from llm_jobs.domain.machines import Machine
from llm_jobs.models import Evaluation, Student, StudentHead
from raters.domain import agreement, consensus, gold, reasons
from raters.models import Exposure, GoldLabel, Rating, RatingItem, RatingSet
from raters.queries import ratings as queries

from . import comparisons, disagreement
from .disagreement import Wanted

LIMIT = 200  # the most disputed; nobody reads more
DEV = RatingItem.Split.DEV
Kinds = tuple[Exposure.Kind, ...]
PEERS: Kinds = (Exposure.Kind.PEER,)
PEERS_AND_MACHINE: Kinds = (Exposure.Kind.PEER, Exposure.Kind.MACHINE)


@dataclass(frozen=True)
class Answer:
    """What somebody said of an item; `level` is a label, or what stands in its place.

    `score` is a machine's raw score of that level; `probability` the same calibrated, None without a calibrator.
    """

    who: str
    level: str
    rationale: str = ""
    labeler: str = "human"
    score: float | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Case:
    rating_item: RatingItem
    item: Item
    votes: list[tuple[str, int]]
    gold: GoldLabel | None
    answers: list[Answer]
    machine: Answer | None = None
    rival: Answer | None = None
    agreement: float | None = None
    posterior: list[tuple[str, float]] | None = None  # Dawid-Skene's weight of each level

    @property
    def machines(self) -> list[Answer]:
        return [one for one in (self.machine, self.rival) if one is not None]


def disputed(rating_set: RatingSet, wanted: Wanted | None = None) -> list[int]:
    """Rating items of dev whose raters disagree, the most disputed first, at most `LIMIT`."""
    return disagreement.items(rating_set, DEV, wanted or Wanted())[:LIMIT]


def described(rating_set: RatingSet, wanted: Wanted) -> str:
    """Which of the disputed items those are, in words; empty for all of them."""
    attribute = rating_set.definition.attribute
    labels = dict(attribute.levels.values_list("key", "label")) if wanted.levels else {}
    people = {uid: _name_of(rating_set, uid) for uid in (wanted.rater, wanted.other) if uid}
    said = []
    if wanted.other:
        said.append(f"{people.get(wanted.rater, '')} and {people[wanted.other]} differ")
    elif wanted.rater:
        said.append(f"{people[wanted.rater]} gave a level that is not the commonest of the others")
    if wanted.levels:
        said.append(
            "both " + " and ".join(f"“{labels.get(key, key)}”" for key in wanted.levels.split("~")) + " were given"
        )
    for kind in ("stratum", "group", "cohort"):
        if value := getattr(wanted, kind):
            said.append(f"{'among the raters of cohort' if kind == 'cohort' else f'in {kind}'} “{value}”")
    if wanted.reason in GoldLabel.Reason.values:
        said.append(f"adjudicated with the reason “{GoldLabel.Reason(wanted.reason).label}”")
    if wanted.model:
        said.append("the majority and Dawid-Skene say different things")
    return ", ".join(said)


def _name_of(rating_set: RatingSet, uid: str) -> str:
    try:
        person = User.objects.filter(uid=uuid.UUID(uid), ratings__rating_item__rating_set=rating_set).first()
    except ValueError:
        person = None
    return person.name if person else "somebody who did not rate"


def differing(evaluation: Evaluation, annotator: str) -> list[int]:
    """Rating items of dev on which the annotator or student differs from the raters' majority, at most `LIMIT`.

    Raises `Refused` for a sealed split, `BadInput` for a name that the evaluation does not have.
    """
    student = student_of(evaluation, annotator)
    if student is None:
        return evaluations.disagreements(evaluation, annotator)[:LIMIT]
    if evaluation.split != DEV:
        raise Refused("the items of a sealed test are not shown: look at the dev split")
    loaded = agreement.load(evaluation.rating_set, DEV)
    labels = comparisons.stored_labels(student, evaluation.rating_set, loaded.items)
    if labels is None:
        raise BadInput(f"{student} has not scored these items: score the corpus with it to see where it differs")
    measured = queries.measured(evaluation.rating_set, DEV)
    found = queries.gold(measured).filter(level__isnull=False).values_list("rating_item", "level__position")
    decided = dict(found)
    pairs = zip(loaded.rating_items, labels, strict=True)
    return [pk for pk, label in pairs if decided.get(pk, label) != label][:LIMIT]


def student_of(evaluation: Evaluation, annotator: str) -> Student | None:
    """The student that stands under this name in the evaluation; None for an annotator."""
    entry = next((one for one in evaluation.inputs["annotators"] if one["name"] == annotator), None)
    if entry is None:
        raise BadInput(f"no annotator {annotator!r} in this evaluation")
    corpus = evaluation.rating_set.definition.attribute.corpus
    return comparisons.students_by_fingerprint(corpus).get(entry["fingerprint"])


def open_cases(*, user: User, rating_items: Sequence[int], kinds: Kinds) -> None:
    """Record that the person sees these items' answers, before they are shown."""
    rows = list(RatingItem.objects.filter(pk__in=rating_items).select_related("rating_set__definition__attribute"))
    for kind in kinds:
        gold.expose(user=user, rating_items=rows, kind=kind)
    decided = set(queries.gold(RatingItem.objects.filter(pk__in=rating_items)).values_list("rating_item", flat=True))
    gold.expose(user=user, rating_items=[row for row in rows if row.pk in decided], kind=Exposure.Kind.GOLD)


def has_opened(user: User, rating_set: RatingSet, rating_items: Sequence[int], kinds: Kinds) -> bool:
    """Whether the person's seeing of all these items is on record."""
    items = set(RatingItem.objects.filter(pk__in=rating_items).values_list("item", flat=True))
    seen = Exposure.objects.filter(user=user, attribute=rating_set.definition.attribute, item__in=items, kind__in=kinds)
    return seen.count() == len(items) * len(kinds)


def items_of(rating_items: Sequence[int]) -> list[int]:
    return list(RatingItem.objects.filter(pk__in=rating_items).values_list("item", flat=True))


def posteriors(rating_set: RatingSet, rating_items: Sequence[int]) -> dict[int, list[tuple[str, float]]]:
    """Rating item -> what Dawid-Skene gives to each level: a model's weight, no calibrated probability."""
    fitted = consensus.fit(rating_set)
    labels = list(rating_set.definition.attribute.levels.values_list("label", flat=True))
    place = {pk: i for i, pk in enumerate(fitted.loaded.rating_items)}
    return {pk: list(zip(labels, fitted.found.probability[place[pk]].tolist(), strict=True)) for pk in rating_items}


def with_posteriors(rating_set: RatingSet, found: Sequence[Case]) -> list[Case]:
    known = posteriors(rating_set, [case.rating_item.pk for case in found])
    return [replace(case, posterior=known[case.rating_item.pk]) for case in found]


def describe(rating_set: RatingSet, rating_items: Sequence[int], *machines: dict[int, Answer]) -> list[Case]:
    """These items with votes, gold and every rationale, in the order given; at most two machines' answers."""
    rows = RatingItem.objects.filter(pk__in=rating_items).select_related("item__media")
    by_pk = {row.pk: row for row in rows}
    answers = _human_answers(rating_set, rows)
    labels = {label.rating_item_id: label for label in queries.gold(rows).select_related("level", "adjudicator")}
    machine, rival = (*machines, {}, {})[:2]
    return [
        _case(
            by_pk[pk],
            answers.get(pk, []),
            labels.get(pk),
            machine.get(by_pk[pk].item_id),
            rival.get(by_pk[pk].item_id),
        )
        for pk in rating_items
    ]


def _human_answers(rating_set: RatingSet, rows: QuerySet[RatingItem]) -> dict[int, list[tuple[Rating, Answer]]]:
    found: dict[int, list[tuple[Rating, Answer]]] = {}
    for rating in queries.counted(rows).select_related("rater", "level").order_by("level__position", "pk"):
        level = rating.level.label if rating.level else f"can't tell ({reasons.in_words(rating.reason)})"
        who = rating.rater.display_name or f"rater {rating.rater_id}"
        found.setdefault(rating.rating_item_id, []).append((rating, Answer(who, level, rating.rationale)))
    return found


def _case(
    row: RatingItem,
    answers: Iterable[tuple[Rating, Answer]],
    label: GoldLabel | None,
    machine: Answer | None,
    rival: Answer | None,
) -> Case:
    votes: dict[str, int] = {}
    said = []
    for rating, answer in answers:
        said.append(answer)
        if rating.level is not None:
            votes[rating.level.label] = votes.get(rating.level.label, 0) + 1
    n = sum(votes.values())
    share = sum(v * (v - 1) for v in votes.values()) / (n * (n - 1)) if n > 1 else None
    return Case(row, row.item, list(votes.items()), label, said, machine, rival, share)


def machine_answers(evaluation: Evaluation, annotator: str, items: Sequence[int]) -> dict[int, Answer]:
    """Item -> what the annotator or student of an evaluation said of it."""
    definition = evaluation.rating_set.definition
    student = student_of(evaluation, annotator)
    if student is None:
        return said_by(machines.named(definition, annotator), definition, items)
    head = StudentHead.objects.filter(student=student, definition=definition).first()
    return said_by(Machine(head=head), definition, items) if head else {}


def said_by(machine: Machine, definition: Definition, items: Sequence[int]) -> dict[int, Answer]:
    """Item -> the machine's answer with rationale and score where it gave them; calibrated where a map is in use."""
    found = machines.answers(machine, definition, items)
    calibrated = calibrations.calibrated(calibrations.calibrator_of(definition, machine), list(found.p.values()))
    rationales = machines.rationales(machine, definition, items)
    levels = [level.label for level in definition.parsed().levels]
    answers = {}
    for k, (item, p) in enumerate(found.p.items()):
        level, given = found.level[item], item not in found.certain
        answers[item] = Answer(
            who=machine.name,
            level=levels[level],
            rationale=rationales.get(item, ""),
            labeler=machine.labeler,
            score=p[level] if given else None,
            probability=calibrated[k][level] if calibrated and given else None,
        )
    return answers
