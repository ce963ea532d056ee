"""Media files: what they are, and the frames that models see.

No Django here. A file is hostile until read: its kind comes from its first bytes and never from its name, containers
and images outside a short list are refused (so no playlist, no SVG), sizes and durations are bounded, and every loop
over packets ends at a deadline. Every fault of a file is a ``MediaError`` whose text says what is wrong with it.
"""

from attributes.media.content import MediaError
from attributes.media.frames import Frame, FramePolicy, frames, thumbnail
from attributes.media.probe import MediaInfo, probe, sha256_of

__all__ = ["Frame", "FramePolicy", "MediaError", "MediaInfo", "frames", "probe", "sha256_of", "thumbnail"]
