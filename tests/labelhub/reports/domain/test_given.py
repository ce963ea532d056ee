import pytest

from attributes.models import Item, Media
from labelhub.reports.domain import comparisons, given
from llm_jobs.models import Annotator, Evaluation
from raters.models import RatingSet
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def evaluated(rating_set: RatingSet) -> Evaluation:
    return comparisons.create(rating_set=rating_set, split="dev", reference="leave_one_out")


def said_of(rating_set: RatingSet, backend: str, **config: object) -> list[str]:
    """What the annotator `good` had otherwise, were it of this backend."""
    annotator = Annotator.objects.get(name="good")
    annotator.backend, annotator.config = backend, config
    return given.differences(evaluated(rating_set), {"good": annotator}, {}).get("good", [])


def film(rating_set: RatingSet, *, sound: bool) -> None:
    item = rating_set.rating_items.filter(split="dev").first().item  # type: ignore[union-attr]
    Media.objects.create(item=item, sha256="0" * 64, path="x", kind="video", has_audio=sound)


def test_without_media_everybody_reads_the_same_text(compared: RatingSet) -> None:
    assert said_of(compared, "local") == []


def test_a_video_is_more_than_its_text_and_its_frames(compared: RatingSet) -> None:
    film(compared, sound=True)
    assert said_of(compared, "local") == [
        "it reads text only, raters also see the video",
        "it hears no sound, raters do",
    ]
    frames = {"frames": {"count": 4}}
    assert said_of(compared, "claude", **frames) == [
        "it sees 4 still frames, raters the moving video",
        "it hears no sound, raters do",
    ]


def test_a_silent_video_is_heard_by_nobody(compared: RatingSet) -> None:
    film(compared, sound=False)
    assert said_of(compared, "claude", frames={"count": 4}) == ["it sees 4 still frames, raters the moving video"]


def test_labels_from_elsewhere_are_not_known_to_have_seen_the_same(compared: RatingSet) -> None:
    assert said_of(compared, "imported") == ["its labels were made elsewhere: what it was given is not known"]


def test_items_edited_between_rating_and_labeling_are_counted(rated: RatingSet) -> None:
    first = rated.rating_items.filter(split="dev").first()
    run = builders.annotate(rated, "good")
    run.run_items.filter(item=first.item).update(content_hash="another")  # type: ignore[union-attr]
    assert said_of(rated, "local") == ["1 item was edited between rating and labeling"]
    assert Item.objects.count() == 40


def test_a_student_of_text_reads_title_and_text(compared: RatingSet) -> None:
    film(compared, sound=False)
    student = builders.student(compared)
    student.encoder.modality = "text"
    found = given.differences(evaluated(compared), {}, {str(student): student})
    assert found[str(student)] == ["it reads text only, raters also see the video"]
