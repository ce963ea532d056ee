from django.urls import path

from .views import (
    across,
    agreement,
    alt_tests,
    calibration,
    cases,
    cells,
    evaluations,
    index,
    prevalence,
    scores,
    students,
    work,
)

app_name = "reports"
ROOT = "c/<slug:corpus>/reports/"
AGREEMENT = ROOT + "agreement/<uuid:uid>/"
EVALUATION = ROOT + "evaluations/<uuid:uid>/"
ATTRIBUTES = ROOT + "attributes/"
ALT_TEST = ROOT + "alt-tests/<uuid:uid>/"
STUDENT = ROOT + "students/<uuid:uid>/"
CALIBRATION = ROOT + "calibration/<uuid:uid>/"
PREVALENCE = ROOT + "prevalence/<slug:attribute>/"

urlpatterns = [
    path(ROOT, index.index, name="index"),
    path(ROOT + "refresh/", index.refresh, name="refresh"),
    path(ROOT + "work/<uuid:uid>/", work.page, name="work"),
    path(AGREEMENT, agreement.page, name="agreement"),
    path(AGREEMENT + "compute/", agreement.compute, name="agreement_compute"),
    path(AGREEMENT + "at/<uuid:snapshot>/", agreement.snapshot, name="agreement_snapshot"),
    path(AGREEMENT + "at/<uuid:snapshot>/<slug:chart>.csv", agreement.chart_csv, name="agreement_csv"),
    path(AGREEMENT + "items/", cases.disputed, name="disputed"),
    path(AGREEMENT + "items/open/", cases.open_disputed, name="disputed_open"),
    path(ROOT + "evaluations/new/", evaluations.new, name="evaluate"),
    path(EVALUATION, evaluations.page, name="evaluation"),
    path(EVALUATION + "<slug:chart>.csv", evaluations.chart_csv, name="evaluation_csv"),
    path(EVALUATION + "items/", cases.differing, name="differing"),
    path(EVALUATION + "items/open/", cases.open_differing, name="differing_open"),
    path(EVALUATION + "cell/", cells.page, name="cell"),
    path(EVALUATION + "cell/open/", cells.open_, name="cell_open"),
    path(ROOT + "sets/<uuid:uid>/alt-test/", alt_tests.new, name="alt_test_new"),
    path(ALT_TEST, alt_tests.page, name="alt_test"),
    path(ALT_TEST + "<slug:chart>.csv", alt_tests.chart_csv, name="alt_test_csv"),
    path(ATTRIBUTES, across.page, name="attributes"),
    path(ATTRIBUTES + "compute/", across.compute, name="attributes_compute"),
    path(ATTRIBUTES + "at/<uuid:uid>/", across.snapshot, name="attributes_snapshot"),
    path(ATTRIBUTES + "at/<uuid:uid>/<slug:chart>.csv", across.chart_csv, name="attributes_csv"),
    path(STUDENT, students.page, name="student"),
    path(STUDENT + "evaluate/", students.evaluate, name="student_evaluate"),
    path(STUDENT + "<slug:chart>.csv", students.chart_csv, name="student_csv"),
    path(ROOT + "scores/<slug:attribute>/", scores.page, name="scores"),
    path(ROOT + "scores/<slug:attribute>/rows/", scores.rows, name="scores_rows"),
    path(ROOT + "scores/<slug:attribute>/scores.csv", scores.download, name="scores_csv"),
    path(CALIBRATION, calibration.page, name="calibration"),
    path(CALIBRATION + "compute/", calibration.compute, name="calibration_compute"),
    path(CALIBRATION + "at/<uuid:snapshot>/", calibration.snapshot, name="calibration_snapshot"),
    path(CALIBRATION + "at/<uuid:snapshot>/<slug:chart>.csv", calibration.chart_csv, name="calibration_csv"),
    path(CALIBRATION + "wrong/", calibration.surely_wrong, name="surely_wrong"),
    path(CALIBRATION + "wrong/open/", calibration.open_surely_wrong, name="surely_wrong_open"),
    path(PREVALENCE, prevalence.page, name="prevalence"),
    path(PREVALENCE + "compute/", prevalence.compute, name="prevalence_compute"),
    path(PREVALENCE + "extremes/", prevalence.extremes, name="prevalence_extremes"),
    path(PREVALENCE + "at/<uuid:snapshot>/", prevalence.snapshot, name="prevalence_snapshot"),
    path(PREVALENCE + "at/<uuid:snapshot>/<slug:chart>.csv", prevalence.chart_csv, name="prevalence_csv"),
]
