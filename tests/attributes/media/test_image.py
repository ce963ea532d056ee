import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from attributes.media import FramePolicy, MediaError, frames, probe, thumbnail

ORIENTATION, ROTATE_CLOCKWISE = 0x112, 6


def decoded(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg))


def one_frame(path: Path) -> Image.Image:
    [frame] = frames(path, FramePolicy())
    image = decoded(frame.jpeg)
    assert (frame.time_ms, frame.width, frame.height) == (0, *image.size)
    return image


@pytest.fixture
def half_red() -> Image.Image:
    """Blue, 40 wide and 20 high, with the left half red."""
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))
    return image


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_format_gives_one_frame(tmp_path, half_red, form):
    path = tmp_path / "image"
    half_red.save(path, form)
    assert one_frame(path).size == (40, 20)
    assert probe(path).content_type == f"image/{form.lower()}"


def test_rotation_of_the_camera_is_applied(tmp_path, half_red):
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATE_CLOCKWISE
    path = tmp_path / "turned.jpg"
    half_red.save(path, exif=exif, quality=95)
    image = one_frame(path)
    assert image.size == (20, 40)
    red, _, blue = image.getpixel((10, 5))
    assert red > 200 > 50 > blue
    assert (probe(path).width, probe(path).height) == (20, 40)


def test_metadata_is_stripped(tmp_path, half_red):
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = tmp_path / "image.jpg"
    half_red.save(path, exif=exif, icc_profile=profile, comment=b"SECRET comment", xmp=b"<x>SECRET</x>")
    for jpeg in (frames(path, FramePolicy())[0].jpeg, thumbnail(path)):
        assert b"SECRET" not in jpeg
        assert sorted(decoded(jpeg).info) == ["jfif", "jfif_density", "jfif_unit", "jfif_version"]


@pytest.mark.parametrize(
    ("mode", "form", "colour"),
    [("CMYK", "JPEG", (0, 0, 0, 0)), ("L", "PNG", 255), ("I;16", "PNG", 65535), ("P", "GIF", 255), ("1", "PNG", 1)],
)
def test_every_mode_becomes_rgb(tmp_path, mode, form, colour):
    path = tmp_path / "image"
    image = Image.new(mode, (30, 30), colour)
    if mode == "P":
        image.putpalette([255] * 768)
    image.save(path, form)
    frame = one_frame(path)
    assert frame.mode == "RGB"
    assert min(frame.getpixel((15, 15))) > 250


def test_what_is_transparent_is_white(tmp_path):
    path = tmp_path / "image.png"
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(path)
    assert min(one_frame(path).getpixel((15, 15))) > 250


def test_an_animation_gives_its_first_picture(tmp_path):
    path = tmp_path / "image.gif"
    pictures = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue", "green")]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    red, green, blue = one_frame(path).getpixel((15, 15))
    assert red > 240 > 20 > max(green, blue)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("side", [8193, 10_000, 50_000])
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, side):
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    with pytest.raises(MediaError, match="pixels"):
        probe(path)


def test_a_text_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.png"
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 20_000_000, zip=True)
    Image.new("L", (10, 10)).save(path, pnginfo=info)
    with pytest.raises(MediaError, match="the image is broken"):
        probe(path)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_cut_image_is_refused(tmp_path, form, kept):
    path = tmp_path / "image"
    Image.effect_noise((200, 200), 80).convert("RGB").save(path, form)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(MediaError, match="the image is broken"):
        probe(path)
