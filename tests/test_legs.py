"""Pages offer their receiving lines in the order that the worker expects."""

import json
import re

from protocol.states import Leg
from signaling.media.calls import WANTS
from tests.builders import ROOT


def test_pages_and_worker_agree_who_receives_whom() -> None:
    text = (ROOT / "web/legs.ts").read_text("utf-8")
    found = re.search(r"RECEIVES.*? = (\{.*?\n\});", text, re.S)
    assert found is not None

    receives = json.loads(found[1])

    nothing: dict[str, list[str]] = {"audio": [], "video": []}
    assert receives == {leg.value: nothing | WANTS[leg] for leg in Leg}
