"""Files that people send to be imported: kept under a name of our own until the import has ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.errors import BadInput

from ..models import Corpus, Job, Upload
from . import audit, imports, jobs

PREVIEW_ROWS = 20
KEPT = dt.timedelta(days=1)  # an upload whose mapping was never finished


def root() -> Path:
    return Path(settings.UPLOAD_ROOT)


def file_of(upload: Upload) -> Path:
    return root() / upload.path


def check(name: str, size: int) -> None:
    """`BadInput` for a file that will not be taken."""
    if Path(name).suffix.lower() not in tables.SUFFIXES:
        raise BadInput(f"{name}: the name must end in {', '.join(tables.SUFFIXES)}")
    if size > settings.UPLOAD_MAX_MB * 2**20:
        raise BadInput(
            f"{name}: {size / 2**20:,.0f} MB, the limit is {settings.UPLOAD_MAX_MB:,} MB. "
            "An operator can import larger files with `manage.py import_corpus`."
        )


def receive(*, corpus: Corpus, actor: User, name: str, size: int, chunks: Iterable[bytes]) -> Upload:
    """Keep a file that came in; `BadInput` when its columns cannot be read, and then nothing is kept."""
    check(name, size)
    uid = uuid.uuid4()
    path = root() / f"{uid.hex}{Path(name).suffix.lower()}"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        _require_rows(path, name)
        with transaction.atomic():
            upload = Upload.objects.create(
                uid=uid, corpus=corpus, created_by=actor, name=name[:200], path=path.name, size=size
            )
            audit.record(actor=actor, corpus=corpus, verb="file_uploaded", target=upload, name=upload.name, size=size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def _require_rows(path: Path, name: str) -> None:
    try:
        if not tables.preview(path, rows=PREVIEW_ROWS).rows:
            raise BadInput(f"{name}: there are no rows")
    except tables.TableError as error:
        raise BadInput(f"{name}: {error}") from None


def find(*, corpus: Corpus, uid: uuid.UUID, actor: User) -> Upload | None:
    """One's own upload, while it is kept."""
    return Upload.objects.filter(corpus=corpus, uid=uid, created_by=actor).first()


def preview(upload: Upload) -> tables.Preview:
    try:
        return tables.preview(file_of(upload), rows=PREVIEW_ROWS)
    except tables.TableError as error:
        raise BadInput(f"{upload.name}: {error}") from None


@transaction.atomic
def start_import(*, upload: Upload, columns: imports.ColumnMap, actor: User) -> Job:
    """Ask for the import; asked twice, it is one job."""
    return jobs.enqueue(
        corpus=upload.corpus,
        kind=Job.Kind.IMPORT_CORPUS,
        params={"upload": upload.uid.hex, "file": upload.name, "columns": asdict(columns)},
        dedupe=upload.uid.hex,
        created_by=actor,
    )


def import_upload(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """The work of an import job: bring the items in, then ask for their embeddings."""
    upload = Upload.objects.filter(corpus=job.corpus, uid=job.params["upload"]).first()
    if upload is None:
        raise BadInput("the uploaded file is gone: upload it again")
    columns = imports.ColumnMap(**{**job.params["columns"], "meta": tuple(job.params["columns"]["meta"])})
    result = imports.import_items(
        corpus=job.corpus,
        path=file_of(upload),
        name=upload.name,
        columns=columns,
        actor=job.created_by,
        on_progress=progress,
    )
    if result.created or result.updated:
        jobs.enqueue(corpus=job.corpus, kind=Job.Kind.EMBED, params={}, dedupe="", created_by=job.created_by)
    return {
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "ignored_columns": list(result.ignored_columns),
    }


def discard(upload: Upload) -> None:
    """Remove the file, then its row: a crash in between leaves a row, which the next clearing removes."""
    file_of(upload).unlink(missing_ok=True)
    upload.delete()


def clear() -> int:
    """Remove the files whose import has ended, and those that were never imported; returns how many."""
    uploads = {upload.uid.hex: upload for upload in Upload.objects.order_by("pk")}
    states = dict(
        Job.objects.filter(kind=Job.Kind.IMPORT_CORPUS, params__upload__in=list(uploads))
        .order_by("pk")
        .values_list("params__upload", "state")
    )
    oldest = timezone.now() - KEPT
    gone = [
        u for key, u in uploads.items() if (states[key] not in jobs.OPEN if key in states else u.created_at < oldest)
    ]
    for upload in gone:
        discard(upload)
    return len(gone)
