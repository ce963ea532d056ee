"""What is sent to Claude about an item: built by one function for sending, for estimates and for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attributes.domain import media
from attributes.media import FramePolicy
from attributes.models import Definition, Item
from attributes.schema import DefinitionSpec
from labelhub.lib.errors import BadInput

from ..claude.prompt import MAX_ATTRIBUTES, build_request
from ..claude.request import Frame, ItemContent, MessageRequest, ModelSettings
from ..models import Request, Run, RunItem
from .inputs import fields_of


def check_together(definitions: Sequence[Definition]) -> None:
    """`BadInput` unless the definitions can be asked in one request."""
    if len(definitions) > MAX_ATTRIBUTES:
        raise BadInput(f"at most {MAX_ATTRIBUTES} attributes are asked in one request")
    inputs = [definition.parsed().inputs for definition in definitions]
    if len({(given.fields, given.frames) for given in inputs}) > 1:
        raise BadInput("these attributes want different inputs (fields, frames): ask them in runs of their own")


@dataclass(frozen=True)
class Asking:
    """What stays the same over a run: the definitions, the model, the frames policy and the seed."""

    specs: tuple[DefinitionSpec, ...]
    model: ModelSettings
    policy: FramePolicy
    seed: int

    @classmethod
    def of(cls, config: Mapping[str, Any], specs: Sequence[DefinitionSpec], seed: int) -> Asking:
        model = ModelSettings(model=config["model"], effort=config["effort"], thinking=config["thinking"])
        return cls(tuple(specs), model, FramePolicy(**config["frames"]), seed)

    @classmethod
    def of_run(cls, run: Run) -> Asking:
        rows = run.run_definitions.select_related("definition")
        return cls.of(run.annotator.config, [row.definition.parsed() for row in rows], run.seed)

    @property
    def wants_frames(self) -> bool:
        return self.specs[0].inputs.frames

    def about(self, item: Item, *, frames: Sequence[Frame] | None = None) -> MessageRequest:
        """The request about an item: only the inputs that the definitions name, as raters see them.

        `frames` stand in for the item's own. Raises `NothingToRate`, and `MediaError` where its video is unreadable.
        """
        if frames is None:
            frames = self._frames(item)
        content = ItemContent(fields_of(item), tuple(frames))
        return build_request(self.specs, content, settings=self.model, seed=self.seed + item.pk)

    def _frames(self, item: Item) -> list[Frame]:
        if not (self.wants_frames and hasattr(item, "media")):
            return []
        cut = media.frames_of(item.media, self.policy)
        return [Frame(frame.jpeg, frame.time_ms, frame.width, frame.height) for frame in cut]


@dataclass(frozen=True)
class Sent:
    """A request made again from what is stored. `exact` says that its hash is the one on the ledger."""

    request: MessageRequest
    exact: bool


def made_again(run_item: RunItem) -> Sent:
    """What was sent for an item of a run; the item is taken as it was then where it changed since.

    Raises what `Asking.about` raises.
    """
    item = run_item.item
    revision = item.revisions.filter(content_hash=run_item.content_hash).first()
    if item.content_hash != run_item.content_hash and revision is not None:
        item.title, item.text = revision.snapshot["title"], revision.snapshot["text"]
        item.metadata = revision.snapshot["metadata"]
    asking = Asking.of_run(run_item.run)
    request = asking.about(item)
    hashes = set(Request.objects.filter(run_item=run_item).values_list("request_hash", flat=True))
    return Sent(request, request.request_hash in hashes)
