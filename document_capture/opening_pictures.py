"""Pictures in the child: JPEG, PNG and HEIC to rows of BGR, a strip at a time.

Only the decoded picture itself is held whole. Colours, transparency and size are
settled on strips of it, and each strip leaves at once.
"""

import io
from collections.abc import Callable, Iterator
from typing import Final

import PIL.Image
import PIL.ImageCms
import PIL.ImageFile
import PIL.JpegImagePlugin
import PIL.MpoImagePlugin
import PIL.PngImagePlugin
import PIL.TiffImagePlugin  # which reads Exif, and is imported late otherwise

from document_capture.opening import (
    ANIMATED,
    LEAST_SIDE,
    LONGEST_SIDE,
    MOST_PIXELS,
    TOO_LARGE,
    TOO_SMALL,
    UNREADABLE,
    Refusal,
    Sheet,
)

PIL.Image.preinit()  # or it looks for its plugins when the walls are up already

Picture = PIL.Image.Image
Strips = Callable[[int, int], Picture]
"""Returns the rows of a picture from one to before another."""

STRIP = 128
"""Rows that leave at a time."""
CROWDED = 25_000_000
"""Pixels from which libjpeg, which holds all of a progressive JPEG before it draws any,
may find no room; it then says that the file is broken."""
ORIENTATION: Final = 0x0112
TO_EIGHT_BITS: Final = {"I;16": 1, "I;16L": 1, "I;16B": 0}
"""Where in two bytes the upper one is; Pillow itself would clip instead."""


def jpeg() -> Callable[[bytes], Iterator[Sheet]]:
    """Return the reader of JPEG."""
    return _jpeg


def png() -> Callable[[bytes], Iterator[Sheet]]:
    """Return the reader of PNG."""
    return _png


def heic() -> Callable[[bytes], Iterator[Sheet]]:
    """Return the reader of HEIC, and import its library."""
    import pi_heif  # noqa: PLC0415  # only for this kind, before the walls are up

    def read(data: bytes) -> Iterator[Sheet]:
        pi_heif.options.DECODE_THREADS = 1
        pi_heif.options.THUMBNAILS = False
        pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
        opened = pi_heif.open_heif(io.BytesIO(data), remove_stride=False)
        size = opened.size
        _require_paper(size)
        pixels, stride, mode = memoryview(opened.data), opened.stride, opened.mode
        if opened.size != size:
            raise Refusal(UNREADABLE)

        def strip(top: int, bottom: int) -> Picture:
            rows = bytes(pixels[top * stride : bottom * stride])
            shape = size[0], bottom - top
            return PIL.Image.frombuffer(mode, shape, rows, "raw", mode, stride, 1)

        # libheif has turned it upright by the file's own irot and imir.
        yield _sheet(strip, size, 1, opened.info.get("icc_profile"))

    return read


READERS: Final = {"jpeg": jpeg, "png": png, "heic": heic}


def _jpeg(data: bytes) -> Iterator[Sheet]:
    # The second picture of a JPEG with two is a map of light, no second page.
    with PIL.Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        if min(picture.size) < LEAST_SIDE:
            raise Refusal(TOO_SMALL)
        width, height = picture.size
        crowded = "progressive" in picture.info and width * height > CROWDED
        # libjpeg leaves out what a smaller picture does not need.
        picture.draft(None, _fitted(picture.size))
        try:
            yield from _decoded(picture)
        except OSError as error:
            if crowded:
                raise Refusal(TOO_LARGE) from error
            raise


def _png(data: bytes) -> Iterator[Sheet]:
    with PIL.Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        assert isinstance(picture, PIL.PngImagePlugin.PngImageFile)
        if picture.is_animated:
            raise Refusal(ANIMATED)
        yield from _decoded(picture)


def _decoded(picture: PIL.ImageFile.ImageFile) -> Iterator[Sheet]:
    _require_paper(picture.size)
    turned = _orientation(picture)
    picture.load()

    def strip(top: int, bottom: int) -> Picture:
        return picture.crop((0, top, picture.width, bottom))

    yield _sheet(strip, picture.size, turned, picture.info.get("icc_profile"))


def _orientation(picture: Picture) -> int:
    """Return how the picture lies; a notice that cannot be read says upright."""
    try:
        said = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # Exif is a format of its own, often broken
        return 1
    return said if said in range(1, 9) else 1


def _require_paper(size: tuple[int, int]) -> None:
    if min(size) < LEAST_SIDE:
        raise Refusal(TOO_SMALL)
    if size[0] * size[1] > MOST_PIXELS:
        raise Refusal(TOO_LARGE)


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    shrink = max(1.0, max(size) / LONGEST_SIDE)
    return max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink))


def _sheet(
    strips: Strips, size: tuple[int, int], orientation: int, profile: bytes | None
) -> Sheet:
    width, height = _fitted(size)
    if min(width, height) < LEAST_SIDE:
        raise Refusal(TOO_SMALL)
    return Sheet(width, height, orientation, _rows(strips, size, profile))


def _rows(
    strips: Strips, size: tuple[int, int], profile: bytes | None
) -> Iterator[bytes]:
    """Yield BGR rows, fitted: each comes from just the rows that lie below it."""
    width, height = _fitted(size)
    ratio = size[1] / height
    to_srgb: Callable[[Picture], Picture] | None = None
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        first = int(top * ratio)
        last = min(size[1], int(bottom * ratio) + 1)
        strip = _plain(strips(first, last))
        if (width, height) != size:
            below = (0, top * ratio - first, size[0], bottom * ratio - first)
            box = (*below[:3], min(below[3], last - first))
            strip = strip.resize((width, bottom - top), PIL.Image.Resampling.BOX, box)
        elif last - first > bottom - top:
            strip = strip.crop((0, 0, width, bottom - top))
        to_srgb = to_srgb or _conversion(profile, strip.mode)
        yield to_srgb(strip).tobytes("raw", "BGR")


def _plain(strip: Picture) -> Picture:
    """Return 8-bit grey, RGB or CMYK; what is transparent shows white paper."""
    if strip.mode in TO_EIGHT_BITS:
        upper = strip.tobytes()[TO_EIGHT_BITS[strip.mode] :: 2]
        return PIL.Image.frombytes("L", strip.size, upper)
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        paper = PIL.Image.new("RGBA", strip.size, "white")
        return PIL.Image.alpha_composite(paper, strip).convert("RGB")
    return strip if strip.mode in {"L", "RGB", "CMYK"} else strip.convert("RGB")


def _conversion(profile: bytes | None, mode: str) -> Callable[[Picture], Picture]:
    """Return what makes sRGB of a strip; a profile that fits badly is not asked."""
    if profile:
        try:
            given = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = PIL.ImageCms.createProfile("sRGB")
            change = PIL.ImageCms.buildTransform(given, srgb, mode, "RGB")
        except (PIL.ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
        else:
            return lambda strip: PIL.ImageCms.applyTransform(strip, change) or strip
    return lambda strip: strip.convert("RGB")
