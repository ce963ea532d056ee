"""A corpus, an open rating set over all of it, and accounts that are signed in: made by the database itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from attributes.domain import corpora, definitions
from attributes.models import Corpus, Membership, Role
from labelhub.accounts.models import User
from labelhub.lib.copy import raw_cursor
from raters.domain import sets
from raters.load.rater import Account
from raters.models import RatingSet

LEVELS = ("yes", "no")
DEFINITION = {
    "attribute": "calming",
    "question": "Would this text calm most readers?",
    "statement": "A calming text lowers arousal: slow, quiet, predictable.",
    "includes": ["slow movement of water, clouds or light", "soft, even sound"],
    "excludes": ["shouting", "rapid cuts"],
    "edge_cases": [{"case": "a sleeping animal with loud music", "decision": "not calming"}],
    "inputs": {"fields": ["title", "text"], "frames": False, "audio": False},
}
ITEMS_SQL = """
INSERT INTO attributes_item (corpus_id, external_id, kind, title, text, language, metadata, group_key, content_hash)
SELECT %(corpus)s, 'r' || lpad(i::text, 8, '0'), 'single', 'Clip ' || i,
       'Filmed from the pier before the first ferry, take ' || i || '. No cuts, the sound is as recorded: '
       || 'water against wood, a bell far out, and nobody who speaks. The light changes once, slowly.',
       'en', '{}', 'channel ' || i %% 5000, md5(i::text) || md5((-i)::text)
FROM generate_series(1, %(size)s) i
"""
# Positions are random, as a drawn set's are.
RATING_ITEMS_SQL = """
INSERT INTO raters_ratingitem (
    rating_set_id, item_id, content_hash, role, stratum, inclusion_probability, split, fold, position, counted,
    claimed, skips, overlap, exclude_reason
)
SELECT %(set)s, id, content_hash, 'measure', '', 1, 'dev', id %% 5, floor(random() * 2147483647)::integer, 0, 0, 0,
       %(overlap)s, ''
FROM attributes_item WHERE corpus_id = %(corpus)s ORDER BY id LIMIT %(size)s
"""


def make_corpus(slug: str, size: int) -> Corpus:
    corpus = corpora.get_or_create(slug=slug, name=f"{size:,} items")
    with transaction.atomic(), raw_cursor() as cursor:
        _without_triggers(cursor)
        cursor.execute(ITEMS_SQL, {"corpus": corpus.pk, "size": size})
    definitions.import_definition(corpus=corpus, spec=definitions.read_spec(DEFINITION))
    return corpus


def make_set(corpus: Corpus, *, size: int, overlap: int) -> RatingSet:
    """Open to every rater of the corpus."""
    attribute = definitions.get_attribute(corpus, "calming")
    rating_set = RatingSet.objects.create(
        definition=definitions.latest_published(attribute),
        name=f"{size} items by {overlap}",
        overlap=overlap,
        design={"method": "uniform", "size": size, "population": size, "seed": 0},
    )
    values = {"set": rating_set.pk, "corpus": corpus.pk, "size": size, "overlap": overlap}
    with transaction.atomic(), raw_cursor() as cursor:
        _without_triggers(cursor)
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(RATING_ITEMS_SQL, values)
    return sets.open_for_rating(rating_set=rating_set, actor=None)


def settle_down() -> None:
    """As autovacuum and the checkpointer would have left the tables by the time that raters come."""
    with raw_cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) attributes_item, raters_ratingitem")
        cursor.execute("ANALYZE")
        if _is_superuser(cursor):
            cursor.execute("CHECKPOINT")


def make_raters(corpus: Corpus, count: int) -> list[User]:
    """Accounts without a password, as a sign-in by hash would only measure the hash; the same ones in every corpus."""
    emails = [f"load-{i}@example.com" for i in range(count)]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    new = [User(email=email, display_name=f"Rater {i}") for i, email in enumerate(emails) if email not in known]
    for user in new:
        user.set_unusable_password()
    User.objects.bulk_create(new)
    users = list(User.objects.filter(email__in=emails).order_by("pk"))
    Membership.objects.bulk_create(
        (Membership(user=user, corpus=corpus, role=Role.RATER) for user in users), ignore_conflicts=True
    )
    return users


def sign_in(users: Sequence[User]) -> list[Account]:
    """A session for each, as signing in leaves it."""
    until = timezone.now() + dt.timedelta(days=1)
    store, sessions, accounts = SessionStore(), [], []
    for user in users:
        key, csrf = get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"), get_random_string(32)
        state = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        sessions.append(Session(session_key=key, session_data=store.encode(state), expire_date=until))
        accounts.append(Account(uid=str(user.uid), session=key, csrf=csrf))
    Session.objects.bulk_create(sessions)
    return accounts


def _without_triggers(cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
    """Checks row by row would take a minute of a million; what is made here is right by construction.

    Only a superuser may do without them; the embedded server's user is one.
    """
    if _is_superuser(cursor):
        cursor.execute("SET LOCAL session_replication_role = replica")


def _is_superuser(cursor: psycopg.Cursor[tuple[Any, ...]]) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    return cursor.fetchone() == (True,)
