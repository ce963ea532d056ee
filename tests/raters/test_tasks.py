from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters import tasks
from raters.domain import assignments
from raters.models import Assignment
from tests import factories


def test_the_sweep_gives_expired_claims_back_once(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 1)
    opened = factories.rating_set(factories.definition(corpus), size=1)
    assignments.claim_next(rater=rater, rating_set=opened)
    Assignment.objects.update(lease_until=Now() - dt.timedelta(seconds=1))
    assert [tasks.release_expired_assignments(), tasks.release_expired_assignments()] == [1, 0]


def test_the_sweep_is_on_the_schedule() -> None:
    scheduled = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled[tasks.release_expired_assignments.name] == 60.0
