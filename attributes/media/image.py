"""Pictures out of an image file, by Pillow."""

import struct
import zlib
from pathlib import Path

from PIL import Image, ImageOps

from attributes.media.content import Content, MediaError, check_size

# What Pillow's plugins raise on a broken file.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


def picture(path: Path, content: Content) -> Image.Image:
    """The image (the first one of an animation) upright, on white, in RGB and without metadata."""
    try:
        with Image.open(path, formats=[content.format]) as image:
            check_size(*image.size)
            return _flat(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError("the image has too many pixels") from error
    except MediaError:
        raise
    except _BROKEN as error:
        raise MediaError(f"the image is broken: {error}") from error


def _flat(image: Image.Image) -> Image.Image:
    """A new image, since a converted one carries comments and profiles along."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    shown = image.convert("RGBA")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(shown, mask=shown)
    return flat
