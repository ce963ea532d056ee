"""The demo's whole loop, made as `make run` makes it the first time. The one slow test of the suite: it is the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.demo.people import LOGINS, logins_file, read_logins
from labelhub.demo.seed import seed
from labelhub.lib.errors import Refused
from llm_jobs.domain import evaluations
from llm_jobs.models import Publication, Score
from raters.domain import sets
from raters.models import Rating, RatingSet


@pytest.fixture
def demo(transactional_db: None, own_data: Path) -> Corpus:
    return seed(lambda said: None)


def test_the_whole_loop_stands(demo: Corpus) -> None:
    assert {a.slug for a in demo.attributes.all()} == {"calming", "energetic", "authentic"}
    assert demo.items.filter(media__state="ready").count() == demo.items.count() > 200
    states = RatingSet.objects.values_list("name", "state")
    assert {name: state for name, state in states if state != "frozen"} == {
        "For you to rate": "open", "What calming means": "open",
    }  # fmt: skip
    assert set(Rating.objects.values_list("source", flat=True)) == {Rating.Source.SIMULATED}
    assert not User.objects.filter(ratings__isnull=False, is_simulated=False).exists()
    assert Publication.objects.filter(retired_at=None).count() == 3
    assert Score.objects.count() == demo.items.count()

    # Labels come from hidden briefs, not from the words of the definition: the local annotator stands below the raters.
    golden = sets.get_set(demo.attributes.get(slug="authentic"))
    (local,) = (row for row in evaluations.evaluate(rating_set=golden).result["annotators"] if row["name"] == "local")
    assert local["vs_pooled"]["high"] < 0

    assert set(read_logins()) == set(LOGINS)
    assert logins_file().stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="exists already"):
        seed(lambda said: None)
