"""Editing a draft: saved by compare-and-set, previewed as raters see it, published with a note."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from labelhub.lib.errors import BadInput, Refused

from ..domain import access, definitions, diffs
from ..forms.definitions import DefinitionForm, PublishForm
from ..models import AuditEvent, Definition
from ..schema import DefinitionSpec
from .access import CorpusRequest, corpus_view
from .definitions import find
from .shared import said


@corpus_view(access.EDIT, methods=("POST",))
def start(request: CorpusRequest, attribute: str) -> HttpResponse:
    """Open the attribute's draft, made from the version in force where there is none."""
    try:
        target = definitions.get_attribute(request.corpus, attribute)
    except BadInput as error:
        raise Http404(str(error)) from None
    try:
        draft = definitions.start_draft(attribute=target, actor=request.user)
    except BadInput as error:
        messages.error(request, said(error))
        return redirect("attributes:attributes", request.corpus.slug)
    return _to("definition_edit", draft)


@corpus_view(access.EDIT)
def edit(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    draft = find(request, attribute, uid)
    if draft.state != Definition.State.DRAFT:
        messages.info(request, f"{draft.attribute.name} {draft.name} cannot change any more.")
        return _to("definition", draft)
    return _page(request, draft, DefinitionForm(spec=draft.parsed(), slug=attribute))


@corpus_view(access.EDIT, methods=("POST",))
def save(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """Save what the form says, unless somebody saved in between: then both are shown."""
    draft = find(request, attribute, uid)
    if problem := _save(request, draft):
        return problem
    messages.success(request, "The draft is saved.")
    return _to("definition_edit", draft)


def _save(request: CorpusRequest, draft: Definition) -> HttpResponse | None:
    """Save what the screen shows; the page that says why where it cannot be saved."""
    form = DefinitionForm(request.POST, slug=draft.attribute.slug)
    if not form.is_valid() or form.spec is None:
        return _faulty(request, draft, form)
    try:
        definitions.save_draft(
            corpus=request.corpus, spec=form.spec, author=request.user, draft=draft, revision=_revision(request)
        )
    except definitions.Conflict as conflict:
        return _conflict(request, conflict.current, form, form.spec)
    except definitions.MissingExample as error:
        form.show_missing(error)
        return _faulty(request, draft, form)
    return None


def _faulty(request: CorpusRequest, draft: Definition, form: DefinitionForm) -> HttpResponse:
    messages.error(request, "Not saved: look at the marked fields.")
    return _page(request, draft, form, status=422)


def _conflict(request: CorpusRequest, current: Definition, form: DefinitionForm, mine: DefinitionSpec) -> HttpResponse:
    """409: what the other says against what this person wrote, which stays in the form and can be saved over it."""
    if current.state != Definition.State.DRAFT:
        messages.error(request, f"Somebody published this draft as {current.name} in the meantime; it was not saved.")
        return _to("definition", current)
    latest = AuditEvent.objects.filter(
        object_type=current._meta.label_lower, object_id=str(current.uid), verb="draft_saved"
    )
    event = latest.select_related("actor").order_by("-pk").first()
    sections = [section for section in diffs.definitions(current.parsed(), mine) if section.changed]
    other = event.actor if event else None
    return _page(request, current, form, status=409, conflict={"by": other, "sections": sections})


@corpus_view(access.EDIT, methods=("POST",))
def preview(request: CorpusRequest) -> HttpResponse:
    """What the form says, as raters will see it; 204, which keeps the preview as it is, while it says nothing whole."""
    form = DefinitionForm(request.POST, slug="preview")
    if not form.is_valid():
        return HttpResponse(status=204)
    return render(request, "attributes/definition_preview.html", {"spec": form.spec})


@corpus_view(access.EDIT, methods=("POST",))
def publish(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """Save what the screen shows and publish exactly that: words typed a moment ago are never left behind."""
    draft = find(request, attribute, uid)
    form = PublishForm(request.POST)
    if problem := _save(request, draft):
        return problem
    if not form.is_valid():
        messages.error(request, "The draft is saved but not published: say in the note what changed.")
        return _to("definition_edit", draft)
    try:
        published = definitions.publish(
            draft=draft, actor=request.user, note=form.cleaned_data["note"], revision=draft.revision
        )
    except (BadInput, Refused) as error:
        messages.error(request, f"The draft is saved but not published. {said(error)}")
        return _to("definition_edit", draft)
    messages.success(request, f"{published.attribute.name} {published.name} is published.")
    return _to("definition", published)


@corpus_view(access.EDIT, methods=("POST",))
def make_candidate(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """Save what the screen shows and freeze it, so that a run can try it."""
    draft = find(request, attribute, uid)
    if problem := _save(request, draft):
        return problem
    try:
        candidate = definitions.make_candidate(draft=draft, actor=request.user)
    except (BadInput, Refused) as error:
        messages.error(request, said(error))
        return _to("definition_edit", draft)
    messages.success(
        request, "What the page says is saved and frozen as a candidate: runs can try it before it counts."
    )
    return _to("definition", candidate)


@corpus_view(access.EDIT, methods=("POST",))
def discard(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    draft = find(request, attribute, uid)
    try:
        definitions.discard_draft(draft=draft, actor=request.user)
    except Refused as error:
        messages.error(request, said(error))
        return _to("definition", draft)
    messages.success(request, f"The draft of {draft.attribute.name} is thrown away.")
    return redirect("attributes:attributes", request.corpus.slug)


@corpus_view(access.EDIT, methods=("POST",))
def retire(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    definition = find(request, attribute, uid)
    try:
        definitions.retire(definition=definition, actor=request.user)
    except Refused as error:
        messages.error(request, said(error))
    else:
        in_force = definitions.latest_published(definition.attribute)
        messages.success(request, f"{definition.name} is retired; {in_force.name} is in force.")
    return _to("definition", definition)


def _revision(request: CorpusRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page(
    request: CorpusRequest,
    draft: Definition,
    form: DefinitionForm,
    status: int = 200,
    conflict: dict[str, object] | None = None,
) -> HttpResponse:
    context = {
        "draft": draft,
        "attribute": draft.attribute,
        "form": form,
        "spec": form.spec or draft.parsed(),
        "conflict": conflict,
        "publish": PublishForm(),
    }
    return render(request, "attributes/definition_edit.html", context, status=status)


def _to(name: str, definition: Definition) -> HttpResponseRedirect:
    attribute = definition.attribute
    return redirect(f"attributes:{name}", attribute.corpus.slug, attribute.slug, definition.uid)
