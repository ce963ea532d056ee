from django.urls import path

from .views import home, scaffold

app_name = "attributes"
urlpatterns = [
    path("", home.start, name="start"),
    path("c/<slug:corpus>/", home.home, name="home"),
    path("c/<slug:corpus>/attributes/", scaffold.page, name="attributes"),
    path("c/<slug:corpus>/attributes/new/", scaffold.page, name="attribute_new"),
    path("c/<slug:corpus>/attributes/<slug:attribute>/definitions/<uuid:uid>/", scaffold.page, name="definition"),
    path("c/<slug:corpus>/corpus/", scaffold.page, name="items"),
    path("c/<slug:corpus>/corpus/items/<int:pk>/", scaffold.page, name="item"),
    path("c/<slug:corpus>/corpus/import/", scaffold.page, name="import"),
    path("c/<slug:corpus>/media/<uuid:uid>/", scaffold.page, name="media"),
    path("c/<slug:corpus>/media/<uuid:uid>/thumbnail/", scaffold.page, name="thumbnail"),
    path("c/<slug:corpus>/jobs/<uuid:uid>/", scaffold.page, name="job"),
    path("c/<slug:corpus>/people/", scaffold.page, name="people"),
    path("invite/<str:token>/", scaffold.page, name="invite"),
]
