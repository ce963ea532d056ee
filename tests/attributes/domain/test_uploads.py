import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from attributes.domain import imports, jobs, uploads
from attributes.models import Corpus, Item, Job, Upload
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

CSV = b"id,title\na,Rain\nb,Drums\n"
COLUMNS = imports.ColumnMap(id="id", title="title")


@pytest.fixture(autouse=True)
def _own_folder(data_folder: Path) -> None:
    """Uploads of this test alone."""


def receive(corpus: Corpus, actor: User, content: bytes = CSV, name: str = "films.csv") -> Upload:
    return uploads.receive(corpus=corpus, actor=actor, name=name, size=len(content), chunks=[content[:5], content[5:]])


def stored() -> list[Path]:
    return sorted(uploads.root().glob("*"))


def test_a_file_is_kept_under_a_name_of_our_own(corpus: Corpus, editor: User) -> None:
    upload = receive(corpus, editor, name="../../etc/films.CSV")
    assert stored() == [uploads.file_of(upload)]
    assert uploads.file_of(upload) == uploads.root() / f"{upload.uid.hex}.csv"
    assert uploads.file_of(upload).read_bytes() == CSV
    assert uploads.preview(upload).rows == [(2, ("a", "Rain")), (3, ("b", "Drums"))]
    assert uploads.find(corpus=corpus, uid=upload.uid, actor=editor) == upload


def test_an_upload_is_its_senders_own(corpus: Corpus, editor: User, owner: User) -> None:
    upload = receive(corpus, editor)
    other = Corpus.objects.create(slug="other", name="Other")
    assert uploads.find(corpus=corpus, uid=upload.uid, actor=owner) is None
    assert uploads.find(corpus=other, uid=upload.uid, actor=editor) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("films.xlsx", CSV, "the name must end in .csv"),
        ("films", CSV, "the name must end in .csv"),
        ("films.csv", b"id,title\n", "films.csv: there are no rows"),
        ("films.csv", b"", "films.csv: "),
        ("films.csv", b"id,title\na,b\nc\n", "films.csv: row 3"),
        ("films.csv", b"id,title\na,\xff\n", "films.csv: .*UTF-8"),
        ("films.parquet", CSV, "films.parquet: "),
    ],
)
def test_what_cannot_be_read_is_not_kept(corpus: Corpus, editor: User, name: str, content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        receive(corpus, editor, content, name)
    assert stored() == []
    assert not Upload.objects.exists()


def test_a_file_over_the_limit(corpus: Corpus, editor: User, settings: object) -> None:
    settings.UPLOAD_MAX_MB = 1  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match=r"films.csv: 3 MB, the limit is 1 MB.*manage.py import_corpus"):
        uploads.receive(corpus=corpus, actor=editor, name="films.csv", size=3 * 2**20, chunks=[])


def test_the_import_of_an_upload(corpus: Corpus, editor: User) -> None:
    upload = receive(corpus, editor)
    job = uploads.start_import(upload=upload, columns=COLUMNS, actor=editor)
    assert uploads.start_import(upload=upload, columns=COLUMNS, actor=editor) == job
    assert jobs.run(job.pk, uploads.import_upload)
    job.refresh_from_db()
    assert job.result == {"created": 2, "updated": 0, "unchanged": 0, "ignored_columns": []}
    assert list(Item.objects.order_by("pk").values_list("external_id", "title")) == [("a", "Rain"), ("b", "Drums")]
    assert Job.objects.get(kind=Job.Kind.EMBED).created_by == editor
    assert uploads.clear() == 1
    assert stored() == []


def test_a_bad_row_fails_the_job_and_imports_nothing(corpus: Corpus, editor: User) -> None:
    upload = receive(corpus, editor, CSV + b",Nameless\n")
    job = uploads.start_import(upload=upload, columns=COLUMNS, actor=editor)
    jobs.run(job.pk, uploads.import_upload)
    job.refresh_from_db()
    assert job.error == "films.csv: row 4, column 'id': the id is empty"
    assert not Item.objects.exists()
    uploads.clear()
    assert stored() == []


def test_a_file_that_is_gone_says_so(corpus: Corpus, editor: User) -> None:
    upload = receive(corpus, editor)
    job = uploads.start_import(upload=upload, columns=COLUMNS, actor=editor)
    uploads.discard(upload)
    jobs.run(job.pk, uploads.import_upload)
    job.refresh_from_db()
    assert job.error == "the uploaded file is gone: upload it again"


def test_clearing_keeps_what_is_needed(corpus: Corpus, editor: User) -> None:
    waiting = receive(corpus, editor)
    uploads.start_import(upload=waiting, columns=COLUMNS, actor=editor)
    fresh = receive(corpus, editor)
    forgotten = receive(corpus, editor)
    old = timezone.now() - dt.timedelta(days=2)
    Upload.objects.filter(pk__in=[waiting.pk, forgotten.pk]).update(created_at=old)
    assert uploads.clear() == 1
    assert set(Upload.objects.all()) == {waiting, fresh}
    assert len(stored()) == 2
