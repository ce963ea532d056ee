"""Small builders of rows that tests start from, through the product's own domain functions where there is one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from attributes.domain import definitions, embeddings, people
from attributes.domain.imports import content_hash
from attributes.models import Corpus, Definition, Encoder, Item, Role
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from llm_jobs.domain import annotators
from llm_jobs.models import Annotation, Annotator, Run, RunDefinition, RunItem
from raters.domain import assignments, ratings, sets
from raters.domain.ratings import Answer
from raters.models import Rating, RatingSet
from raters.sampling import Shares

PASSWORD = "a long enough password"

CALMING: dict[str, Any] = {
    "attribute": "calming",
    "name": "Calming",
    "scale": "binary",
    "question": "Would this video calm most viewers?",
    "statement": "A calming video lowers arousal: slow, quiet, predictable.",
    "includes": ["slow movement of water, clouds or light", "soft, even sound"],
    "excludes": ["shouting", "rapid cuts"],
    "edge_cases": [{"case": "a sleeping animal with loud music", "decision": "not calming"}],
}
ENERGETIC: dict[str, Any] = {
    "attribute": "energetic",
    "scale": "ordinal",
    "levels": ["none", "mild", "lively", "intense"],
    "question": "How energetic is this video?",
}


LETTERS: dict[str, str | None] = {"y": "yes", "n": "no", "?": None}


def user(email: str, **fields: Any) -> User:
    return User.objects.create_user(email, PASSWORD, **fields)


def member(corpus: Corpus, *roles: Role, email: str = "") -> User:
    """A person with these roles."""
    person = user(email or f"{uuid.uuid4().hex[:8]}@example.com")
    for role in roles:
        people.grant(actor=None, corpus=corpus, user=person, role=role)
    return person


def items(corpus: Corpus, n: int, **fields: Any) -> list[Item]:
    """n items `i000`, `i001`, ... in order; a string field may hold `{i}`."""
    rows = []
    for i in range(n):
        values = {key: value.format(i=i) if isinstance(value, str) else value for key, value in fields.items()}
        title, text = values.pop("title", f"Title {i}"), values.pop("text", f"Text of item {i}.")
        sha = content_hash(title, text, "", {}, "")
        rows.append(Item(corpus=corpus, external_id=f"i{i:03}", title=title, text=text, content_hash=sha, **values))
    return Item.objects.bulk_create(rows)


def items_more(corpus: Corpus, external_ids: Sequence[str]) -> list[Item]:
    """Items of these external ids, beside others."""
    rows = (
        Item(corpus=corpus, external_id=key, title=key, content_hash=content_hash(key, "", "", {}, ""))
        for key in external_ids
    )
    return Item.objects.bulk_create(rows)


def definition(corpus: Corpus, spec: dict[str, Any] | None = None, **changes: Any) -> Definition:
    """A published definition."""
    published, _ = definitions.import_definition(corpus=corpus, spec=parse_spec({**(spec or CALMING), **changes}))
    return published


def rating_set(of: Definition, *, size: int, overlap: int = 2, opened: bool = True, **options: Any) -> RatingSet:
    """A sampled golden set, open for rating."""
    shares = options.pop("shares", None) or Shares()
    design = sets.Design(size=size, overlap=overlap, seed=7, shares=shares)
    sampled = sets.sample(definition=of, name=options.pop("name", "Golden set"), design=design, **options)
    return sets.open_for_rating(rating_set=sampled, actor=None) if opened else sampled


def rate(rater: User, in_set: RatingSet, level: str | None, **answer: Any) -> Rating:
    """Claim the rater's next item and answer it."""
    claimed = assignments.claim_next(rater=rater, rating_set=in_set)
    assert claimed is not None, "nothing left to rate"
    return ratings.submit(
        rater=rater,
        assignment_uid=claimed.uid,
        submission_key=uuid.uuid4(),
        answer=Answer(level=level, reason="" if level else "too dark", **answer),
    )


def raters(corpus: Corpus, n: int) -> list[User]:
    """n people with the rater role."""
    return [member(corpus, Role.RATER, email=f"rater{i}@example.com") for i in range(n)]


def rate_all(rater: User, in_set: RatingSet, level: Callable[[str], str | None] = lambda _: "yes") -> list[Rating]:
    """Let a rater answer everything left for them; `level` chooses by external id."""
    given = []
    while claimed := assignments.claim_next(rater=rater, rating_set=in_set):
        said = level(claimed.rating_item.item.external_id)
        answer = Answer(level=said, reason="" if said else "too dark")
        key = uuid.uuid4()
        given.append(ratings.submit(rater=rater, assignment_uid=claimed.uid, submission_key=key, answer=answer))
    return given


def closed_set(corpus: Corpus, votes: dict[str, str], *, size: int = 0, **options: Any) -> RatingSet:
    """A set whose items were rated as `votes` says and whose rating is closed.

    `votes` maps an external id to one letter a rater: y, n or `?` (can't tell); items not named get `y` from all.
    """
    n_raters = max(len(word) for word in votes.values())
    published = options.pop("of", None) or definition(corpus)
    if not corpus.items.exists():
        items(corpus, size or len(votes))
    drawn = rating_set(published, size=size or len(votes), overlap=n_raters, **options)
    for i, person in enumerate(raters(corpus, n_raters)):
        rate_all(person, drawn, lambda key, i=i: LETTERS[votes.get(key, "y" * n_raters)[i]])
    return sets.close_rating(rating_set=drawn, actor=None)


def correct(rater: User, earlier: Rating, level: str) -> Rating:
    """Answer an item once more."""
    assignment = earlier.rating_item.assignments.get(rater=rater)
    answer = Answer(level=level, revises=earlier.submission_key)
    key = uuid.uuid4()
    return ratings.submit(rater=rater, assignment_uid=assignment.uid, submission_key=key, answer=answer)


def annotator(corpus: Corpus, name: str = "model") -> Annotator:
    """An annotator whose labels come from outside."""
    return annotators.get_or_create(corpus=corpus, name=name, backend=Annotator.Backend.IMPORTED, config={"name": name})


def labels(
    of: Definition, said: dict[str, str | None], name: str = "model", p: dict[str, list[float]] | None = None
) -> Run:
    """A finished run of an annotator: external id -> level key, or None for a failure."""
    items_by_id = {item.external_id: item for item in Item.objects.filter(external_id__in=said)}
    run = Run.objects.create(
        corpus=of.attribute.corpus,
        annotator=annotator(of.attribute.corpus, name),
        purpose=Run.Purpose.IMPORTED,
        state=Run.State.DONE,
    )
    RunDefinition.objects.create(run=run, definition=of)
    levels = {level.key: level for level in of.attribute.levels.all()}
    for external_id, key in said.items():
        item = items_by_id[external_id]
        state = RunItem.State.DONE if key else RunItem.State.FAILED
        row = RunItem.objects.create(run=run, item=item, content_hash=item.content_hash, state=state)
        Annotation.objects.create(
            run_item=row,
            definition=of,
            item=item,
            level=levels[key] if key else None,
            p=(p or {}).get(external_id),
            failure_code="" if key else "empty",
        )
    return run


def random_vectors(of: list[Item], *, dims: int = 16, seed: int = 0) -> Encoder:
    """Unit vectors drawn at random, of an encoder of their own: nothing is encoded."""
    encoder = Encoder.objects.create(
        name=f"random-{uuid.uuid4().hex[:8]}", version="1", modality="text", dims=dims, params_hash="0" * 64
    )
    embeddings.add_partition(encoder)
    vectors = np.random.default_rng(seed).standard_normal((len(of), dims))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings.store_vectors(encoder, of, vectors.astype(np.float16))
    return encoder
