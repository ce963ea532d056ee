"""Definitions, items and frames for these tests."""

import io

from PIL import Image

from attributes.schema import DefinitionSpec, EdgeCase, Example, Inputs, Level
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.request import Frame, ItemContent, MessageRequest, ModelSettings

HAIKU = ModelSettings("claude-haiku-5-5")

CALMING = DefinitionSpec(
    attribute="calming",
    name="Calming",
    scale="binary",
    levels=(Level("no", "No", "does not lower arousal"), Level("yes", "Yes", "lowers arousal", positive=True)),
    question="Would watching this calm most people?",
    statement="An item is calming when it lowers arousal without being dull. " * 60,  # long enough to be cached
    includes=("slow movement", "soft sound"),
    excludes=("sleepy monotony",),
    edge_cases=(EdgeCase("rain on a window", "Yes, unless there is thunder"),),
    examples=(Example("clip-17", "yes", "waves roll slowly"),),
)
MOOD = DefinitionSpec(
    attribute="mood",
    name="Mood",
    scale="nominal",
    levels=(Level("joy", "Joyful"), Level("sad", "Sad"), Level("flat", "Neutral")),
    question="Which mood prevails?",
    statement="The mood most viewers would name.",
)
PACE = DefinitionSpec(
    attribute="pace",
    name="Pace",
    scale="ordinal",
    levels=tuple(Level(str(step), f"Level {step}") for step in range(5)),
    question="How fast is it?",
    statement="From still to hectic.",
)
TITLE_ONLY = Inputs(fields=("title",), frames=False)


def item(text: str = "Waves at dusk", *, frames: tuple[Frame, ...] = ()) -> ItemContent:
    return ItemContent((("title", text),), frames)


def frame(width: int = 448, height: int = 252, time_ms: int = 500) -> Frame:
    data = io.BytesIO()
    Image.new("RGB", (width, height), (20, 60, 90)).save(data, "JPEG")
    return Frame(data.getvalue(), time_ms, width, height)


def request(text: str = "Waves at dusk", *, seed: int = 1, settings: ModelSettings = HAIKU) -> MessageRequest:
    return build_request([CALMING], item(text), settings=settings, seed=seed)
