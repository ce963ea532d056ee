"""Which annotators a corpus has, and how one is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction

from attributes.domain.embeddings import default_encoder
from attributes.media import FramePolicy
from attributes.models import Corpus
from attributes.schema import digest
from labelhub.lib.errors import BadInput, Refused

from .. import zero_shot
from ..claude import pricing
from ..claude.prompt import PROMPT_VERSION
from ..models import Annotator, Price

CLAUDE_DEFAULT = "claude-haiku-5-5"


@transaction.atomic
def get_or_create(*, corpus: Corpus, name: str, backend: str, config: dict[str, Any]) -> Annotator:
    """The annotator with this configuration; a name that stands for another one is refused."""
    fingerprint = digest({"backend": backend, **config})
    annotator = Annotator.objects.filter(corpus=corpus, fingerprint=fingerprint).first()
    if annotator:
        return annotator
    if Annotator.objects.filter(corpus=corpus, name=name).exists():
        name = f"{name} {fingerprint[:6]}"  # the same annotator in a newer version stands beside the old one
    return Annotator.objects.create(corpus=corpus, name=name, backend=backend, config=config, fingerprint=fingerprint)


def is_reserved(name: str) -> bool:
    """Whether the name means one of the product's own annotators."""
    return name == "local" or model_of(name) is not None


def resolve(corpus: Corpus, name: str) -> Annotator:
    """The annotator that a command or a form means by a name: `local`, `claude`, `claude-MODEL`, or an imported one."""
    if name == "local":
        return local(corpus)
    if model := model_of(name):
        return claude(corpus, model)
    annotator = Annotator.objects.filter(corpus=corpus, name=name).first()
    if annotator is None:
        known = ["local", "claude", *Annotator.objects.filter(corpus=corpus).values_list("name", flat=True)]
        raise BadInput(f"no annotator {name!r} (there are: {', '.join(dict.fromkeys(known))})")
    return annotator


def local(corpus: Corpus) -> Annotator:
    config = {
        "encoder": str(default_encoder()),
        "version": zero_shot.VERSION,
        "temperature": zero_shot.TEMPERATURE,
    }
    return get_or_create(corpus=corpus, name="local", backend=Annotator.Backend.LOCAL, config=config)


def claude(corpus: Corpus, model: str) -> Annotator:
    """Claude with that model; raises as `claude_config`."""
    name = "claude" if model == CLAUDE_DEFAULT else model
    return get_or_create(corpus=corpus, name=name, backend=Annotator.Backend.CLAUDE, config=claude_config(model))


def claude_config(model: str) -> dict[str, Any]:
    """How Claude is asked with that model. `BadInput` without a key, `Refused` for a model without a price: it would
    not be free."""
    if not settings.ANTHROPIC_API_KEY:
        raise BadInput("ANTHROPIC_API_KEY is not set: Claude cannot be asked (the `local` annotator needs no key)")
    try:
        pricing.rates_for(model, dt.datetime.now(dt.UTC).date())
    except pricing.UnpricedModel as error:
        raise Refused(str(error)) from None
    return {
        "model": model,
        "effort": "low",
        "thinking": model.startswith(("claude-opus-5-5", "claude-fable", "claude-mythos")),
        "prompt": PROMPT_VERSION,
        "frames": asdict(FramePolicy()),
    }


def model_of(name: str) -> str | None:
    """The Claude model that an annotator's name means; None for one that costs nothing."""
    if name == "claude":
        return CLAUDE_DEFAULT
    return name if name.startswith("claude-") else None


def priced_models() -> list[str]:
    """The models that can be asked today, the default first."""
    today = dt.datetime.now(dt.UTC).date()
    known = dict.fromkeys(rates.model for rates in pricing.PRICES if rates.since <= today)
    return sorted(known, key=lambda model: model != CLAUDE_DEFAULT)


def price_of(model: str) -> tuple[Price, pricing.Rates]:
    """The price in force today, as a row that ledger entries point to."""
    rates = pricing.rates_for(model, dt.datetime.now(dt.UTC).date())
    price, _ = Price.objects.get_or_create(
        model=rates.model, valid_from=rates.since, defaults={"rates": [asdict(tier) for tier in rates.tiers]}
    )
    return price, rates
