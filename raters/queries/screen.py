"""What the rating screen reads for every answer: plain SQL into rows that hold no more than it needs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from attributes.models import Corpus, Definition, Item, Media
from labelhub.lib import sql

from ..models import RatingSet

# In the order of the models, as `from_db` takes them.
SET_FIELDS = ("id", "uid", "definition_id", "purpose", "name", "message", "rushed_below_ms")
DEFINITION_FIELDS = ("id", "attribute_id", "state", "hash")
SET_SQL = """
SELECT s.id, s.uid, s.definition_id, s.purpose, s.name, s.message, s.rushed_below_ms,
    d.id, d.attribute_id, d.state, d.hash
FROM raters_ratingset s
JOIN attributes_definition d ON d.id = s.definition_id
JOIN attributes_attribute a ON a.id = d.attribute_id
WHERE s.uid = %(uid)s AND a.corpus_id = %(corpus)s
"""
ITEM_FIELDS = ("id", "title", "text", "metadata")
MEDIA_FIELDS = ("uid", "item_id", "kind", "duration_ms", "state")
# Of assignment `a` and its item: what `shown` takes.
CLAIM = """
a.uid, a.lease_token, a.draft, a.draft_revision, i.id, i.title, i.text, i.metadata, m.uid, i.id, m.kind,
    m.duration_ms, m.state
"""
SHOWN = "attributes_item i LEFT JOIN attributes_media m ON m.item_id = i.id"
LEASED = f"SELECT a.id, {CLAIM} FROM lease a, {SHOWN} WHERE i.id = %(shown)s"  # noqa: S608
CLAIMS_SQL = (
    f"SELECT {CLAIM} FROM raters_assignment a JOIN raters_ratingitem r ON r.id = a.rating_item_id, {SHOWN} "  # noqa: S608
    "WHERE i.id = r.item_id AND a.id = ANY(%(ids)s) ORDER BY a.turn, a.id"
)


class Shown(NamedTuple):
    """A claim as the screen shows it; `item.media` is there where the item has media."""

    uid: uuid.UUID
    token: uuid.UUID | None
    draft: dict[str, Any] | None
    item: Item


def rating_set(corpus: Corpus, uid: uuid.UUID) -> RatingSet | None:
    """The set and its definition, every other field deferred."""
    row = sql.row(SET_SQL, {"uid": uid, "corpus": corpus.pk})
    if row is None:
        return None
    n = len(SET_FIELDS)
    found = RatingSet.from_db("default", SET_FIELDS, row[:n])
    found.definition = Definition.from_db("default", DEFINITION_FIELDS, row[n:])
    return found


def claims(ids: Sequence[int]) -> list[Shown]:
    """These assignments in the order they are to be shown."""
    return [shown(*row) for row in sql.rows(CLAIMS_SQL, {"ids": list(ids)})] if ids else []


def shown(uid: uuid.UUID, token: uuid.UUID | None, draft: str | None, revision: int, *rest: Any) -> Shown:
    """From the columns of `CLAIM`."""
    n = len(ITEM_FIELDS)
    pk, title, text, metadata = rest[:n]
    item = Item.from_db("default", ITEM_FIELDS, (pk, title, text, json.loads(metadata)))
    if rest[n]:
        item.media = Media.from_db("default", MEDIA_FIELDS, rest[n:])
    else:
        item._state.fields_cache["media"] = None  # asked, and there is none
    return Shown(uid, token, {**json.loads(draft), "revision": revision} if draft else None, item)
