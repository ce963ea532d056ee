from attributes.models import Corpus, ItemEmbedding
from tests import factories

from .conftest import Run


def test_it_embeds_what_is_missing(corpus: Corpus, run: Run) -> None:
    factories.items(corpus, 2)
    code, result, _ = run("embed", "clips")
    assert result is not None
    seconds = result.pop("seconds")
    assert (code, result) == (0, {"encoder": "minilm-l6-v2@1", "embedded": 2})
    assert seconds > 0
    assert ItemEmbedding.objects.count() == 2


def test_a_corpus_that_is_not_there(corpus: Corpus, run: Run) -> None:
    assert run("embed", "films")[0] == 2
