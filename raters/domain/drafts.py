"""What a rater has written and marked of an item but not answered yet: kept on the server beside their browser."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib import sql
from labelhub.lib.errors import BadInput

from ..models import Assignment
from .assignments import LEASE_FOR

SAVE_SQL = """
UPDATE raters_assignment SET draft = %(draft)s::jsonb, draft_revision = %(revision)s,
    lease_until = GREATEST(lease_until, statement_timestamp() + %(lease)s), heartbeat_at = statement_timestamp()
WHERE uid = %(uid)s AND rater_id = %(rater)s AND state = 'leased' AND draft_revision < %(revision)s
"""


@transaction.atomic
def save(*, rater: User, assignment_uid: uuid.UUID, revision: int, draft: dict[str, Any]) -> int:
    """Keep the draft under its revision, which the browser counts up; returns the revision that stands.

    An older one changes nothing, nor does one for an item that is answered or given back. Writing shows that the rater
    is at it: the lease is prolonged.
    """
    values = {
        "uid": assignment_uid,
        "rater": rater.pk,
        "revision": revision,
        "draft": json.dumps(draft),
        "lease": LEASE_FOR,
    }
    if sql.run(SAVE_SQL, values):
        return revision
    stands = Assignment.objects.filter(uid=assignment_uid, rater=rater).values_list("draft_revision", flat=True).first()
    if stands is None:
        raise BadInput("assignment: no such claim of yours")
    return stands
