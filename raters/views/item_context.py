"""What a judge is given of an item, and nothing else: the definition's `inputs` decide."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from attributes.models import Corpus, Item, Media
from attributes.schema import Inputs

NOTHING = "The media of this item cannot be shown. Skip it and say so."


def item_context(item: Item, inputs: Inputs, corpus: Corpus) -> dict[str, Any]:
    """The context of `components/rate_item.html`: title, text, video_url, poster_url, image_url, silent."""
    title = item.title if "title" in inputs.fields else ""
    text = "\n".join(_texts(item, inputs))
    shown = {"title": title, "text": text, "video_url": "", "poster_url": "", "image_url": ""}
    media: Media | None = getattr(item, "media", None)
    if inputs.frames and media is not None and media.state == Media.State.READY:
        url = reverse("attributes:media", args=[corpus.slug, media.uid])
        if media.kind == "video":
            shown |= {"video_url": url, "poster_url": reverse("attributes:thumbnail", args=[corpus.slug, media.uid])}
        else:
            shown |= {"image_url": url}
    if not any(shown.values()):
        shown["text"] = NOTHING
    return {**shown, "silent": not inputs.audio}


def _texts(item: Item, inputs: Inputs) -> list[str]:
    texts = [item.text] if "text" in inputs.fields else []
    for name in inputs.fields:
        key = name.removeprefix("metadata.")
        if key != name and key in item.metadata:
            texts.append(f"{key}: {item.metadata[key]}")
    return [text for text in texts if text]
