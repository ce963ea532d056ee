from __future__ import annotations

import re

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

from ..models import Corpus
from . import audit

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@transaction.atomic
def get_or_create(*, slug: str, name: str = "", is_demo: bool = False, actor: User | None = None) -> Corpus:
    """The corpus of that slug, made where it is missing."""
    if not SLUG.fullmatch(slug):
        raise BadInput(f"corpus {slug!r}: use lower-case letters, digits and - (at most 63)")
    corpus, created = Corpus.objects.get_or_create(
        slug=slug, defaults={"name": name or slug.replace("-", " ").capitalize(), "is_demo": is_demo}
    )
    if created:
        audit.record(actor=actor, corpus=corpus, verb="corpus_created", target=corpus)
    return corpus


def get(slug: str) -> Corpus:
    """The corpus of that slug; `BadInput` lists those there are."""
    corpus = Corpus.objects.filter(slug=slug).first()
    if corpus is None:
        known = ", ".join(Corpus.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise BadInput(f"no corpus {slug!r} (there are: {known or 'none'})")
    return corpus
