"""What ``counter verify`` does with a licence: its code, a picture, or its PDF."""

import argparse
import time
from pathlib import Path
from typing import Final

from casework.checks import Check
from casework.cose import read_keys
from casework.errors import BadCode, BadKeys
from casework.licence_code import PREFIX
from casework.verify_licence import verify_code, verify_licence_pdf
from document_capture.barcodes import read_barcodes
from document_capture.files import open_pages
from document_capture.images import Refused

PICTURES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n")
"""How JPEG and PNG begin."""


def licence_checks(arguments: argparse.Namespace, data: bytes) -> list[Check]:
    """Return the checks of a licence: ``data`` is a code, a picture or a PDF.

    Raises:
        BadKeys: without ``--codes``, or that file is no set of keys.
        BadCode: there is no licence's code in the picture.
    """
    if not arguments.codes:
        raise BadKeys("--codes")
    keys = read_keys(Path(arguments.codes).read_bytes())
    path = arguments.withdrawn
    withdrawn = Path(path).read_bytes() if path else None
    now = time.time()
    if data.startswith(b"%PDF-"):
        return verify_licence_pdf(data, keys, withdrawn, now)
    code = code_in_picture(data) if data.startswith(PICTURES) else data.decode()
    return verify_code(code, keys, withdrawn, now)


def code_in_picture(picture: bytes) -> str:
    """Return the text of the licence's code in a photograph or scan.

    Raises:
        BadCode: there is none, or the picture cannot be opened.
    """
    try:
        pages = open_pages(picture)
    except Refused as error:
        raise BadCode(error.code) from error
    for page in pages:
        for one in read_barcodes(page):
            if one.kind == "qr" and one.text.startswith(PREFIX):
                return one.text
    raise BadCode("no licence's code in the picture")
