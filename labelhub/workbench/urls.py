from django.urls import path

from .views import attribute, sampling

app_name = "workbench"
NEW_SET = "c/<slug:corpus>/golden-sets/new/"
urlpatterns = [
    path(NEW_SET, sampling.new, name="set_new"),
    path(f"{NEW_SET}preview/", sampling.preview, name="set_preview"),
    path(f"{NEW_SET}go-by/", sampling.go_by, name="set_go_by"),
    path("c/<slug:corpus>/attributes/<slug:attribute>/", attribute.page, name="attribute"),
]
