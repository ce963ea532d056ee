from django.urls import path

from .views import adjudication, queue, rating, set_pages, set_states, sets

app_name = "raters"
SETS, SET, RATE = "c/<slug:corpus>/golden-sets/", "c/<slug:corpus>/golden-sets/<uuid:uid>/", "c/<slug:corpus>/rate/"
urlpatterns = [
    path(SETS, sets.index, name="sets"),
    path(f"{SETS}new/", sets.new, name="set_new"),
    path(SET, set_pages.progress, name="set"),
    path(f"{SET}items/", set_pages.items, name="set_items"),
    path(f"{SET}agreement/", set_pages.agreement, name="set_agreement"),
    path(f"{SET}agreement/figures/", set_pages.figures, name="set_figures"),
    path(f"{SET}agreement/alpha/", sets.alpha, name="set_alpha"),
    path(f"{SET}design/", set_pages.design, name="set_design"),
    path(f"{SET}open/", set_states.open_set, name="set_open"),
    path(f"{SET}discard/", set_states.discard, name="set_discard"),
    path(f"{SET}close/", set_states.close, name="set_close"),
    path(f"{SET}reopen/", set_states.reopen, name="set_reopen"),
    path(f"{SET}freeze/", set_states.freeze, name="set_freeze"),
    path(f"{SET}unseal/", set_states.unseal, name="set_unseal"),
    path(f"{SET}flags/<int:pk>/resolve/", set_states.resolve_flag, name="flag_resolve"),
    path(f"{SET}adjudicate/", adjudication.page, name="adjudicate"),
    path(f"{SET}adjudicate/case/", adjudication.case, name="adjudicate_case"),
    path(f"{SET}adjudicate/decide/", adjudication.decide, name="adjudicate_decide"),
    path(RATE, queue.index, name="queue"),
    path(f"{RATE}<uuid:uid>/", rating.page, name="rate"),
    path(f"{RATE}<uuid:uid>/claim/", rating.claim, name="rate_claim"),
    path(f"{RATE}<uuid:uid>/submit/", rating.submit, name="rate_submit"),
    path(f"{RATE}<uuid:uid>/skip/", rating.skip, name="rate_skip"),
    path(f"{RATE}<uuid:uid>/revisit/", rating.revisit, name="rate_revisit"),
    path(f"{RATE}<uuid:uid>/draft/", rating.draft, name="rate_draft"),
    path(f"{RATE}<uuid:uid>/flag/", rating.flag, name="rate_flag"),
    path(f"{RATE}<uuid:uid>/release/", rating.release, name="rate_release"),
]
