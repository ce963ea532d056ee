import numpy as np

from llm_jobs.domain.confusions import matrices
from raters.stats.leave_one_out import POOLED, leave_one_out
from raters.stats.references import leave_one_out_reference
from raters.stats.types import Ratings

RATINGS = Ratings.from_matrix([[0, 0, 1], [1, 1, 1], [0, 1, np.nan], [1, np.nan, np.nan]], q=2)
LABELS = {"machine": np.array([0, 1, -1, 1])}


def test_pairs_add_up_to_those_of_the_evaluation() -> None:
    found = matrices(leave_one_out_reference(RATINGS), LABELS)
    scored = leave_one_out(RATINGS, LABELS, scale="binary", positive=1, replicates=0)
    assert np.sum(found[POOLED]) == scored.pooled_raters.n_pairs
    assert np.sum(found["machine"]) == scored.annotators[0].n_pairs


def test_its_f1_is_that_of_the_evaluation() -> None:
    matrix = matrices(leave_one_out_reference(RATINGS), LABELS)["machine"]
    scored = leave_one_out(RATINGS, LABELS, scale="binary", positive=1, replicates=0)
    f1 = 2 * matrix[1][1] / (2 * matrix[1][1] + matrix[0][1] + matrix[1][0])
    assert scored.annotators[0].f1.value == f1
