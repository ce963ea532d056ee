import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from attributes.domain import embeddings
from attributes.encoders import MINILM, EncoderSpec
from attributes.models import Corpus, Item, ItemEmbedding
from labelhub.lib.errors import BadInput, Refused
from tests import factories

OTHER = EncoderSpec("tiny", "1", "text", 3, "0" * 64)


def test_an_encoder_is_registered_once_with_its_partition(db: None) -> None:
    encoder = embeddings.register(OTHER)
    assert embeddings.register(OTHER) == encoder
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"attributes_itemembedding_{encoder.pk}"])
        assert cursor.fetchone() == (True,)
    with pytest.raises(Refused, match="give the changed one a new version"):
        embeddings.register(EncoderSpec("tiny", "1", "text", 3, "1" * 64))


def test_vectors_are_replaced_whole(corpus: Corpus) -> None:
    encoder = embeddings.register(OTHER)
    rows = factories.items(corpus, 2)
    for value in (0.25, 0.5):
        embeddings.store_vectors(encoder, rows, np.full((2, 3), value, dtype=np.float16))
    vectors = ItemEmbedding.objects.filter(encoder=encoder).values_list("vector", flat=True)
    assert len(vectors) == 2
    assert list(embeddings.stale_items(corpus, encoder)) == []
    Item.objects.filter(pk=rows[0].pk).update(content_hash="f" * 64)
    assert list(embeddings.stale_items(corpus, encoder)) == [rows[0]]


@pytest.mark.parametrize("vectors", [np.zeros((1, 3)), np.zeros((2, 4)), np.full((2, 3), np.nan)])
def test_vectors_of_another_shape_or_not_finite_are_refused(corpus: Corpus, vectors: np.ndarray) -> None:
    encoder = embeddings.register(OTHER)
    with pytest.raises(BadInput, match="encoder tiny@1 gave vectors"):
        embeddings.store_vectors(encoder, factories.items(corpus, 2), vectors.astype(np.float16))
    assert not ItemEmbedding.objects.exists()


def test_the_partition_itself_refuses_another_dimension(corpus: Corpus) -> None:
    encoder = embeddings.register(OTHER)
    item = factories.items(corpus, 1)[0]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO attributes_itemembedding VALUES (%s, %s, '[1,2]', '')", [encoder.pk, item.pk])


def test_the_real_encoder_embeds_what_is_missing(corpus: Corpus) -> None:
    calm, calmer, loud = factories.items(corpus, 3)
    texts = {calm: "A quiet lake at dawn", calmer: "Still water in the morning", loud: "Stock market crash report"}
    for item, title in texts.items():
        Item.objects.filter(pk=item.pk).update(title=title, text="")
    told: list[tuple[int, int | None]] = []
    result = embeddings.embed(corpus=corpus, on_progress=lambda done, total: told.append((done, total)))
    assert (result.encoder, result.embedded, told) == ("minilm-l6-v2@1", 3, [(3, 3)])
    stored = ItemEmbedding.objects.filter(encoder__name=MINILM.name)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT near.vector <=> one.vector, far.vector <=> one.vector FROM attributes_itemembedding one, "
            "attributes_itemembedding near, attributes_itemembedding far "
            "WHERE one.item_id = %s AND near.item_id = %s AND far.item_id = %s",
            [calm.pk, calmer.pk, loud.pk],
        )
        near, far = cursor.fetchone()
    assert near < far - 0.2
    assert stored.count() == 3
    assert embeddings.embed(corpus=corpus).embedded == 0
