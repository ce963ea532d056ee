from django.urls import path

from attributes.views import scaffold

app_name = "reports"
urlpatterns = [
    path("c/<slug:corpus>/reports/", scaffold.page, name="index"),
    path("c/<slug:corpus>/reports/agreement/<uuid:uid>/", scaffold.page, name="agreement"),
    path("c/<slug:corpus>/reports/evaluations/new/", scaffold.page, name="evaluate"),
    path("c/<slug:corpus>/reports/evaluations/<uuid:uid>/", scaffold.page, name="evaluation"),
    path("c/<slug:corpus>/reports/students/<uuid:uid>/", scaffold.page, name="student"),
    path("c/<slug:corpus>/reports/prevalence/<slug:attribute>/", scaffold.page, name="prevalence"),
]
