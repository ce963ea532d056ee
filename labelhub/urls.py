from django.urls import include, path

urlpatterns = [
    path("", include("raters.urls")),  # first: an answer comes far more often than anything else
    path("accounts/", include("allauth.urls")),
    path("", include("attributes.urls")),
    path("", include("llm_jobs.urls")),
    path("", include("labelhub.reports.urls")),
    path("", include("labelhub.workbench.urls")),
]
