"""A rated golden set, machines that have labeled it and a student, made at once: what reports are tested on."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import connection

from attributes.models import Corpus, Definition, Encoder, Item, Role
from llm_jobs.models import (
    Annotation,
    Annotator,
    Publication,
    Run,
    RunDefinition,
    RunItem,
    Score,
    ScoreSet,
    SilverSet,
    SilverSource,
    Student,
    StudentHead,
)
from raters.domain import gold
from raters.models import Rating, RatingItem, RatingSet
from tests import factories


def items_from(corpus: Corpus, first: int, n: int) -> list[Item]:
    """n more items, numbered on from `first`."""
    return Item.objects.bulk_create(
        Item(corpus=corpus, external_id=f"i{i:03}", title=f"Title {i}", content_hash=f"hash of {i}")
        for i in range(first, first + n)
    )


def rated_set(
    corpus: Corpus,
    *,
    dev: int = 30,
    test: int = 10,
    raters: int = 4,
    name: str = "Golden set",
    known: bool = True,
    of: Definition | None = None,
    frozen: bool = True,
    errs: Callable[[int, int], bool] = lambda i, k: (i + k) % 7 == 0,
) -> RatingSet:
    """A golden set of `calming`: item i is calming when i is even, and rater k errs where (i + k) % 7 == 0.

    Items are split dev first, then test; ties are left undecided.
    """
    what = (
        of
        or Definition.objects.filter(attribute__corpus=corpus, state="published").first()
        or factories.definition(corpus)
    )
    rows = list(Item.objects.filter(corpus=corpus).order_by("pk")) or factories.items(corpus, dev + test)
    made = RatingSet.objects.create(definition=what, name=name, overlap=raters, design={"method": "uniform"})
    people_ = [
        factories.member(corpus, Role.RATER, email=f"r{k}.{uuid.uuid4().hex[:6]}@example.com") for k in range(raters)
    ]
    levels = {level.key: level for level in what.attribute.levels.all()}
    for i, item in enumerate(rows[: dev + test]):
        split = RatingItem.Split.DEV if i < dev else RatingItem.Split.TEST
        row = RatingItem.objects.create(
            rating_set=made, item=item, content_hash=item.content_hash, split=split, overlap=raters, counted=raters,
            fold=i % 5 if split == "dev" else None, inclusion_probability=0.5 if known else None,
        )  # fmt: skip
        for k, person in enumerate(people_):
            yes = (i % 2 == 0) != errs(i, k)
            Rating.objects.create(
                rating_item=row, rater=person, level=levels["yes" if yes else "no"], submission_key=uuid.uuid4(),
                rationale=f"because of {item.external_id}",
            )  # fmt: skip
    gold.settle(made)
    return gold.seal(made, None) if frozen else made


def annotate(rating_set: RatingSet, name: str, *, always: str | None = None, spent: int = 0) -> Run:
    """A finished run of an imported annotator over the set's items: the intended level, or always the same."""
    what = rating_set.definition
    corpus = what.attribute.corpus
    annotator = Annotator.objects.create(corpus=corpus, name=name, backend="imported", fingerprint=name.ljust(64, "0"))
    run = Run.objects.create(
        corpus=corpus, annotator=annotator, purpose=Run.Purpose.GOLDEN, state=Run.State.DONE, budget=spent, spent=spent
    )
    RunDefinition.objects.create(run=run, definition=what)
    levels = {level.key: level for level in what.attribute.levels.all()}
    for row in rating_set.rating_items.select_related("item").order_by("pk"):
        run_item = RunItem.objects.create(run=run, item=row.item, content_hash=row.content_hash, state="done")
        key = always or ("yes" if int(row.item.external_id[1:]) % 2 == 0 else "no")
        Annotation.objects.create(
            run_item=run_item, definition=what, item=row.item, level=levels[key],
            p=[0.2, 0.8] if key == "yes" else [0.8, 0.2], rationale=f"{name} says so",
        )  # fmt: skip
    return run


def student(rating_set: RatingSet, *, published: bool = True) -> Student:
    """A student whose stored scores give every item the intended level with probability 0.9, without weights."""
    what = rating_set.definition
    corpus = what.attribute.corpus
    encoder, _ = Encoder.objects.get_or_create(name="tiny", version="1", defaults={"modality": "text", "dims": 2})
    silver = SilverSet.objects.create(corpus=corpus, spec={}, hash=uuid.uuid4().hex.ljust(64, "0"))
    run = Run.objects.filter(run_definitions__definition=what).first()
    if run is not None:
        SilverSource.objects.create(silver_set=silver, definition=what, run=run)
    figure = {"value": 0.9, "low": 0.8, "high": 1.0, "n": 20, "reason": None}
    fidelity = dict.fromkeys(("top1_agreement", "jensen_shannon", "kl_divergence", "total_variation"), figure)
    made = Student.objects.create(
        corpus=corpus, silver_set=silver, encoder=encoder, config={}, sha256=uuid.uuid4().hex.ljust(64, "0"),
        code_version="0.1.0",
        metrics={
            "n": {"train": 20, "validation": 5, "held_out": 20},
            "heads": [{"definition": str(what.uid), "fidelity": fidelity}],
            "curve": [
                {"epoch": 0, "train_loss": None, "validation_loss": 0.7},
                {"epoch": 1, "train_loss": 0.6, "validation_loss": 0.6},
            ],
        },
    )  # fmt: skip
    head = StudentHead.objects.create(student=made, definition=what, position=0, p_offset=0, p_width=2)
    score_set = ScoreSet.objects.create(student=made, corpus=corpus, state=ScoreSet.State.COMPLETE)
    rows = list(Item.objects.filter(corpus=corpus, removed_at=None).order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {score_set.partition} PARTITION OF llm_jobs_score FOR VALUES IN ({score_set.pk})")
    Score.objects.bulk_create(
        Score(
            score_set=score_set, item=item, content_hash=item.content_hash,
            p=[0.1, 0.9] if int(item.external_id[1:]) % 2 == 0 else [0.9, 0.1],
        )
        for item in rows
    )  # fmt: skip
    ScoreSet.objects.filter(pk=score_set.pk).update(n_items=len(rows))
    if published:
        Publication.objects.create(definition=what, student_head=head, score_set=score_set)
    return made
