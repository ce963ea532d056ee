from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from attributes import tasks
from attributes.models import Corpus, Item, Job, Upload
from labelhub.accounts.models import User
from tests.personas import signed_in

CSV = "video_id,name,description,label\nv1,Rain,On a roof,yes\nv2,<b>Drums</b>,,no\n"


@pytest.fixture(autouse=True)
def _own_folder(data_folder: Path) -> None:
    """Uploads of this test alone."""


def send(client: Client, content: str = CSV, name: str = "films.csv") -> HttpResponse:
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("attributes:import_upload", args=["clips"]), {"file": file})


def test_from_a_file_to_items(corpus: Corpus, editor: User, django_capture_on_commit_callbacks: object) -> None:
    client = signed_in(editor)
    mapping = send(client)["Location"]
    page = client.get(mapping)
    text = page.content.decode()
    assert "films.csv, " in text
    assert "4 columns" in text
    assert "&lt;b&gt;Drums&lt;/b&gt;" in text
    guessed = {name: page.context["form"].fields[name].initial for name in ("id", "title", "text", "group")}
    assert guessed == {"id": "video_id", "title": "name", "text": "description", "group": ""}
    job_page = client.post(f"{mapping}start/", {**guessed, "meta": []})["Location"]
    job = Job.objects.get(kind=Job.Kind.IMPORT_CORPUS)
    assert job_page == f"/c/clips/jobs/{job.uid}/"
    tasks.import_corpus(job.pk)
    assert "Done" in client.get(job_page).content.decode()
    assert list(Item.objects.order_by("pk").values_list("external_id", "title", "metadata")) == [
        ("v1", "Rain", {}),
        ("v2", "<b>Drums</b>", {}),
    ]
    assert not Upload.objects.exists()
    assert client.get(mapping).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("films.xlsx", CSV, "films.xlsx: the name must end in .csv"),
        ("films.csv", "id,title\nv1\n", "films.csv: row 2"),
        ("films.csv", "", "The submitted file is empty."),
    ],
)
def test_a_file_that_cannot_be_read(editor: User, name: str, content: str, message: str) -> None:
    response = send(signed_in(editor), content, name)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Upload.objects.exists()


def test_no_file(editor: User) -> None:
    response = signed_in(editor).post(reverse("attributes:import_upload", args=["clips"]))
    assert response.status_code == 422
    assert "This field is required." in response.content.decode()


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"id": ""}, "id", "This field is required."),
        ({"id": "video_id", "title": "video_id"}, "title", "video_id is the id already"),
        ({"id": "gone"}, "id", "Select a valid choice. gone is not one of the available choices."),
    ],
)
def test_a_mapping_at_fault(editor: User, data: dict[str, str], field: str, message: str) -> None:
    client = signed_in(editor)
    response = client.post(f"{send(client)['Location']}start/", data)
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [message]}
    assert not Job.objects.exists()


def test_the_page_says_how_media_come_in(editor: User) -> None:
    text = signed_in(editor).get(reverse("attributes:import", args=["clips"])).content.decode()
    assert "manage.py import_corpus clips FILE --file COLUMN --media FOLDER" in text
    assert "up to 1024 MB" in text
