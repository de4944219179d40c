"""The page that checks licences, in one file: it works from a disk, with no network."""

import base64
import json
import re
from pathlib import Path

import msgspec

from casework.cose import KeySet
from casework.errors import NotFound

SCRIPT = re.compile(r'<script[^>]*src="/licence-check/([^"]+)"[^>]*></script>')
STYLE = re.compile(
    r'<link[^>]*rel="stylesheet"[^>]*href="/licence-check/([^"]+)"[^>]*>'
)


def saved_page(folder: Path, keys: KeySet, withdrawn: bytes) -> bytes:
    """Return the built page in ``folder`` with all that it needs inside it.

    Raises:
        NotFound: the pages have not been built.
    """
    try:
        page = (folder / "index.html").read_text("utf-8")
        script = _named(SCRIPT, page, folder)
        style = _named(STYLE, page, folder)
        [reader] = (folder / "assets").glob("*.wasm")
    except (OSError, ValueError) as error:
        raise NotFound("licence-check page") from error
    published = {
        "keys": msgspec.to_builtins(keys),
        "list": base64.b64encode(withdrawn).decode(),
    }
    held = [
        f"<style>{style}</style>",
        _data("published", json.dumps(published).replace("<", "\\u003c")),
        _data("reader", base64.b64encode(reader.read_bytes()).decode()),
        # A module may stand in the page itself, but not be loaded from a disk.
        f'<script type="module">{script}</script>',
    ]
    page = STYLE.sub("", SCRIPT.sub("", page))
    return page.replace("</body>", "\n".join(held) + "</body>").encode()


def _named(pattern: re.Pattern[str], page: str, folder: Path) -> str:
    """Return the file that ``page`` names, fit to stand inside it."""
    found = pattern.search(page)
    if found is None:
        raise ValueError(pattern.pattern)
    return (folder / found[1]).read_text("utf-8").replace("</script", "<\\/script")


def _data(name: str, text: str) -> str:
    return f'<script type="application/json" id="{name}">{text}</script>'
