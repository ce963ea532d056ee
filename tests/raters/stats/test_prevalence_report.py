import numpy as np

from raters.stats.prevalence_report import prevalence_report
from raters.stats.rectified import Labelled
from tests.raters.stats.test_rectified import CORPUS, GOLD, MACHINE, WORKED


def test_every_estimator_stands_beside_the_others() -> None:
    found = prevalence_report(WORKED)
    assert set(found) == {
        "golden", "rogan_gladen", "ppi", "ppi_plus_plus", "model", "recommended", "n_golden", "n_corpus", "n_tuning",
    }  # fmt: skip
    assert found["golden"]["value"] == 0.3
    assert (found["model"]["value"], found["model"]["low"]) == ((70 + 1900) / 5200, None)
    assert (found["recommended"], found["n_golden"], found["n_corpus"]) == ("ppi_plus_plus", 200, 5000)


def test_probabilities_give_a_second_estimate() -> None:
    probability = Labelled(GOLD, MACHINE * 0.8 + 0.1, CORPUS * 0.8 + 0.1)
    found = prevalence_report(WORKED, probabilities=probability)
    assert found["ppi_plus_plus_probability"]["low"] is not None


def test_few_golden_items_are_read_alone() -> None:
    found = prevalence_report(Labelled(GOLD[::5], MACHINE[::5], CORPUS))
    assert found["recommended"] == "golden"
    assert found["golden"]["low"] is not None


def test_tuning_items_are_left_out_and_counted() -> None:
    found = prevalence_report(WORKED, tuning=np.arange(200) < 60)
    assert (found["n_tuning"], found["n_golden"], found["golden"]["value"]) == (60, 140, 0.0)


def test_golden_items_without_a_label_of_the_model_count_as_gold() -> None:
    more = Labelled(np.ones(100, dtype=bool), np.zeros(100), np.zeros(0))
    found = prevalence_report(WORKED, gold_only=more)
    assert (found["n_golden"], found["ppi"]["n"]) == (300, 200)
    assert found["golden"]["value"] == 160 / 300
