from __future__ import annotations

from typing import Any

from django.db import models

from labelhub.accounts.models import User

from ..models import AuditEvent, Corpus


def record(
    *,
    actor: User | None,
    corpus: Corpus | None,
    verb: str,
    target: models.Model,
    before_hash: str = "",
    after_hash: str = "",
    **data: Any,
) -> AuditEvent:
    """Write the audit event of a change, inside the change's own transaction. No actor = a command on the server.

    The target's name is kept with it: a draft may be thrown away, a set renamed, and the log still says which it was.
    """
    return AuditEvent.objects.create(
        actor=actor,
        corpus=corpus,
        verb=verb,
        object_type=target._meta.label_lower,
        object_id=str(getattr(target, "uid", target.pk)),
        before_hash=before_hash,
        after_hash=after_hash,
        data={"of": str(target)[:200], **data},
    )
