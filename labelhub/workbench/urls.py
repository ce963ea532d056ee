from django.urls import path

from .views import attribute

app_name = "workbench"
urlpatterns = [
    path("c/<slug:corpus>/attributes/<slug:attribute>/", attribute.page, name="attribute"),
]
