"""The list of attributes, and the ways to a new one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from labelhub.lib import pages
from labelhub.lib.errors import BadInput, Refused

from ..domain import access, definitions
from ..forms.definitions import DefinitionFileForm, DefinitionForm
from ..models import Attribute
from ..queries.definitions import with_versions
from .access import CorpusRequest, corpus_view
from .shared import listed, said


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    """What is judged in this corpus, and how far each definition is."""
    attributes = with_versions(request.corpus)
    context = {
        "page": listed(request, attributes),
        "total": pages.bounded_count(Attribute.objects.filter(corpus=request.corpus)),
        "drafts": Attribute.objects.filter(corpus=request.corpus, definitions__state="draft").distinct().count(),
        "can_edit": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "attributes/attributes.html", context)


@corpus_view(access.EDIT)
def new(request: CorpusRequest) -> HttpResponse:
    """An empty definition."""
    return _new_page(request, DefinitionForm())


@corpus_view(access.EDIT, methods=("POST",))
def create(request: CorpusRequest) -> HttpResponse:
    """Make the attribute with its first draft."""
    form = DefinitionForm(request.POST)
    if not form.is_valid() or form.spec is None:
        return _new_page(request, form, status=422)
    if Attribute.objects.filter(corpus=request.corpus, slug=form.spec.attribute).exists():
        form.basics.add_error("attribute", "This corpus has an attribute of that name: edit its definition instead.")
        return _new_page(request, form, status=422)
    try:
        draft = definitions.save_draft(corpus=request.corpus, spec=form.spec, author=request.user)
    except definitions.MissingExample as error:
        form.show_missing(error)
        return _new_page(request, form, status=422)
    except BadInput as error:
        form.basics.add_error("attribute", said(error))
        return _new_page(request, form, status=422)
    messages.success(request, f"{draft.attribute.name} has a draft. Publish it when it says what you mean.")
    return redirect("attributes:definition_edit", request.corpus.slug, draft.attribute.slug, draft.uid)


def _new_page(request: CorpusRequest, form: DefinitionForm, status: int = 200) -> HttpResponse:
    return render(request, "attributes/attribute_new.html", {"form": form}, status=status)


@corpus_view(access.EDIT)
def file(request: CorpusRequest) -> HttpResponse:
    """Choose a definition's file."""
    return _file_page(request, DefinitionFileForm())


@corpus_view(access.EDIT, methods=("POST",))
def take_file(request: CorpusRequest) -> HttpResponse:
    """Make a draft of the file's definition, to be looked over and published."""
    form = DefinitionFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file_page(request, form, status=422)
    try:
        spec = definitions.read_spec(form.content())
        draft = definitions.save_draft(corpus=request.corpus, spec=spec, author=request.user)
    except (BadInput, Refused) as error:
        form.add_error("file", said(error, form.cleaned_data["file"].name))
        return _file_page(request, form, status=422)
    messages.success(request, f"{form.cleaned_data['file'].name} is a draft of {draft.attribute.name} now.")
    return redirect("attributes:definition_edit", request.corpus.slug, draft.attribute.slug, draft.uid)


def _file_page(request: CorpusRequest, form: DefinitionFileForm, status: int = 200) -> HttpResponse:
    return render(request, "attributes/attribute_file.html", {"form": form}, status=status)
