"""`manage.py calibrate` and `manage.py prevalence` on a corpus."""

import pytest

from attributes.models import Corpus
from llm_jobs.models import Calibration
from raters.models import RatingSet
from tests.labelhub import builders
from tests.llm_jobs.commands.calls import command

pytestmark = pytest.mark.django_db


@pytest.fixture
def rated(corpus: Corpus) -> RatingSet:
    made = builders.rated_set(corpus)
    builders.annotate(made, "good")
    builders.items_from(corpus, 100, 60)
    return made


def test_a_machine_is_calibrated_and_the_map_kept(rated: RatingSet) -> None:
    said = command("calibrate", "clips", "calming", "--annotator", "good")
    assert (said.code, said.out["machine"], said.out["chosen"], said.out["n"]) == (0, "good", "platt", 30)
    assert said.out["methods"]["platt"]["log_loss"]["value"] < said.out["methods"]["raw"]["log_loss"]["value"]
    assert said.out["views"][0]["methods"]["platt"]["ece_equal_mass"]["null_high"] > 0
    assert str(Calibration.objects.get().uid) == said.out["calibration"]
    assert command("calibrate", "clips", "calming").out == said.out


def test_too_few_is_a_refusal(corpus: Corpus) -> None:
    few = builders.rated_set(corpus, dev=12, test=0)
    builders.annotate(few, "good")
    said = command("calibrate", "clips", "calming")
    assert (said.code, said.out) == (3, {})
    assert said.err.startswith("refused: no calibrator: 12 items, 6 of them of the rarer label")
    assert Calibration.objects.count() == 0


@pytest.mark.parametrize("name", ["calibrate", "prevalence"])
def test_who_is_not_there_is_bad_input(rated: RatingSet, name: str) -> None:
    assert command(name, "clips", "calming", "--annotator", "nobody").code == 2
    assert command(name, "clips", "calming", "too much").code == 2
    assert command(name, "clips", "nothing").code == 2


def test_prevalence_of_a_corpus(rated: RatingSet) -> None:
    student = builders.student(rated)
    said = command("prevalence", "clips", "calming")
    assert said.code == 0
    assert said.out["golden"]["levels"][1]["value"] == pytest.approx(0.5)
    (machine,) = said.out["machines"]
    assert (machine["machine"], machine["n_golden"], machine["n_corpus"]) == (str(student), 30, 70)
    assert machine["levels"][1]["recommended"] == "golden"
    assert said.out["problems"] == ["good has labeled nothing but golden items: annotate a random part of the corpus"]
    assert command("prevalence", "clips", "calming", "--annotator", "good").code == 2
