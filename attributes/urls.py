from django.urls import path

from .views import attributes, definitions, drafts, home, imports, invites, items, jobs, media, people

app_name = "attributes"
CORPUS = "c/<slug:corpus>"
ATTRIBUTE = f"{CORPUS}/attributes/<slug:attribute>"
DEFINITION = f"{ATTRIBUTE}/definitions/<uuid:uid>"
ITEM = f"{CORPUS}/corpus/items/<int:pk>"
MEMBER = f"{CORPUS}/people/<uuid:uid>"

urlpatterns = [
    path("", home.start, name="start"),
    path(f"{CORPUS}/", home.home, name="home"),
    # What is judged. `new` and `import` are no attributes' names, see domain.definitions.RESERVED.
    path(f"{CORPUS}/attributes/", attributes.index, name="attributes"),
    path(f"{CORPUS}/attributes/new/", attributes.new, name="attribute_new"),
    path(f"{CORPUS}/attributes/new/save/", attributes.create, name="attribute_create"),
    path(f"{CORPUS}/attributes/import/", attributes.file, name="definition_import"),
    path(f"{CORPUS}/attributes/import/upload/", attributes.take_file, name="definition_upload"),
    path(f"{CORPUS}/definitions/preview/", drafts.preview, name="definition_preview"),
    path(f"{ATTRIBUTE}/draft/", drafts.start, name="draft_start"),
    path(f"{DEFINITION}/", definitions.show, name="definition"),
    path(f"{DEFINITION}/diff/", definitions.compare, name="definition_diff"),
    path(f"{DEFINITION}/export/", definitions.export, name="definition_export"),
    path(f"{DEFINITION}/edit/", drafts.edit, name="definition_edit"),
    path(f"{DEFINITION}/save/", drafts.save, name="definition_save"),
    path(f"{DEFINITION}/publish/", drafts.publish, name="definition_publish"),
    path(f"{DEFINITION}/candidate/", drafts.make_candidate, name="definition_candidate"),
    path(f"{DEFINITION}/retire/", drafts.retire, name="definition_retire"),
    path(f"{DEFINITION}/discard/", drafts.discard, name="definition_discard"),
    # The items
    path(f"{CORPUS}/corpus/", items.index, name="items"),
    path(f"{ITEM}/", items.show, name="item"),
    path(f"{ITEM}/frames/", items.cut_frames, name="item_frames"),
    path(f"{ITEM}/remove/", items.remove, name="item_remove"),
    path(f"{ITEM}/restore/", items.restore, name="item_restore"),
    path(f"{CORPUS}/corpus/import/", imports.new, name="import"),
    path(f"{CORPUS}/corpus/import/upload/", imports.upload, name="import_upload"),
    path(f"{CORPUS}/corpus/import/<uuid:uid>/", imports.mapping, name="import_map"),
    path(f"{CORPUS}/corpus/import/<uuid:uid>/start/", imports.start, name="import_start"),
    path(f"{CORPUS}/media/<uuid:uid>/", media.file, name="media"),
    path(f"{CORPUS}/media/<uuid:uid>/thumbnail/", media.thumbnail, name="thumbnail"),
    path(f"{CORPUS}/media/<uuid:uid>/frames/<int:number>/", media.frame, name="frame"),
    # Background work
    path(f"{CORPUS}/jobs/", jobs.index, name="jobs"),
    path(f"{CORPUS}/jobs/embed/", jobs.embed, name="embed"),
    path(f"{CORPUS}/jobs/<uuid:uid>/", jobs.show, name="job"),
    path(f"{CORPUS}/jobs/<uuid:uid>/cancel/", jobs.cancel, name="job_cancel"),
    # The people
    path(f"{CORPUS}/people/", people.index, name="people"),
    path(f"{CORPUS}/people/log/", people.log, name="log"),
    path(f"{CORPUS}/people/invite/", people.invite, name="invite_new"),
    path(f"{CORPUS}/people/invites/<uuid:uid>/withdraw/", people.withdraw, name="invite_withdraw"),
    path(f"{MEMBER}/grant/", people.grant, name="member_grant"),
    path(f"{MEMBER}/revoke/", people.revoke, name="member_revoke"),
    path(f"{MEMBER}/disable/", people.disable, name="member_disable"),
    path("invite/<str:token>/", invites.show, name="invite"),
    path("invite/<str:token>/accept/", invites.accept, name="invite_accept"),
    path("invite/<str:token>/join/", invites.join, name="invite_join"),
]
