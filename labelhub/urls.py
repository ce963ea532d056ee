from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("attributes.urls")),
    path("", include("raters.urls")),
    path("", include("llm_jobs.urls")),
    path("", include("labelhub.reports.urls")),
    path("", include("labelhub.workbench.urls")),
]
