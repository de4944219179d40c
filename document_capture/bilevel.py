"""A page in black and white, as small as a fax and as sharp as print."""

import io

from PIL import Image as Picture

from document_capture.clean import black_and_white
from document_capture.images import Image


def to_bilevel(page: Image) -> bytes:
    """Return ``page`` as TIFF with one strip of CCITT group 4 (ITU-T T.6).

    Args:
        page: (h, w, 3) BGR, straight.
    """
    out = io.BytesIO()
    picture = Picture.fromarray(black_and_white(page)).convert("1")
    picture.save(out, "TIFF", compression="group4", strip_size=1 << 30)
    return out.getvalue()
