import pytest

from labelhub.reports.domain import comparisons, expenses
from llm_jobs.models import Annotation, Evaluation
from raters.models import Look, RatingSet
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def evaluate(rating_set: RatingSet, split: str = "dev", reference: str = "leave_one_out") -> Evaluation:
    return comparisons.create(rating_set=rating_set, split=split, reference=reference)


def test_the_same_inputs_give_the_stored_evaluation(compared: RatingSet) -> None:
    assert evaluate(compared) == evaluate(compared)


def test_machines_come_best_first_with_a_verdict(compared: RatingSet) -> None:
    machines = comparisons.contenders(evaluate(compared), {})
    assert [one.name for one in machines] == ["good", "poor"]
    assert machines[1].verdict is not None
    assert machines[1].verdict.text in ("Below the raters", "Cannot tell")
    assert machines[0].note == "Imported labels"


def test_the_newest_student_stands_beside_them_out_of_its_scores(compared: RatingSet) -> None:
    student = builders.student(compared)
    evaluation = evaluate(compared)
    machines = comparisons.contenders(evaluation, comparisons.students_by_fingerprint(student.corpus))
    of_student = comparisons.of_student(machines)
    assert of_student is not None
    assert (of_student.student, of_student.labeler) == (student, "student")
    good = next(one for one in machines if one.name == "good")
    assert of_student.row["f1"] == good.row["f1"]
    assert comparisons.best(machines) == good


def test_scores_of_changed_items_are_not_used(compared: RatingSet) -> None:
    student = builders.student(compared)
    row = compared.rating_items.first()
    items = list(compared.rating_items.values_list("item", flat=True))
    assert comparisons.stored_labels(student, compared, items) is not None
    row.item.content_hash = "changed"
    row.item.save()
    assert comparisons.stored_labels(student, compared, items) is None


def test_cost_is_per_thousand_items_where_a_run_has_cost(rated: RatingSet) -> None:
    builders.annotate(rated, "paid", spent=4_000_000)
    builders.annotate(rated, "free")
    assert expenses.costs_of(evaluate(rated)) == {"paid": 100_000_000}


def test_a_look_at_the_sealed_test_is_counted_once_per_machine(compared: RatingSet) -> None:
    evaluate(compared)
    assert comparisons.looks(compared) == 0
    evaluate(compared, "test")
    evaluate(compared, "test")
    assert comparisons.looks(compared) == Look.objects.count() == 2


def test_confusion_matrices_are_stored_with_the_evaluation(compared: RatingSet) -> None:
    result = evaluate(compared).result
    assert set(result["confusion"]) == {"pooled raters", "good", "poor"}
    assert sum(map(sum, result["confusion"]["poor"])) == result["annotators"][1]["n_pairs"]


def test_labels_that_came_later_are_noticed(compared: RatingSet) -> None:
    evaluation = evaluate(compared)
    assert not comparisons.newer_labels(evaluation)
    run = builders.annotate(compared, "later")
    run.finished_at = evaluation.created_at.replace(year=evaluation.created_at.year + 1)
    run.save()
    assert comparisons.newer_labels(evaluation)


def test_the_best_constant_answer_stands_beside_them(compared: RatingSet) -> None:
    evaluation = evaluate(compared)
    assert evaluation.result["baseline"]["level"] == "yes"
    good, poor = comparisons.plain_contenders(evaluation, {})
    assert good.no_better is None
    assert poor.no_better is not None


def test_the_student_that_serves_speaks_beside_a_newer_one(compared: RatingSet) -> None:
    served = builders.student(compared)
    evaluate(compared)
    newer = builders.student(compared, published=False)
    evaluation = evaluate(compared)
    machines = comparisons.plain_contenders(evaluation, comparisons.students_by_fingerprint(served.corpus))
    assert {one.student for one in machines if one.student} == {served, newer}
    assert comparisons.of_student(machines, served).student == served
    assert comparisons.of_student(machines).student == newer


def test_a_serving_student_is_found_in_an_older_evaluation(compared: RatingSet) -> None:
    newer_alone = builders.student(compared, published=False)
    served = builders.student(compared)
    comparisons.create(rating_set=compared, split="dev", reference="leave_one_out", student=served)
    found = comparisons.serving({compared.pk: served})
    assert found[compared.pk].student == served
    assert comparisons.serving({compared.pk: newer_alone}) == {}


def test_refusals_stand_apart_from_other_failures(compared: RatingSet) -> None:
    labels = Annotation.objects.filter(run_item__run__annotator__name="poor", item__rating_items__split="dev")
    for row, code in zip(labels.order_by("pk"), ["refused", "refused", "truncated"], strict=False):
        Annotation.objects.filter(pk=row.pk).update(level=None, p=None, failure_code=code)
    (poor,) = (one for one in comparisons.contenders(evaluate(compared), {}) if one.name == "poor")
    assert (poor.refused, poor.failed, poor.row["n_items"]) == (2, 1, 27)
    assert poor.row["failures"] == {"refused": 2, "truncated": 1}
