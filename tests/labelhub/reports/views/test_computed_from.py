"""Under every report stands what it was computed from, and made again it is the same to the last byte."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import agreement, comparisons, prevalence, student_reports
from labelhub.reports.models import ReportSnapshot
from labelhub.reports.views.computed_from import ComputedFrom
from llm_jobs.models import Evaluation
from raters.models import RatingSet
from tests import factories
from tests.labelhub import builders
from tests.personas import signed_in

pytestmark = pytest.mark.django_db


def stored(rated: RatingSet) -> dict[str, tuple[str, ReportSnapshot | Evaluation]]:
    """Address and row of each report of the set."""
    what, uid = rated.definition.attribute, rated.uid
    return {
        "agreement": (
            reverse("reports:agreement", args=["clips", uid]), agreement.compute(rating_set=rated, split="dev")
        ),
        "prevalence": (
            reverse("reports:prevalence", args=["clips", what.slug]), prevalence.compute(attribute=what)
        ),
        "evaluation": (
            "", comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
        ),
    }  # fmt: skip


def content(row: ReportSnapshot | Evaluation) -> bytes:
    """As it lies in the database."""
    row.refresh_from_db()
    payload = row.result if isinstance(row, Evaluation) else row.payload
    return json.dumps([row.inputs_hash, row.inputs, payload], sort_keys=True).encode()


def test_a_report_made_again_is_the_same_to_the_last_byte(compared: RatingSet) -> None:
    builders.student(compared)
    first = {name: content(row) for name, (_, row) in stored(compared).items()}
    ReportSnapshot.objects.all().delete()
    Evaluation.objects.all().delete()
    assert {name: content(row) for name, (_, row) in stored(compared).items()} == first


@pytest.mark.parametrize("name", ["agreement", "prevalence", "evaluation"])
def test_every_report_names_what_it_was_computed_from(name: str, compared: RatingSet, analyst: User) -> None:
    builders.student(compared)
    address, row = stored(compared)[name]
    client = signed_in(analyst)
    response = client.get(address or reverse("reports:evaluation", args=["clips", row.uid]))
    computed: ComputedFrom = response.context["computed"]
    page = response.content.decode()
    for part in (row.inputs_hash, compared.definition.hash, compared.content_hash, "seed 0", "2,000 bootstrap"):
        assert part in page
    assert computed.current
    assert "Not the latest." not in page
    there = client.get(computed.url)
    assert there.context["computed"] == computed
    assert row.inputs_hash[:8] in computed.line


def test_the_students_report_names_weights_and_comparisons(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    student_reports.evaluate(student=student, user=None)
    page = signed_in(analyst).get(reverse("reports:student", args=["clips", student.uid])).content.decode()
    for part in (student.sha256, student.silver_set.hash, Evaluation.objects.get().inputs_hash):
        assert part in page


def test_newer_labels_are_said_and_computed_by_a_press(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 12)
    open_set = factories.rating_set(factories.definition(corpus), size=12, overlap=3)
    *early, late = factories.raters(corpus, 3)
    for person in early:
        factories.rate_all(person, open_set)
    client = signed_in(analyst)
    reports = stored(open_set)
    addresses = [
        reports["agreement"][0], reverse("reports:evaluation", args=["clips", reports["evaluation"][1].uid])
    ]  # fmt: skip
    assert all(client.get(address).context["computed"].current for address in addresses)
    factories.rate_all(late, open_set)
    for address in addresses:
        response = client.get(address)
        assert "Not the latest." in response.content.decode()
        computed = response.context["computed"]
        again = client.post(computed.again_url, computed.again, follow=True)
        assert again.context["computed"].current
        assert client.get(computed.url).context["computed"].inputs_hash == computed.inputs_hash


def test_the_prevalence_of_another_attribute_is_not_found(rated: RatingSet, analyst: User) -> None:
    row = prevalence.compute(attribute=rated.definition.attribute)
    address = reverse("reports:prevalence_snapshot", args=["clips", "calming", row.uid])
    assert signed_in(analyst).get(address).status_code == 200
    factories.definition(rated.definition.attribute.corpus, attribute="loud")
    assert signed_in(analyst).get(address.replace("calming", "loud")).status_code == 404
