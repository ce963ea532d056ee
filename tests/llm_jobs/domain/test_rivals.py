import numpy as np
import pytest

from attributes.schema import Level
from llm_jobs.domain import rivals
from raters.stats.references import leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings

LEVELS = [Level(key="no", label="No"), Level(key="yes", label="Yes")]
TRUTH = (np.arange(40) % 4 != 0).astype(np.int64)
REFERENCE = leave_one_out_reference(Ratings.from_matrix(np.column_stack([TRUTH, TRUTH]), q=2))


def test_constants_and_students() -> None:
    codes = {"m": TRUTH, "always": np.ones(40, dtype=np.int64), "student": TRUTH}
    found = rivals.figures(REFERENCE, codes, {"student"}, LEVELS, Marking("binary", 1, replicates=400))
    assert found["baseline"]["name"] == "always “Yes”"
    assert found["baseline"]["f1"]["value"] == pytest.approx(2 * 0.75 / 1.75)
    assert found["vs_baseline"]["m"]["low"] > 0
    assert found["vs_baseline"]["always"]["difference"] == 0
    assert [(one["name"], one["rival"]) for one in found["duels"]] == [
        ("student", "m"),
        ("student", "always"),
        ("m", "always"),
    ]
