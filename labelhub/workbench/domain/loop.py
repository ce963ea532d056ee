"""Where an attribute stands in the loop, and the one next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from attributes.models import Attribute, Definition
from labelhub.reports import words
from labelhub.reports.domain import comparisons
from labelhub.reports.domain.comparisons import Contender
from labelhub.reports.domain.versions import Version
from llm_jobs.models import Publication, Student
from raters.models import RatingSet

from ..queries import loop as queries

TITLES = ("Defined", "Rated", "Frozen", "Machine passed", "Silver", "Student", "Served")


@dataclass(frozen=True)
class Step:
    """A step as `components/stepper.html` takes it."""

    state: str  # done, now, todo or blocked
    label: str
    note: str
    url: str | None = None


@dataclass(frozen=True)
class Next:
    """The one next step: what, why, and where."""

    title: str
    text: str
    url: str
    label: str


@dataclass(frozen=True)
class Standing:
    """Everything the loop says of an attribute's version in force."""

    attribute: Attribute
    definition: Definition | None
    version: Version | None
    machines: list[Contender]
    rated: dict[str, int]
    n_silver: int
    student: Student | None  # the one that serves; where none does, the newest
    newer: Student | None  # trained since, not published
    publication: Publication | None
    scored: Contender | None  # the student's row of a comparison

    @property
    def rating_set(self) -> RatingSet | None:
        return self.version.rating_set if self.version else None

    @property
    def best(self) -> Contender | None:
        return comparisons.best(self.machines)

    @property
    def f1(self) -> float | None:
        return self.best.row["f1"]["value"] if self.best else None

    @property
    def passed(self) -> bool:
        """Whether the best machine reaches the goal, and by looking at the items."""
        return self.f1 is not None and self.f1 >= words.GOAL and not (self.best and self.best.no_better)


def standing(attribute: Attribute, found: list[Version]) -> Standing:
    """The standing of the newest published version; `found` are the attribute's versions, newest first."""
    newest = next((one for one in found if one.definition.state == Definition.State.PUBLISHED), None)
    definition = newest.definition if newest else None
    machines: list[Contender] = []
    if newest and newest.evaluation:
        students = comparisons.students_by_fingerprint(attribute.corpus)
        machines = comparisons.plain_contenders(newest.evaluation, students)
    rating_set = newest.rating_set if newest else None
    newest_student = queries.students(attribute).filter(heads__definition=definition).first() if definition else None
    publication = queries.publication(definition) if definition else None
    student = publication.student_head.student if publication else newest_student
    newer = newest_student if publication and newest_student and newest_student != student else None
    return Standing(
        attribute=attribute,
        definition=definition,
        version=newest,
        machines=machines,
        rated=queries.progress(rating_set) if rating_set else {"total": 0, "full": 0},
        n_silver=queries.silver_items(definition) if definition else 0,
        student=student,
        newer=newer,
        publication=publication,
        scored=_scored(machines, rating_set, publication),
    )


def _scored(
    machines: list[Contender], rating_set: RatingSet | None, publication: Publication | None
) -> Contender | None:
    if publication is None or rating_set is None:
        return comparisons.of_student(machines)
    return comparisons.serving({rating_set.pk: publication.student_head.student}).get(rating_set.pk)


def steps(at: Standing) -> list[Step]:
    """The seven steps; the first that is not done is `now`, or `blocked` where a machine misses the goal."""
    rating_set = at.rating_set
    frozen = rating_set is not None and rating_set.state == RatingSet.State.FROZEN
    closed = rating_set is not None and rating_set.state not in (RatingSet.State.DRAFT, RatingSet.State.OPEN)
    rated = closed or (at.rated["total"] > 0 and at.rated["full"] == at.rated["total"])
    slug = at.attribute.corpus.slug
    set_url = reverse("raters:set", args=[slug, rating_set.uid]) if rating_set else None
    evaluation = at.version.evaluation if at.version else None
    report_url = reverse("reports:evaluation", args=[slug, evaluation.uid]) if evaluation else None
    student_url = reverse("reports:student", args=[slug, at.student.uid]) if at.student else None
    entries: list[tuple[bool, str, str | None]] = [
        (at.definition is not None, at.definition.name if at.definition else "no version yet", None),
        (rated, f"{at.rated['full']:,} of {at.rated['total']:,} items" if rating_set else "no golden set", set_url),
        (frozen, rating_set.content_hash[:8] if rating_set and frozen else "not yet", set_url),
        (at.passed, f"F1 {words.number(at.f1)} of {words.GOAL:.2f}" if at.best else "none compared", report_url),
        (at.n_silver > 0, words.several(at.n_silver, "item") if at.n_silver else "no silver set", None),
        (at.student is not None, str(at.student) if at.student else "none trained", student_url),
        (at.publication is not None, _served(at), reverse("reports:prevalence", args=[slug, at.attribute.slug])),
    ]
    current = next((k for k, (done, _, _) in enumerate(entries) if not done), None)
    return [
        Step(_state(done, k == current, k == 3 and at.best is not None), title, note, url)
        for k, ((done, note, url), title) in enumerate(zip(entries, TITLES, strict=True))
    ]


def _state(done: bool, current: bool, measured: bool) -> str:
    if done:
        return "done"
    if measured:
        return "blocked"
    return "now" if current else "todo"


def _served(at: Standing) -> str:
    return words.several(at.publication.score_set.n_items, "item") if at.publication else "not published"


def next_step(at: Standing) -> Next:
    """What to do now, in plain words."""
    slug, what = at.attribute.corpus.slug, at.attribute
    if at.definition is None:
        url = reverse("attributes:attributes", args=[slug])
        return Next("Next: publish a definition.", "Raters and machines both read it.", url, "Attributes")
    rating_set = at.rating_set
    if rating_set is None:
        text = f"Nobody has rated {at.definition.name} yet: draw items at random and ask several people."
        return Next("Next: sample a golden set.", text, reverse("workbench:set_new", args=[slug]), "Sample items")
    if rating_set.state != RatingSet.State.FROZEN:
        return _finish_set(at, rating_set, slug)
    if at.best is None:
        return _first_machine(at, rating_set, slug)
    if not at.passed:
        return _sharpen(at, slug)
    if not at.n_silver or at.student is None:
        text = f"{at.best.name} is good enough to teach: train a student on its labels."
        return Next("Next: train a student.", text, reverse("llm_jobs:student_new", args=[slug]), "Train a student")
    if at.publication is None:
        text = "The student is trained, and no scores of it are published."
        url = reverse("llm_jobs:student", args=[slug, at.student.uid])
        return Next("Next: score the corpus.", text, url, "Open the student")
    url = reverse("reports:prevalence", args=[slug, what.slug])
    text = "Every step is done. Watch how frequent the attribute is, and whether that drifts."
    return Next("Served.", text, url, "See the corpus")


def _finish_set(at: Standing, rating_set: RatingSet, slug: str) -> Next:
    url = reverse("raters:set", args=[slug, rating_set.uid])
    if rating_set.state == RatingSet.State.ADJUDICATING:
        text = f"Rating of “{rating_set.name}” is closed: decide the ties, then freeze the set."
        return Next("Next: settle and freeze.", text, url, "Open the golden set")
    left = at.rated["total"] - at.rated["full"]
    text = f"{words.several(left, 'item')} of “{rating_set.name}” still want answers." if left else "Close the rating."
    return Next("Next: finish rating.", text, url, "Open the golden set")


def _first_machine(at: Standing, rating_set: RatingSet, slug: str) -> Next:
    if at.version is None or at.version.evaluation is None:
        text = "The set is frozen. Hold the machines that have labeled it against the raters."
        url = f"{reverse('reports:evaluate', args=[slug])}?rating_set={rating_set.uid}"
        return Next("Next: compare machines with the raters.", text, url, "Compare")
    text = "No machine has labeled the golden set yet."
    return Next("Next: run an annotator.", text, reverse("llm_jobs:run_new", args=[slug]), "Start a run")


def _sharpen(at: Standing, slug: str) -> Next:
    best, evaluation = at.best, at.version.evaluation if at.version else None
    if best is None or evaluation is None:
        raise ValueError("there is no measured machine")
    short = f"under the goal of {words.GOAL:.2f}" if (at.f1 or 0) < words.GOAL else "no better than a constant answer"
    text = (
        f"The best machine ({best.name}) reaches F1 {words.number(at.f1)}, {short}. "
        "Read where it differs from the raters, and settle those cases in the definition, or try a stronger annotator."
    )
    url = reverse("reports:evaluation", args=[slug, evaluation.uid])
    return Next("Next: sharpen the definition.", text, url, "See where it differs")


def below_raters(at: Standing) -> list[str]:
    """Machines whose F1 lies below the raters' with certainty, in words: the newest of each backend and model."""
    pooled = at.version.evaluation.result["pooled_raters"] if at.version and at.version.evaluation else None
    if pooled is None:
        return []
    old = comparisons.superseded_of(at.attribute.corpus, at.machines)
    return [
        words.comparison(one.name, one.row, pooled)
        for one in at.machines
        if one.student is None and one.name not in old and one.verdict is not None and one.verdict.kind == "bad"
    ][:3]


def timeline(at: Standing, found: list[Version]) -> list[dict[str, Any]]:
    """Versions as `components/timeline.html` takes them."""
    slug = at.attribute.corpus.slug
    return [
        {
            "label": one.definition.name,
            "url": reverse("attributes:definition", args=[slug, at.attribute.slug, one.definition.uid]),
            "status": _status(one.definition),
            "when": f"{one.definition.published_at:%-d %b %Y}" if one.definition.published_at else "",
            "author": _author(one.definition),
            "note": one.definition.note or "No note.",
            "current": at.definition is not None and one.definition.pk == at.definition.pk,
            "figures": _figures(one),
        }
        for one in found
    ]


def _status(definition: Definition) -> dict[str, str]:
    kind = "good" if definition.state == Definition.State.PUBLISHED else "neutral"
    return {"kind": kind, "text": definition.get_state_display()}


def _author(definition: Definition) -> str:
    person = definition.published_by
    return (person.display_name or person.email) if person else "a command"


def _figures(one: Version) -> list[dict[str, Any]]:
    figures = []
    if one.snapshot:
        figures.append({"label": "alpha", **_interval(one.snapshot.payload["figures"]["krippendorff_alpha"])})
    if one.evaluation:
        figures.append({"label": "raters' F1", **_interval(one.evaluation.result["pooled_raters"]["f1"])})
    if one.best:
        figures.append({"label": f"{one.best.name[:20]} F1", **_interval(one.best.row["f1"])})
    return figures


def _interval(figure: dict[str, Any]) -> dict[str, Any]:
    return {name: figure[name] for name in ("value", "low", "high")}
