"""The demo corpus and its whole loop, made through the same domain functions that people use.

Clips are rendered, raters are simulated from hidden briefs, and everything after that is real: sampling, leases,
adjudication, agreement, the local annotator, evaluation, the student, the scored corpus.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml
from django.conf import settings

from attributes.domain import corpora, definitions, embeddings, imports
from attributes.models import Attribute, Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from labelhub.reports.domain import overview
from llm_jobs.domain import annotators, evaluations, runs, scores, silver, students
from llm_jobs.domain.work import work
from llm_jobs.models import Run
from raters.domain import assignments, gold, qualifications, ratings, sets
from raters.domain.controls import Controls
from raters.domain.designs import Design
from raters.domain.keyed import Source
from raters.domain.ratings import Answer
from raters.models import GoldLabel, Rating, RatingSet
from raters.queries.ratings import needs_adjudication
from raters.sampling import Shares

from . import clips, people, simulation
from .corpus import DATA, AttributeSlug, Brief, Look, load_briefs, load_items
from .simulation import SimulatedRater

SLUG = "demo"
SEED = 20260
SIZE, OVERLAP = 100, 5
SHARES = Shares(shots=0.05, dev=0.6, test=0.35)
FIRST_SIZE, FIRST_OVERLAP = 30, 3  # the set under the vague first definition of `authentic`
OPEN_SIZE, OPEN_OVERLAP = 30, 3  # left open, so that whoever tries the product has something to rate
BEGUN = 14  # answers that two simulated raters have given there, checks and repeats among them
Say = Callable[[str], None]


def seed(say: Say) -> Corpus:
    """Make the demo corpus with its loop. Refused in production and where the demo exists."""
    if settings.PRODUCTION:
        raise Refused("the demo is for the embedded mode: DATABASE_URL is set")
    if Corpus.objects.filter(slug=SLUG).exists():
        raise Refused("the demo corpus exists already")
    say("Rendering the demo's clips")
    with TemporaryDirectory() as folder:
        _render(Path(folder))
        say("Importing items")
        corpus = corpora.get_or_create(slug=SLUG, name="Short videos (demo)", is_demo=True)
        _import(corpus, Path(folder))
    cast = people.create(corpus)
    embeddings.embed(corpus=corpus)
    current = _definitions_and_ratings(corpus, cast, say)
    say("Annotating with the local annotator")
    run = runs.create(
        annotator=annotators.local(corpus),
        definitions=current,
        items=Item.objects.filter(corpus=corpus),
        purpose=Run.Purpose.SILVER,
        seed=SEED,
        created_by=cast.owner,
    )
    work(run)
    _distil(corpus, current, cast.owner, say)
    return corpus


def _render(folder: Path) -> None:
    briefs = load_briefs()
    with ProcessPoolExecutor() as pool:
        done = [pool.submit(_render_one, brief.id, brief.look, folder) for brief in briefs.values()]
        for future in done:
            future.result()


def _render_one(item_id: str, look: Look, folder: Path) -> None:
    clips.render(item_id, look, folder / f"{item_id}.mp4")


def _import(corpus: Corpus, folder: Path) -> None:
    file = folder / "demo.jsonl"
    rows = (
        {
            "id": item.id,
            "title": item.title,
            "text": item.text,
            "channel": item.channel,
            "published_at": item.published_at.isoformat(),
            "language": item.language,
            "topic": item.topic,
            "file": f"{item.id}.mp4",
        }
        for item in load_items()
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = imports.ColumnMap(
        id="id", title="title", text="text", language="language", meta=("topic",), group="channel",
        time="published_at", file="file",
    )  # fmt: skip
    imports.import_items(corpus=corpus, path=file, columns=columns, media_dir=folder)


def _definitions_and_ratings(corpus: Corpus, cast: people.Cast, say: Say) -> list[Definition]:
    """Publish every definition and have a golden set of each rated; returns those in force."""
    briefs = load_briefs()
    first = _publish(corpus, "authentic_v1", cast.owner, "First version")
    say("Rating a first sample of authentic, under its vague first definition")
    _golden_set(first, "authentic", briefs, cast, "First sample", FIRST_SIZE, FIRST_OVERLAP)
    current: list[Definition] = []
    notes: dict[AttributeSlug, str] = {
        "calming": "First version",
        "energetic": "First version",
        "authentic": "Staged and sponsored pieces decided, after raters split on them",
    }
    for slug, note in notes.items():
        definition = _publish(corpus, slug, cast.owner, note)
        if not current:
            _open_set(definition, briefs, cast)
        say(f"Rating {SIZE} items for {slug}, {OVERLAP} simulated raters each")
        _golden_set(definition, slug, briefs, cast, f"{definition.attribute.name} golden set", SIZE, OVERLAP)
        current.append(definition)
    _qualification(current[0], briefs, cast)
    return current


def _open_set(definition: Definition, briefs: dict[str, Brief], cast: people.Cast) -> None:
    """A set that two have begun, with hidden checks and own items again. It is older than the golden set, which
    commands then take by default."""
    design = Design(size=OPEN_SIZE, overlap=OPEN_OVERLAP, seed=SEED + 1)
    checks = Source(lines=(DATA / "calming_checks.csv").read_text())
    controls = Controls(checks=checks, check_rate=0.2, repeat_rate=0.1, repeat_after_days=0)
    waiting = sets.sample(
        definition=definition, name="For you to rate", design=design, controls=controls, actor=cast.owner
    )
    sets.open_for_rating(rating_set=waiting, actor=cast.owner)
    working = list(zip(simulation.RATERS, cast.raters, strict=True))
    for rater, user in (working[0], working[-1]):
        _rate_some(rater, user, waiting, "calming", briefs, BEGUN)
    # The same clip again on one day was for them: people get theirs after a rest.
    RatingSet.objects.filter(pk=waiting.pk).update(repeat_after_days=3, check_rate=0.1)


def _qualification(definition: Definition, briefs: dict[str, Brief], cast: people.Cast) -> None:
    """What teaches the definition, clause by clause; some simulated raters have taken it."""
    lessons = Source(lines=(DATA / "calming_lessons.csv").read_text())
    course = qualifications.create(
        definition=definition, name="What calming means", source=lessons, pass_mark=0.8, actor=cast.owner
    )
    sets.open_for_rating(rating_set=course, actor=cast.owner)
    everybody = list(zip(simulation.RATERS, cast.raters, strict=True))
    for rater, user in (*everybody[::3], everybody[-1]):
        for given in _rate_some(rater, user, course, "calming", briefs, qualifications.lessons(course)):
            qualifications.after_answer(given)


def _rate_some(
    rater: SimulatedRater, user: User, rating_set: RatingSet, slug: AttributeSlug, briefs: dict[str, Brief], n: int
) -> list[Rating]:
    """Let one simulated rater give up to n answers."""
    rng = np.random.default_rng([SEED, rating_set.pk, user.pk])
    given = []
    for _ in range(n):
        rating = _rate_next(rater, user, rating_set, slug, briefs, rng)
        if rating is None:
            break
        given.append(rating)
    return given


def _publish(corpus: Corpus, name: str, owner: User, note: str) -> Definition:
    raw = yaml.safe_load((DATA / "definitions" / f"{name}.yaml").read_text())
    definition, _ = definitions.import_definition(
        corpus=corpus, spec=definitions.read_spec(raw), actor=owner, note=note
    )
    return definition


def _golden_set(
    definition: Definition,
    slug: AttributeSlug,
    briefs: dict[str, Brief],
    cast: people.Cast,
    name: str,
    size: int,
    overlap: int,
) -> RatingSet:
    design = Design(size=size, overlap=overlap, shares=SHARES, seed=SEED)
    golden = sets.sample(definition=definition, name=name, design=design, actor=cast.owner)
    sets.open_for_rating(rating_set=golden, actor=cast.owner)
    _rate(golden, slug, briefs, cast)
    sets.close_rating(rating_set=golden, actor=cast.owner)
    gold.settle(golden)
    for item in needs_adjudication(golden).select_related("item", "rating_set__definition__attribute"):
        brief = briefs[item.item.external_id]
        gold.adjudicate(
            rating_item=item,
            level_key=simulation.true_level(brief, slug),
            adjudicator=cast.adjudicator,
            reason_tag=GoldLabel.Reason.AMBIGUOUS if brief.ambiguity[slug] > 0.5 else GoldLabel.Reason.RATER_SLIP,
            note=brief.why[slug],
        )
    return gold.freeze(rating_set=golden, actor=cast.owner)


def _rate(golden: RatingSet, slug: AttributeSlug, briefs: dict[str, Brief], cast: people.Cast) -> None:
    """Let every simulated rater work in turn, an item each, until nothing is left for anybody."""
    rng = np.random.default_rng([SEED, golden.pk])
    working = list(zip(simulation.RATERS, cast.raters, strict=True))
    while working:
        for rater, user in list(working):
            if _rate_next(rater, user, golden, slug, briefs, rng) is None:
                working.remove((rater, user))


def _rate_next(
    rater: SimulatedRater,
    user: User,
    rating_set: RatingSet,
    slug: AttributeSlug,
    briefs: dict[str, Brief],
    rng: np.random.Generator,
) -> Rating | None:
    """The rater's next item, answered; None where nothing is left for them."""
    claimed = assignments.claim_next(rater=user, rating_set=rating_set)
    if claimed is None:
        return None
    said = simulation.answer(rater, briefs[claimed.rating_item.item.external_id], slug, rng)
    return ratings.submit(
        rater=user,
        assignment_uid=claimed.uid,
        submission_key=uuid.UUID(bytes=rng.bytes(16), version=4),
        answer=Answer(
            level=said.level_key,
            reason="" if said.level_key else "the clip does not show it",
            rationale=said.rationale,
            duration_ms=said.duration_ms,
        ),
        source="simulated",
    )


def _distil(corpus: Corpus, current: list[Definition], owner: User, say: Say) -> None:
    say("Training a student on the local annotator's labels")
    teachers = [(definition, silver.teacher_of(definition, "local")) for definition in current]
    silver_set = silver.freeze(corpus=corpus, teachers=teachers, seed=SEED, actor=owner)
    student = students.train(silver=silver_set, definitions=current, seed=SEED, actor=owner)
    say("Scoring the corpus")
    scores.score_corpus(student=student, definitions=current, actor=owner)
    say("Computing the reports")
    for definition in current:
        golden = sets.get_set(
            Attribute.objects.get(pk=definition.attribute_id), f"{definition.attribute.name} golden set"
        )
        evaluations.evaluate(rating_set=golden, user=owner)
        students.evaluate(student, rating_set=golden, split="dev", user=owner)
    overview.refresh(corpus=corpus, user=owner)
