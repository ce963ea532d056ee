"""Import on pages: send a file, say which column is what, watch the job."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from labelhub.lib import tables
from labelhub.lib.errors import BadInput

from .. import tasks
from ..domain import access, uploads
from ..forms.imports import MappingForm, UploadForm
from ..models import Upload
from .access import CorpusRequest, corpus_view
from .shared import said


@corpus_view(access.EDIT)
def new(request: CorpusRequest) -> HttpResponse:
    """Choose a file."""
    return _upload_page(request, UploadForm())


@corpus_view(access.EDIT, methods=("POST",))
def upload(request: CorpusRequest) -> HttpResponse:
    """Keep the file and go on to its columns."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        kept = uploads.receive(
            corpus=request.corpus, actor=request.user, name=sent.name, size=sent.size, chunks=sent.chunks()
        )
    except BadInput as error:
        form.add_error("file", said(error, sent.name))
        return _upload_page(request, form, status=422)
    return redirect("attributes:import_map", request.corpus.slug, kept.uid)


def _upload_page(request: CorpusRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "max_mb": settings.UPLOAD_MAX_MB, "suffixes": ",".join(tables.SUFFIXES)}
    return render(request, "attributes/import.html", context, status=status)


@corpus_view(access.EDIT)
def mapping(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Which column is what, guessed, beside the first rows."""
    kept = _upload(request, uid)
    preview = uploads.preview(kept)
    return _mapping_page(request, kept, preview, MappingForm(columns=preview.columns))


@corpus_view(access.EDIT, methods=("POST",))
def start(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Begin the import and show its job."""
    kept = _upload(request, uid)
    preview = uploads.preview(kept)
    form = MappingForm(request.POST, columns=preview.columns)
    if not form.is_valid():
        return _mapping_page(request, kept, preview, form, status=422)
    job = uploads.start_import(upload=kept, columns=form.columns(), actor=request.user)
    tasks.ring(job)
    return redirect("attributes:job", request.corpus.slug, job.uid)


def _mapping_page(
    request: CorpusRequest, kept: Upload, preview: tables.Preview, form: MappingForm, status: int = 200
) -> HttpResponse:
    context = {"upload": kept, "preview": preview, "form": form}
    return render(request, "attributes/import_map.html", context, status=status)


def _upload(request: CorpusRequest, uid: uuid.UUID) -> Upload:
    kept = uploads.find(corpus=request.corpus, uid=uid, actor=request.user)
    if kept is None:
        raise Http404("no such upload: it was imported, or thrown away after a day")
    return kept
