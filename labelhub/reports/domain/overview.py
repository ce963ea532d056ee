"""Every attribute of a corpus on one line: what is known of it, and whether that is up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from attributes.domain.jobs import Progress
from attributes.models import Attribute, Corpus, Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.models import Evaluation, Publication, Student, StudentHead
from raters.models import RatingItem, RatingSet

from .. import words
from ..models import ReportSnapshot
from ..queries import sets
from ..queries import snapshots as snapshot_queries
from . import agreement, calibration, comparisons, prevalence
from .comparisons import Contender

DEV = RatingItem.Split.DEV


@dataclass(frozen=True)
class Line:
    """One attribute. Figures come from stored reports; None where none is stored."""

    attribute: Attribute
    version: int | None
    rating_set: RatingSet | None
    snapshot: ReportSnapshot | None
    evaluation: Evaluation | None
    best: Contender | None
    student: Contender | None  # the one that serves; where none does, the newest
    newer: Student | None  # trained since, not published
    publication: Publication | None
    prevalence: ReportSnapshot | None

    @property
    def alpha(self) -> dict[str, Any] | None:
        return self.snapshot.payload["figures"]["krippendorff_alpha"] if self.snapshot else None

    @property
    def pooled(self) -> dict[str, Any] | None:
        return self.evaluation.result["pooled_raters"] if self.evaluation else None

    @property
    def share(self) -> dict[str, Any] | None:
        """The golden estimate of the positive level's share."""
        golden = self.prevalence.payload["golden"] if self.prevalence else None
        return golden["levels"][self.prevalence.payload["positive"]] if golden and self.prevalence else None

    @property
    def share_level(self) -> str:
        """The level whose share that is."""
        payload = self.prevalence.payload if self.prevalence else None
        return str(payload["levels"][payload["positive"]]["label"]) if payload else ""

    @property
    def corpus_share(self) -> float | None:
        """The student's share of the positive level over all scored items."""
        counted = self.prevalence.payload["corpus"] if self.prevalence else None
        if not counted or not self.prevalence or not counted["n"]:
            return None
        return float(counted["levels"][self.prevalence.payload["positive"]] / counted["n"])

    @property
    def of_version(self) -> int | None:
        """The version that the figures are of; the newest with ratings, which may be older than the newest."""
        return self.rating_set.definition.version if self.rating_set else None

    @property
    def state(self) -> str:
        """Where the attribute's figures stand, in one sentence."""
        if self.version is None:
            return "Not defined yet: publish a definition."
        if self.rating_set is None:
            return "Defined, not rated: sample a golden set."
        if self.snapshot is None:
            return "Not computed yet."
        said = words.agreement(self.snapshot.payload["figures"]["krippendorff_alpha"])
        if self.best is None:
            return f"{said.text} agreement; no machine held against the raters yet."
        verdict = self.best.verdict.text if self.best.verdict else ""
        return f"{said.text} agreement; {self.best.name}: {verdict[:1].lower()}{verdict[1:]}."


def lines(corpus: Corpus) -> list[Line]:
    """Every attribute by name, with a fixed number of queries."""
    attributes = list(Attribute.objects.filter(corpus=corpus).order_by("name", "pk"))
    versions = _newest_versions(corpus)
    rating_sets = {one.definition.attribute_id: one for one in sets.one_per_attribute(corpus)}
    uids = [one.uid for one in rating_sets.values()]
    kind = ReportSnapshot.Kind.AGREEMENT
    snapshots = {one.subject: one for one in snapshot_queries.newest(kind, uids, DEV)}
    evaluations = {one.rating_set_id: one for one in snapshot_queries.newest_evaluations(rating_sets.values())}
    students = comparisons.students_by_fingerprint(corpus)
    publications = _publications(corpus)
    newest = _newest_students(corpus)
    served = {
        rating_set.pk: publications[attribute].student_head.student
        for attribute, rating_set in rating_sets.items()
        if attribute in publications
    }
    serving = comparisons.serving(served)
    shares = {one.inputs["attribute"]: one for one in snapshot_queries.newest_prevalence(corpus)}
    found = []
    for attribute in attributes:
        rating_set = rating_sets.get(attribute.pk)
        evaluation = evaluations.get(rating_set.pk) if rating_set else None
        if evaluation and rating_set:
            evaluation.rating_set = rating_set
        machines = comparisons.plain_contenders(evaluation, students) if evaluation else []
        publication = publications.get(attribute.pk)
        known = serving.get(rating_set.pk) if rating_set else None
        found.append(
            Line(
                attribute=attribute,
                version=versions.get(attribute.pk),
                rating_set=rating_set,
                snapshot=snapshots.get(rating_set.uid) if rating_set else None,
                evaluation=evaluation,
                best=comparisons.best(machines),
                student=known if publication else comparisons.of_student(machines),
                newer=_newer(newest.get(attribute.pk), publication),
                publication=publication,
                prevalence=shares.get(attribute.slug),
            )
        )
    return found


def _newest_versions(corpus: Corpus) -> dict[int, int]:
    published = Definition.objects.filter(attribute__corpus=corpus, state=Definition.State.PUBLISHED)
    newest = published.order_by("attribute", "-version").distinct("attribute")
    return {one.attribute_id: one.version for one in newest.only("attribute", "version") if one.version}


def _publications(corpus: Corpus) -> dict[int, Publication]:
    found = Publication.objects.filter(definition__attribute__corpus=corpus, retired_at=None)
    newest = found.select_related("definition", "student_head__student", "score_set")
    newest = newest.order_by("definition__attribute", "-definition__version").distinct("definition__attribute")
    return {one.definition.attribute_id: one for one in newest}


def _newest_students(corpus: Corpus) -> dict[int, Student]:
    """Attribute -> the newest student with a head for any of its versions."""
    heads = StudentHead.objects.filter(definition__attribute__corpus=corpus).select_related("student", "definition")
    newest = heads.order_by("definition__attribute", "-student").distinct("definition__attribute")
    return {head.definition.attribute_id: head.student for head in newest}


def _newer(newest: Student | None, publication: Publication | None) -> Student | None:
    """The newest student where it is newer than the one that serves."""
    if newest is None or publication is None or newest.pk <= publication.student_head.student_id:
        return None
    return newest


def refresh(*, corpus: Corpus, user: User | None, on_progress: Progress = lambda done, total: None) -> list[str]:
    """Bring the stored figures of every attribute up to date; returns why some could not be."""
    problems = []
    found = lines(corpus)
    for k, line in enumerate(found):
        on_progress(k, len(found))
        for rating_set in sets.rated(sets.one_per_version(line.attribute)):
            problems += _tried(line.attribute, lambda s=rating_set: agreement.compute(rating_set=s, split=DEV))
        if line.rating_set is not None:
            problems += _tried(line.attribute, lambda s=line.rating_set: _compare(s, user))
            problems += calibration.compute_all(rating_set=line.rating_set, user=user)
        if line.rating_set is not None or line.publication is not None:
            problems += _tried(line.attribute, lambda a=line.attribute: prevalence.compute(attribute=a))
    on_progress(len(found), len(found))
    return problems


def _compare(rating_set: RatingSet, user: User | None) -> None:
    comparisons.create(rating_set=rating_set, split=DEV, reference=Evaluation.Reference.LEAVE_ONE_OUT, user=user)


def _tried(attribute: Attribute, work: Any) -> list[str]:
    try:
        work()
    except BadInput as error:
        return [f"{attribute.name}: {error}"]
    return []
