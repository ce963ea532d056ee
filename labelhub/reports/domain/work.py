"""Figures that take longer than a page should: worked in the background, as jobs of the kind `refresh_reports`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from attributes.domain import jobs
from attributes.domain.jobs import Progress
from attributes.models import Corpus, Job
from attributes.schema import digest
from labelhub.accounts.models import User
from llm_jobs.domain import machines
from llm_jobs.domain.alt_tests import Options
from llm_jobs.models import Student
from raters.models import RatingSet

from ..queries import sets
from . import across, agreement, alt_tests, calibration, comparisons, overview, student_reports

KIND = Job.Kind.REFRESH_REPORTS


def ask_for_all(*, corpus: Corpus, user: User) -> Job:
    """Have the figures of every attribute brought up to date; asked for twice it is one job."""
    return jobs.enqueue(corpus=corpus, kind=KIND, params={"what": "all"}, dedupe="all", created_by=user)


def ask_for_evaluation(*, rating_set: RatingSet, split: str, reference: str, user: User) -> Job:
    """Have an evaluation made for which a student has to be asked first."""
    params = {"what": "evaluation", "rating_set": str(rating_set.uid), "split": split, "reference": reference}
    return _ask(rating_set.definition.attribute.corpus, params, user)


def ask_for_agreement(*, rating_set: RatingSet, split: str, user: User) -> Job:
    """Have the agreement of a large set computed."""
    params = {"what": "agreement", "rating_set": str(rating_set.uid), "split": split}
    return _ask(rating_set.definition.attribute.corpus, params, user)


def ask_for_student(*, student: Student, user: User) -> Job:
    """Have a student without stored scores held against the raters."""
    return _ask(student.corpus, {"what": "student", "student": str(student.uid)}, user)


def ask_for_alt_test(*, rating_set: RatingSet, split: str, machine: str, options: Options, user: User) -> Job:
    """Have a machine tested for which a student has to be asked first, or on very many ratings."""
    params = {"what": "alt_test", "rating_set": str(rating_set.uid), "split": split, "machine": machine,
              "options": asdict(options)}  # fmt: skip
    return _ask(rating_set.definition.attribute.corpus, params, user)


def ask_for_attributes(*, corpus: Corpus, split: str, epsilon: float, user: User) -> Job:
    """Have machines held against raters over every attribute."""
    return _ask(corpus, {"what": "attributes", "split": split, "epsilon": epsilon}, user)


def ask_for_calibration(*, rating_set: RatingSet, machine: str, user: User) -> Job:
    """Have a machine's probabilities judged on many golden items."""
    params = {"what": "calibration", "rating_set": str(rating_set.uid), "machine": machine}
    return _ask(rating_set.definition.attribute.corpus, params, user)


def _ask(corpus: Corpus, params: dict[str, Any], user: User) -> Job:
    return jobs.enqueue(corpus=corpus, kind=KIND, params=params, dedupe=digest(params)[:32], created_by=user)


def newest(corpus: Corpus) -> Job | None:
    """The newest refresh of all figures: under way, or ended with what it could not do."""
    found = Job.objects.filter(corpus=corpus, kind=KIND, params__what="all")
    return found.order_by("-pk").first()


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """Do what was asked. Raises `BadInput` where there is nothing to compare."""
    params = job.params
    if params["what"] == "evaluation":
        rating_set = sets.golden(job.corpus).get(uid=params["rating_set"])
        evaluation = comparisons.create(
            rating_set=rating_set, split=params["split"], reference=params["reference"], user=job.created_by
        )
        return {"evaluation": str(evaluation.uid)}
    if params["what"] == "attributes":
        snapshot = across.compute(
            corpus=job.corpus, split=params["split"], epsilon=params["epsilon"], user=job.created_by,
            on_progress=progress,
        )  # fmt: skip
        return {"attributes": str(snapshot.uid)}
    if params["what"] == "alt_test":
        rating_set = sets.golden(job.corpus).get(uid=params["rating_set"])
        options = Options(**params["options"])
        snapshot = alt_tests.play(
            rating_set=rating_set, split=params["split"], machine=params["machine"], options=options,
            user=job.created_by,
        )  # fmt: skip
        return {"alt_test": str(snapshot.uid)}
    if params["what"] == "agreement":
        rating_set = sets.golden(job.corpus).get(uid=params["rating_set"])
        snapshot = agreement.compute(rating_set=rating_set, split=params["split"], on_progress=progress)
        return {"agreement": str(rating_set.uid), "snapshot": str(snapshot.uid)}
    if params["what"] == "calibration":
        rating_set = sets.golden(job.corpus).get(uid=params["rating_set"])
        machine = machines.named(rating_set.definition, params["machine"])
        snapshot = calibration.compute(rating_set=rating_set, machine=machine, user=job.created_by)
        return {"calibration": str(snapshot.uid), "rating_set": params["rating_set"]}
    if params["what"] == "student":
        student = Student.objects.select_related("corpus", "encoder").get(corpus=job.corpus, uid=params["student"])
        done = student_reports.evaluate(student=student, user=job.created_by, on_progress=progress)
        return {"student": str(student.uid), "golden_sets": done}
    return {"problems": overview.refresh(corpus=job.corpus, user=job.created_by, on_progress=progress)}
