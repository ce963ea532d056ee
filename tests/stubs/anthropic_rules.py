"""What the Messages API refuses: the stub is strict where the API is strict."""

import base64
import binascii
import json
import struct
from dataclasses import dataclass
from typing import Any

MAX_BODY = 32 * 1024 * 1024
MAX_IMAGES = 600
MANY_IMAGES = 20
MANY_IMAGES_MAX_EDGE = 2_000
MAX_CACHE_BREAKPOINTS = 4
PATCH_PIXELS = 28


@dataclass(frozen=True)
class ModelFacts:
    display_name: str
    min_cacheable_tokens: int
    max_image_edge: int
    always_thinks: bool = False
    forced_tools: bool = False
    max_tokens: int = 64_000


MODELS = {
    "claude-haiku-5-5": ModelFacts("Claude Haiku 5.5", 512, 2_576, forced_tools=True),
    "claude-sonnet-5-5": ModelFacts("Claude Sonnet 5.5", 1_024, 2_576),
    "claude-opus-5-5": ModelFacts("Claude Opus 5.5", 1_024, 2_576, always_thinks=True),
    "claude-fable-5-2": ModelFacts("Claude Fable 5.2", 1_024, 2_576, always_thinks=True),
    "claude-haiku-4-5": ModelFacts("Claude Haiku 4.5", 4_096, 1_568, forced_tools=True),
}


class Refused(Exception):
    """An error answer: HTTP status, the API's error type, words."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def bad_request(message: str) -> Refused:
    return Refused(400, "invalid_request_error", message)


def check_message(body: dict[str, Any], *, counting: bool = False) -> None:
    """Raise Refused as the API would."""
    model = body.get("model")
    if model not in MODELS:
        raise Refused(404, "not_found_error", f"model: {model}")
    facts = MODELS[model]
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            raise bad_request(f"{name}: this parameter is not supported")
    limit = body.get("max_tokens")
    if not counting and (type(limit) is not int or not 1 <= limit <= facts.max_tokens):
        raise bad_request(f"max_tokens: must be between 1 and {facts.max_tokens}")
    _check_turns(body.get("messages"))
    _check_thinking(body.get("thinking"), facts)
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool") and not facts.forced_tools:
        raise bad_request("tool_choice: forced tool use is not supported by this model")
    output = (body.get("output_config") or {}).get("format")
    if output is not None:
        if output.get("type") != "json_schema":
            raise bad_request("output_config.format.type: must be json_schema")
        _check_schema(output.get("schema"), "output_config.format.schema")
    if sum("cache_control" in block for block in content_blocks(body)) > MAX_CACHE_BREAKPOINTS:
        raise bad_request(f"cache_control: at most {MAX_CACHE_BREAKPOINTS} breakpoints")
    _check_images(body, facts)


def _check_turns(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise bad_request("messages: at least one message is required")
    if messages[-1].get("role") != "user":
        raise bad_request("messages: the final turn must be from the user; prefill is not supported")


def _check_thinking(thinking: dict[str, Any] | None, facts: ModelFacts) -> None:
    kind = (thinking or {}).get("type")
    if kind not in (None, "adaptive", "disabled", "between_tools", "enabled"):
        raise bad_request(f"thinking.type: {kind}")
    if kind == "disabled" and facts.always_thinks:
        raise bad_request("thinking.type: disabled is not supported by this model")


def _check_schema(schema: object, path: str) -> None:
    if not isinstance(schema, dict):
        raise bad_request(f"{path}: must be an object")
    for name in ("minimum", "maximum", "maxLength", "minLength", "pattern", "maxItems", "multipleOf"):
        if name in schema:
            raise bad_request(f"{path}.{name}: this keyword is not supported")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise bad_request(f"{path}.additionalProperties: must be false")
    for key in ("properties", "$defs", "definitions"):
        for name, part in schema.get(key, {}).items():
            _check_schema(part, f"{path}.{key}.{name}")
    if "items" in schema:
        _check_schema(schema["items"], f"{path}.items")


def _check_images(body: dict[str, Any], facts: ModelFacts) -> None:
    images = [block for block in content_blocks(body) if block.get("type") == "image"]
    if len(images) > MAX_IMAGES:
        raise bad_request(f"messages: at most {MAX_IMAGES} images")
    for block in images:
        width, height = image_size(block)
        edge = max(width, height)
        if len(images) > MANY_IMAGES and edge > MANY_IMAGES_MAX_EDGE:
            raise bad_request(f"image: {width}x{height} is too large among more than {MANY_IMAGES} images")
        exact = (block.get("transformations") or {}).get("oversized_image") == "error"
        if exact and edge > facts.max_image_edge:
            raise bad_request(f"image: {width}x{height} exceeds an edge of {facts.max_image_edge}")


def content_blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every content block of system and messages, in the order the prompt has them."""
    parts = [body.get("system") or [], *(message.get("content") or [] for message in body["messages"])]
    return [block for part in parts for block in ([{"type": "text", "text": part}] if isinstance(part, str) else part)]


def image_size(block: dict[str, Any]) -> tuple[int, int]:
    """Width and height from the bytes of a base64 JPEG or PNG block; raises Refused where it is neither."""
    source = block.get("source") or {}
    try:
        data = base64.b64decode(source.get("data", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise bad_request("image.source.data: not base64") from None
    size = {"image/jpeg": _jpeg_size, "image/png": _png_size}.get(source.get("media_type", ""), _no_size)(data)
    if size is None:
        raise bad_request(f"image.source: the data is not {source.get('media_type')}")
    return size


def image_tokens(block: dict[str, Any]) -> int:
    width, height = image_size(block)
    return -(-width // PATCH_PIXELS) * -(-height // PATCH_PIXELS)


def _no_size(_data: bytes) -> None:
    return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", data[16:24]) if data.startswith(b"\x89PNG") and len(data) >= 24 else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the start-of-frame, which holds height and width."""
    position = 2
    while data.startswith(b"\xff\xd8") and position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None


def parse_body(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BODY:
        raise Refused(413, "request_too_large", "the request exceeds 32 MB")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("the body is not a JSON object")
    return body


def model_info(name: str, facts: ModelFacts) -> dict[str, Any]:
    supported = {"supported": True}
    return {
        "id": name,
        "type": "model",
        "display_name": facts.display_name,
        "created_at": "2026-10-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": facts.max_tokens,
        "capabilities": {"image_input": supported, "structured_outputs": supported},
    }
