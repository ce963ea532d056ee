"""The whole of it, small: seeded by the database, rated over HTTP, the books read back."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from labelhub.demo.load import cpu, seeding, stored
from raters.load import ledger
from raters.load.phase import Crowd, Times, run
from raters.load.rater import Target
from raters.models import RatingItem


@pytest.mark.django_db(transaction=True)
def test_two_raters_over_http_and_the_books(live_server: LiveServer) -> None:
    corpus = seeding.make_corpus("load", 50)
    rating_set = seeding.make_set(corpus, size=50, overlap=2)
    people = seeding.sign_in(seeding.make_raters(corpus, 2))
    address = urlsplit(live_server.url)
    paths = [reverse(f"raters:rate_{name}", args=["load", rating_set.uid]) for name in ("claim", "submit")]
    assert address.hostname
    assert address.port
    target = Target(address.hostname, address.port, *paths, levels=seeding.LEVELS)
    done = run(target, people, Crowd(2), Times(1.0, warm_up_s=0.0))
    answers, slots = stored.answers(rating_set), stored.slots(rating_set)
    balance = ledger.settle(done.log.confirmed, done.log.open, answers, slots)
    assert balance.ok
    assert balance.confirmed == balance.stored > 5
    assert done.figures()["server_errors"] == 0
    assert dict(done.log.errors) == {}
    # The books read what the database holds: an answer that it does not hold is missed.
    assert ledger.settle({**done.log.confirmed, "never stored": "x"}, (), answers, slots).lost == 1


@pytest.mark.django_db
def test_a_seeded_set_is_open_and_its_people_are_made_once() -> None:
    corpus = seeding.make_corpus("load", 20)
    rating_set = seeding.make_set(corpus, size=10, overlap=3)
    items = RatingItem.objects.filter(rating_set=rating_set)
    assert (items.count(), rating_set.state) == (10, "open")
    assert len(set(items.values_list("position", flat=True))) == 10
    assert [user.pk for user in seeding.make_raters(corpus, 3)] == [user.pk for user in seeding.make_raters(corpus, 3)]


def test_processor_time_of_a_tree_grows_with_its_work() -> None:
    before = cpu.seconds_under(os.getpid())
    while cpu.seconds_under(os.getpid()) < before + 0.05:
        sum(range(10_000))
    assert cpu.parent(os.getpid()) == os.getppid()
