import csv
import re

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import comparisons
from llm_jobs.domain import evaluations
from llm_jobs.models import Evaluation
from raters.models import GoldLabel, Look, RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
NEW = reverse("reports:evaluate", args=["clips"])


@pytest.fixture
def evaluation(compared: RatingSet) -> Evaluation:
    return comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")


def url(evaluation: Evaluation, name: str = "evaluation", *more: object) -> str:
    return reverse(f"reports:{name}", args=["clips", evaluation.uid, *more])


def asked(rating_set: RatingSet, split: str = "dev", reference: str = "leave_one_out") -> dict[str, str]:
    return {"rating_set": str(rating_set.uid), "split": split, "reference": reference}


def test_who_may_read(evaluation: Evaluation, analyst: User, rater: User, stranger: User) -> None:
    for page in (url(evaluation), NEW):
        found = statuses(page, analyst=analyst, rater=rater, stranger=stranger)
        assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_it_rejects_post(evaluation: Evaluation, analyst: User) -> None:
    assert signed_in(analyst).post(url(evaluation)).status_code == 405


def test_an_evaluation_of_another_corpus_is_not_found(evaluation: Evaluation, stranger: User) -> None:
    there = reverse("reports:evaluation", args=["elsewhere", evaluation.uid])
    assert signed_in(stranger).get(there).status_code == 404


def test_asking_stores_one_and_shows_it(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    first, second = (client.post(NEW, asked(compared)) for _ in range(2))
    assert first.url == second.url == url(Evaluation.objects.get())


def test_the_numbers_are_those_stored(evaluation: Evaluation, analyst: User) -> None:
    page = signed_in(analyst).get(url(evaluation)).content.decode()
    for row in (*evaluation.result["annotators"], *evaluation.result["raters"], evaluation.result["pooled_raters"]):
        if row["f1"]["value"] is not None:
            assert f"{row['f1']['value']:.3f}" in page
    assert evaluation.inputs_hash in page
    assert evaluation.inputs["content_hash"] in page


def test_undefined_precision_is_shown_with_its_reason(evaluation: Evaluation, analyst: User) -> None:
    page = signed_in(analyst).get(url(evaluation)).content.decode()
    assert "undefined: the level is never predicted" in page


def test_the_sealed_test_is_a_look_and_shows_no_item(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    page = client.post(NEW, asked(compared, "test"), follow=True).content.decode()
    assert Look.objects.count() == 2
    assert "Looks at the sealed test so far: 2" in page
    assert "The test is sealed" in page
    assert "Where it differs" not in page
    assert "Title 3" not in page


def test_reading_a_stored_result_is_no_look(compared: RatingSet, analyst: User) -> None:
    stored = comparisons.create(rating_set=compared, split="test", reference="leave_one_out")
    looks = Look.objects.count()
    signed_in(analyst).get(url(stored))
    assert Look.objects.count() == looks > 0


def test_a_reference_that_does_not_exist_is_said_in_the_form(compared: RatingSet, analyst: User) -> None:
    response = signed_in(analyst).post(NEW, asked(compared, reference="adjudicated"))
    assert response.status_code == 422
    assert "no item has gold that none of the raters voted on" in response.content.decode()


@pytest.mark.parametrize("field", ["rating_set", "split", "reference"])
def test_nonsense_is_refused(field: str, compared: RatingSet, analyst: User) -> None:
    response = signed_in(analyst).post(NEW, asked(compared) | {field: "nonsense"})
    assert response.status_code == 422
    assert Evaluation.objects.count() == 0


def test_without_a_machine_the_raters_stand_alone(rated: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).post(NEW, asked(rated), follow=True).content.decode()
    assert "No annotator has labeled these items" in page


def test_without_a_golden_set_the_page_says_what_to_do(corpus: Corpus, analyst: User) -> None:
    assert "No golden set yet" in signed_in(analyst).get(NEW).content.decode()


def test_csv(evaluation: Evaluation, analyst: User) -> None:
    client = signed_in(analyst)
    table = client.get(url(evaluation, "evaluation_csv", "labelers")).content.decode()
    rows = {row["labeler"]: row for row in csv.DictReader(table.splitlines())}
    assert float(rows["good"]["f1"]) == evaluation.result["annotators"][0]["f1"]["value"]
    assert rows["poor"]["precision"] == ""
    for key in ("f1", "differences", "confusion-0", "confusion-1", "levels", "machines", "pairwise"):
        assert client.get(url(evaluation, "evaluation_csv", key)).status_code == 200


def test_names_that_a_spreadsheet_would_run_are_disarmed(rated: RatingSet, analyst: User) -> None:
    builders.annotate(rated, "=cmd()")
    stored = comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
    table = signed_in(analyst).get(url(stored, "evaluation_csv", "labelers")).content.decode()
    assert "'=cmd()" in table


def test_names_are_escaped(rated: RatingSet, analyst: User) -> None:
    builders.annotate(rated, "<script>alert(1)</script>")
    stored = comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
    assert "<script>alert" not in signed_in(analyst).get(url(stored)).content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow_with_machines(n: int, rated: RatingSet, analyst: User, django_assert_num_queries) -> None:
    for k in range(n):
        builders.annotate(rated, f"machine {k}")
    stored = comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
    client = signed_in(analyst)
    client.get(url(stored))
    with django_assert_num_queries(16):
        client.get(url(stored))


def test_switching_carries_split_and_reference_along(
    evaluation: Evaluation, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(analyst)
    page = client.get(url(evaluation)).content.decode()
    assert "There is no adjudicated gold on these items yet" in page
    assert 'id="switch-reference"' not in page
    every = GoldLabel.objects.all()
    monkeypatch.setattr(evaluations, "independent_gold", lambda rating_set, split: every)
    page = client.get(url(evaluation)).content.decode()
    form = page.split('id="switch-reference"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', form))
    del fields["csrfmiddlewaretoken"]
    assert fields == asked(evaluation.rating_set, reference="adjudicated")


def test_tests_are_adjusted_as_asked(evaluation: Evaluation, analyst: User) -> None:
    client = signed_in(analyst)
    assert 'aria-current="true">Holm' in client.get(url(evaluation)).content.decode()
    assert 'aria-current="true">Benjamini-Yekutieli' in client.get(url(evaluation) + "?correction=by").content.decode()
    assert 'aria-current="true">Holm' in client.get(url(evaluation) + "?correction=none").content.decode()


def test_levels_pairs_and_differences_in_what_was_given_are_named(evaluation: Evaluation, analyst: User) -> None:
    page = signed_in(analyst).get(url(evaluation)).content.decode()
    for words in ("Without a consensus", "Level by level", "Machine against machine", "what it was given is not known"):
        assert words in page
    assert f"{url(evaluation, 'cell')}?who=poor&amp;reference=yes&amp;given=no" in page


def test_an_evaluation_made_before_these_were_kept_is_still_shown(evaluation: Evaluation, analyst: User) -> None:
    result = evaluation.result
    for name in ("pairwise", "duels"):
        del result[name]
    for row in (result["pooled_raters"], *result["annotators"]):
        del row["levels"]
        row.pop("permutation", None), row.pop("failures", None)
    for rater in result["raters"]:
        for row in rater["annotators"]:
            del row["mcnemar"]
    evaluation.save()
    page = signed_in(analyst).get(url(evaluation))
    assert page.status_code == 200
    assert "Without a consensus" not in page.content.decode()
