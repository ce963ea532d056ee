import pytest
import yaml
from django.urls import reverse

from attributes.domain import definitions
from attributes.models import Corpus, Definition, Item
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from tests import factories
from tests.factories import CALMING, ENERGETIC
from tests.personas import signed_in


def url(name: str, definition: Definition) -> str:
    return reverse(f"attributes:{name}", args=["clips", definition.attribute.slug, definition.uid])


@pytest.mark.parametrize("n", [1, 3])
def test_a_version_costs_the_same_in_a_long_history(
    corpus: Corpus, analyst: User, n: int, django_assert_num_queries: object
) -> None:
    for i in range(n):
        published = factories.definition(corpus, statement=f"Version {i}.")
    client = signed_in(analyst)
    with django_assert_num_queries(7):  # type: ignore[operator]
        response = client.get(url("definition", published))
    assert len(response.context["versions"]) == n


def test_an_earlier_version_stays_readable(corpus: Corpus, analyst: User, editor: User) -> None:
    first = factories.definition(corpus)
    second, _ = definitions.import_definition(
        corpus=corpus, spec=parse_spec({**CALMING, "statement": "New words."}), actor=editor, note="Shorter"
    )
    client = signed_in(analyst)
    text = client.get(url("definition", first)).content.decode()
    assert "An earlier version, kept as it was; v2 is in force." in text
    assert CALMING["statement"] in text
    text = client.get(url("definition", second)).content.decode()
    assert "The version in force." in text
    assert "Shorter" in text
    assert second.hash in text


def test_examples_lead_to_their_items_and_tell_of_changes(corpus: Corpus, analyst: User) -> None:
    a, b = factories.items(corpus, 2)
    published = factories.definition(
        corpus, examples=[{"item": x, "level": "yes", "why": "waves"} for x in ("i000", "i001")]
    )
    Item.objects.filter(pk=b.pk).update(content_hash="f" * 64)
    response = signed_in(analyst).get(url("definition", published))
    assert [(row["item"], row["changed"]) for row in response.context["examples"]] == [(a, False), (b, True)]
    assert f'href="/c/clips/corpus/items/{a.pk}/"' in response.content.decode()


def test_a_comparison_in_words(corpus: Corpus, analyst: User) -> None:
    first = factories.definition(corpus, statement="slow and quiet")
    factories.definition(corpus, statement="something else")
    third = factories.definition(corpus, statement="slow and very quiet")
    client = signed_in(analyst)
    response = client.get(url("definition_diff", third), {"against": str(first.uid)})
    assert "slow and <ins>very </ins>quiet" in response.content.decode()
    assert response.context["n_changed"] == 1
    assert client.get(url("definition_diff", third)).context["against"].version == 2
    assert client.get(url("definition_diff", third), {"against": "x"}).status_code == 404


def test_nothing_to_compare_with(corpus: Corpus, analyst: User) -> None:
    text = signed_in(analyst).get(url("definition_diff", factories.definition(corpus))).content.decode()
    assert "Nothing to compare with" in text


@pytest.mark.parametrize("spec", [CALMING, ENERGETIC])
def test_what_is_exported_can_be_imported(corpus: Corpus, analyst: User, spec: dict[str, object]) -> None:
    published = factories.definition(corpus, spec)
    response = signed_in(analyst).get(url("definition_export", published))
    assert response["Content-Disposition"] == f'attachment; filename="{spec["attribute"]}-v1.yaml"'
    read = parse_spec(yaml.safe_load(response.content))
    assert read == published.parsed()
    assert definitions.import_definition(corpus=corpus, spec=read) == (published, False)


def test_analysts_read_and_do_not_edit(corpus: Corpus, analyst: User, editor: User) -> None:
    published = factories.definition(corpus)
    assert "Edit definition" not in signed_in(analyst).get(url("definition", published)).content.decode()
    assert "Edit definition" in signed_in(editor).get(url("definition", published)).content.decode()
