import numpy as np
import pytest
from django.db.models import Value

from attributes.models import Corpus, Item
from labelhub.lib.arrays import integers
from tests import factories

pytestmark = pytest.mark.django_db


def test_rows_come_as_an_array(corpus: Corpus) -> None:
    rows = factories.items(corpus, 3)
    found = integers(Item.objects.filter(corpus=corpus).values_list("pk", "corpus"))
    assert sorted(found.tolist()) == [[row.pk, corpus.pk] for row in rows]
    assert found.dtype == np.int64


def test_no_rows_are_an_empty_array(corpus: Corpus) -> None:
    nothing = Item.objects.filter(corpus=corpus, external_id="o'clock %s")
    assert integers(nothing.values_list("pk", "corpus")).shape == (0, 2)
    assert integers(nothing.none().values_list("pk", "corpus")).shape == (0, 2)


def test_null_is_minus_one_and_annotations_may_be_asked_for(corpus: Corpus) -> None:
    factories.items(corpus, 1)
    found = integers(Item.objects.filter(corpus=corpus).annotate(two=Value(2)).values_list("media", "two"))
    assert found.tolist() == [[-1, 2]]


def test_numbers_beyond_32_bits(corpus: Corpus) -> None:
    factories.items(corpus, 1)
    big = 2**40 + 3
    assert integers(Item.objects.filter(corpus=corpus).annotate(n=Value(big)).values_list("n")).tolist() == [[big]]
