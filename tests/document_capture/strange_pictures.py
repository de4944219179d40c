"""Pictures that a stranger might bring, made when they are needed."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageDraw

PNG = b"\x89PNG\r\n\x1a\n"


def a_picture(
    kind: str = "PNG",
    mode: str = "RGB",
    size: tuple[int, int] = (300, 400),
    **options: object,
) -> bytes:
    """Return a plain picture, grey unless its mode knows no colours."""
    out = io.BytesIO()
    Image.new(mode, size, None if mode == "I;16" else 128).save(out, kind, **options)
    return out.getvalue()


def a_chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG (ISO/IEC 15948, 5.3)."""
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def a_png_bomb(width: int, height: int) -> bytes:
    """Return a PNG of black pixels, a thousandth of its size when decoded."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(width * 3 + 1)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    parts = a_chunk(b"IHDR", head), a_chunk(b"IDAT", rows), a_chunk(b"IEND", b"")
    return PNG + b"".join(parts)


def a_bomb() -> bytes:
    """Return a PNG of 30,000 by 30,000 pixels, of which the file holds a thirtieth."""
    tall = a_png_bomb(30_000, 1_000)
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return PNG + a_chunk(b"IHDR", head) + tall[len(PNG) + 25 :]


def a_text_bomb() -> bytes:
    """Return a PNG with a gigabyte of words in a compressed comment."""
    packer = zlib.compressobj(9)
    words = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256))
    comment = a_chunk(b"zTXt", b"Comment\0\0" + words + packer.flush())
    plain = a_picture()
    return plain[:33] + comment + plain[33:]


def a_talkative_png() -> bytes:
    """Return a PNG with 400 comments of a megabyte each."""
    comment = a_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 20), 9))
    plain = a_picture()
    return plain[:33] + 400 * comment + plain[33:]


def a_crowded_jpeg() -> bytes:
    """Return a JPEG of which nothing can be drawn before all of it is in memory."""
    out = io.BytesIO()
    plain = Image.new("RGB", (7200, 5400), "white")
    plain.save(out, "JPEG", progressive=True, subsampling=0)
    return out.getvalue()


def a_film() -> bytes:
    """Return an animated PNG of two frames."""
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green")]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


def a_photograph(orientation: int, *, red: str = "top left") -> bytes:
    """Return a JPEG, 200 by 100, that Exif says to turn, with one red quarter."""
    picture = Image.new("RGB", (200, 100), "white")
    left, top = (100 if "right" in red else 0), (50 if "bottom" in red else 0)
    ImageDraw.Draw(picture).rectangle((left, top, left + 99, top + 49), "red")
    exif = picture.getexif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def a_double_photograph() -> bytes:
    """Return a JPEG with a second picture behind it, as telephones write."""
    out = io.BytesIO()
    first = Image.new("RGB", (300, 400), "white")
    first.save(out, "MPO", save_all=True, append_images=[Image.new("RGB", (75, 100))])
    return out.getvalue()


def a_profile() -> bytes:
    """Return the profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def a_swapped_picture(kind: str = "JPEG") -> bytes:
    """Return a picture in pure red by its numbers, and green by its profile."""
    profile = bytearray(a_profile())
    tags = {bytes(profile[at : at + 4]): at for at in _tags(profile)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    swapped = profile[green + 4 : green + 12]
    profile[green + 4 : green + 12] = profile[red + 4 : red + 12]
    profile[red + 4 : red + 12] = swapped
    out = io.BytesIO()
    picture = Image.new("RGB", (300, 400), (255, 0, 0))
    picture.save(out, kind, icc_profile=bytes(profile), quality=95)
    return out.getvalue()


def _tags(profile: bytearray) -> list[int]:
    [count] = struct.unpack_from(">I", profile, 128)
    return [132 + 12 * number for number in range(count)]


def a_noisy_photograph(width: int, height: int, **options: object) -> bytes:
    """Return a JPEG that is as hard to decode as a photograph of a desk."""
    random = np.random.default_rng(7)
    coarse = random.integers(0, 255, (height // 4, width // 4, 3), np.uint8)
    out = io.BytesIO()
    picture = Image.fromarray(coarse).resize((width, height))
    picture.save(out, "JPEG", quality=85, **options)
    return out.getvalue()


def a_sixteen_bit_png(level: int) -> bytes:
    """Return a PNG of one grey of 65,536."""
    out = io.BytesIO()
    Image.fromarray(np.full((64, 64), level, np.uint16)).save(out, "PNG")
    return out.getvalue()


def a_window() -> bytes:
    """Return a PNG that is transparent, black below, but for one opaque corner."""
    out = io.BytesIO()
    picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((0, 0, 31, 31), (0, 0, 255, 255))
    picture.save(out, "PNG")
    return out.getvalue()
