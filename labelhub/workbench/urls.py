from django.urls import path

from attributes.views import scaffold

app_name = "workbench"
urlpatterns = [
    path("c/<slug:corpus>/attributes/<slug:attribute>/", scaffold.page, name="attribute"),
]
