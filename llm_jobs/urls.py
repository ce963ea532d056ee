from django.urls import path

from .views import run_form, run_items, runs, student_actions, students

app_name = "llm_jobs"
RUN = "c/<slug:corpus>/runs/<uuid:uid>/"
STUDENT = "c/<slug:corpus>/students/<uuid:uid>/"
urlpatterns = [
    path("c/<slug:corpus>/runs/", runs.index, name="runs"),
    path("c/<slug:corpus>/runs/new/", run_form.new, name="run_new"),
    path("c/<slug:corpus>/runs/new/estimate/", run_form.estimate, name="run_estimate"),
    path(RUN, runs.detail, name="run"),
    path(f"{RUN}live/", runs.live, name="run_live"),
    path(f"{RUN}pause/", runs.pause, name="run_pause"),
    path(f"{RUN}resume/", runs.resume, name="run_resume"),
    path(f"{RUN}cancel/", runs.cancel, name="run_cancel"),
    path(f"{RUN}retry/", runs.retry, name="run_retry"),
    path(f"{RUN}budget/", runs.budget, name="run_budget"),
    path(f"{RUN}items/", run_items.index, name="run_items"),
    path(f"{RUN}items/shown/", run_items.shown, name="run_items_shown"),
    path(f"{RUN}items/<int:pk>/sent/", run_items.sent, name="run_sent"),
    path(f"{RUN}items/<int:pk>/answer/", run_items.answer, name="run_answer"),
    path("c/<slug:corpus>/students/", students.index, name="students"),
    path("c/<slug:corpus>/students/new/", students.new, name="student_new"),
    path("c/<slug:corpus>/students/jobs/", students.jobs, name="student_jobs"),
    path("c/<slug:corpus>/students/unscored/", students.unscored, name="unscored"),
    path(STUDENT, students.detail, name="student"),
    path(f"{STUDENT}score/", student_actions.score, name="student_score"),
    path(f"{STUDENT}compare/", student_actions.compare, name="student_compare"),
    path(f"{STUDENT}publish/", student_actions.publish, name="student_publish"),
]
