from django.urls import path

from attributes.views import scaffold

app_name = "llm_jobs"
urlpatterns = [
    path("c/<slug:corpus>/runs/", scaffold.page, name="runs"),
    path("c/<slug:corpus>/runs/new/", scaffold.page, name="run_new"),
    path("c/<slug:corpus>/runs/<uuid:uid>/", scaffold.page, name="run"),
    path("c/<slug:corpus>/students/", scaffold.page, name="students"),
    path("c/<slug:corpus>/students/new/", scaffold.page, name="student_new"),
    path("c/<slug:corpus>/students/<uuid:uid>/", scaffold.page, name="student"),
]
