import pytest

from attributes.models import Corpus, Definition
from labelhub.lib.errors import BadInput
from labelhub.reports.domain import across
from labelhub.reports.models import ReportSnapshot
from raters.models import Look, RatingSet
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(compared: RatingSet) -> Definition:
    """A second attribute on the same items, labeled by `other` only."""
    corpus = compared.definition.attribute.corpus
    second = factories.definition(corpus, attribute="quiet", name="Quiet")
    builders.annotate(builders.rated_set(corpus, of=second), "other")
    return second


def compute(corpus: Corpus, split: str = "dev") -> ReportSnapshot:
    return across.compute(corpus=corpus, split=split, epsilon=0.2)


def test_every_attribute_stands_with_its_stored_rows(two: Definition, corpus: Corpus) -> None:
    found = compute(corpus).payload
    assert [one["slug"] for one in found["attributes"]] == ["calming", "quiet"]
    calming, quiet = found["attributes"]
    assert [row["name"] for row in calming["machines"]] == ["good", "poor"]
    assert [row["name"] for row in quiet["machines"]] == ["other"]
    assert found["pooled"]["n_attributes"] == 2
    assert found["pooled"]["n_items"] == 30  # the same items under both
    f1 = [one["pooled"]["f1"]["value"] for one in found["attributes"]]
    assert found["pooled"]["macro"]["value"] == pytest.approx(sum(f1) / 2)


def test_a_machine_is_compared_where_it_has_labels(two: Definition, corpus: Corpus) -> None:
    found = {one["name"]: one for one in compute(corpus).payload["machines"]}
    assert found["other"]["attributes"] == ["quiet"]
    good = found["good"]["across"]
    assert (good["macro"]["value"], good["n_attributes"], good["left_out"]) == (1.0, 1, [])
    assert good["macro_difference"]["low"] > 0
    assert found["good"]["alt_tests"]["calming"]["passed"]


def test_it_is_stored_until_labels_change(compared: RatingSet, corpus: Corpus) -> None:
    assert compute(corpus) == compute(corpus)
    builders.annotate(compared, "third")
    compute(corpus)
    assert ReportSnapshot.objects.filter(kind="attributes").count() == 2


def test_each_machine_on_a_sealed_set_is_a_look(compared: RatingSet, corpus: Corpus) -> None:
    for _ in range(2):
        compute(corpus, "test")
    assert Look.objects.count() == 2


def test_nothing_to_compare_is_said(corpus: Corpus) -> None:
    with pytest.raises(BadInput, match="nobody has rated"):
        compute(corpus)
