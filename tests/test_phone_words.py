"""The phone's page is built with few of the texts: none that it says is missing."""

import re

from protocol.texts import texts
from tests.builders import ROOT


def test_every_text_that_the_phone_says_is_in_its_bundle() -> None:
    folder = ROOT / "web/phone"
    config = (folder / "vite.config.ts").read_text("utf-8")
    parts = re.findall(r'^const (?!WANTED)[A-Z]+ = "(.+)";$', config, re.M)
    wanted = re.compile(f"^({'|'.join(parts)})")
    code = "\n".join(one.read_text("utf-8") for one in folder.glob("src/*.ts"))
    said = {one for one in re.findall(r'"([a-z-]+)"', code) if one in texts()}

    assert parts and "cosign-title" in said
    assert {one for one in said if not wanted.match(one)} - NOT_SAID == set()


NOT_SAID = {
    "form",
    "language",
    "refuse",
    "signing",
    "identity",
    "signature",
    "sign",
    "read",
}
"""Words of the code that happen to be keys too."""
