from django.urls import path

from attributes.views import scaffold

app_name = "raters"
urlpatterns = [
    path("c/<slug:corpus>/golden-sets/", scaffold.page, name="sets"),
    path("c/<slug:corpus>/golden-sets/new/", scaffold.page, name="set_new"),
    path("c/<slug:corpus>/golden-sets/<uuid:uid>/", scaffold.page, name="set"),
    path("c/<slug:corpus>/golden-sets/<uuid:uid>/adjudicate/", scaffold.page, name="adjudicate"),
    path("c/<slug:corpus>/rate/", scaffold.page, name="queue"),
    path("c/<slug:corpus>/rate/<uuid:uid>/", scaffold.page, name="rate"),
]
