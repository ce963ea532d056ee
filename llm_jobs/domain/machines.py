"""A machine labeler of a definition: an annotator or a student's head, and what it says of items in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from attributes.models import Definition
from labelhub.lib.errors import BadInput

from ..models import Annotation, Annotator, Score, ScoreSet, StudentHead
from ..queries import annotations as queries
from . import students

NEWEST_STUDENT = "student"


@dataclass(frozen=True)
class Machine:
    """Either `annotator` or `head`."""

    annotator: Annotator | None = None
    head: StudentHead | None = None

    @property
    def name(self) -> str:
        return self.annotator.name if self.annotator else str(self._head.student)

    @property
    def fingerprint(self) -> str:
        return self.annotator.fingerprint if self.annotator else students.fingerprint(self._head.student)

    @property
    def labeler(self) -> str:
        """Which of the page's colours it has."""
        return "llm" if self.annotator else "student"

    @property
    def _head(self) -> StudentHead:
        if self.head is None:
            raise ValueError("a machine is an annotator or a student's head")
        return self.head


@dataclass
class Answers:
    """Item -> probabilities in level order, and the level said; a label without probabilities counts as certain.

    n_failed   items it was asked about in vain.     certain   items whose label came without probabilities.
    """

    p: dict[int, list[float]] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    n_failed: int = 0
    certain: set[int] = field(default_factory=set)


def of_definition(definition: Definition) -> list[Machine]:
    """Annotators with an answer, by name, then students with stored scores, newest first."""
    labeled = queries.for_definition(definition).filter(failure_code="")
    found = [Machine(annotator=one) for one in queries.annotators_of(labeled)]
    heads = StudentHead.objects.filter(definition=definition, student__score_sets__state=ScoreSet.State.COMPLETE)
    scored = heads.select_related("student__encoder").order_by("-student").distinct()
    return found + [Machine(head=head) for head in scored]


def named(definition: Definition, name: str | None) -> Machine:
    """A machine by name, by `student` for the newest one, or by its fingerprint; the only one where
    none is named. `BadInput` lists the choices."""
    machines = of_definition(definition)
    names = ", ".join(machine.name for machine in machines)
    if not machines:
        raise BadInput(f"no machine has labeled {definition}: annotate first, or score the corpus with a student")
    if name is None and len(machines) > 1:
        raise BadInput(f"several machines have labeled {definition}: name one of {names}")
    fitting = [machine for machine in machines if name in (None, machine.name, machine.fingerprint)]
    if not fitting and name == NEWEST_STUDENT:
        fitting = [machine for machine in machines if machine.head]
    if not fitting:
        raise BadInput(f"no machine {name!r} has labeled {definition} (there are: {names})")
    return fitting[0]


def answers(machine: Machine, definition: Definition, items: Sequence[int]) -> Answers:
    """What it says of these items now: an annotator's newest answers, a student's newest stored scores."""
    if machine.annotator is None:
        return _scores(machine._head, items)
    said = queries.for_definition(definition).filter(run_item__run__annotator=machine.annotator, item__in=items)
    q, found = definition.attribute.levels.count(), Answers()
    rows: QuerySet[Annotation, tuple[int, list[float] | None, int | None]] = queries.newest(said).values_list(
        "item", "p", "level__position"
    )
    for item, p, level in rows:
        if level is None:
            found.n_failed += 1
            continue
        if p is None:
            found.certain.add(item)
        found.p[item] = [float(k == level) for k in range(q)] if p is None else p
        found.level[item] = level
    return found


def rationales(machine: Machine, definition: Definition, items: Sequence[int]) -> dict[int, str]:
    """Item -> why, by the newest answer; a student gives no reasons."""
    if machine.annotator is None:
        return {}
    said = queries.for_definition(definition).filter(run_item__run__annotator=machine.annotator, item__in=items)
    return dict(queries.newest(said).values_list("item", "rationale"))


def _scores(head: StudentHead, items: Sequence[int]) -> Answers:
    """Scores of items that changed since are left out: they are of something else."""
    score_set = newest_scores(head)
    found = Answers()
    if score_set is None:
        return found
    scores = Score.objects.filter(score_set=score_set, item__in=items, content_hash=F("item__content_hash"))
    for item, p in scores.values_list("item_id", "p"):
        own = p[head.p_offset : head.p_offset + head.p_width]
        found.p[item], found.level[item] = own, own.index(max(own))
    return found


def newest_scores(head: StudentHead) -> ScoreSet | None:
    return ScoreSet.objects.filter(student=head.student_id, state=ScoreSet.State.COMPLETE).order_by("-pk").first()
