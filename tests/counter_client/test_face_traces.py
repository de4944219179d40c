"""What is left of a look at the face, and that the real engine looks."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Request

from counter_client.face.opencv_onnx import OpencvOnnx
from counter_client.specimens import face
from document_capture.straighten import to_jpeg
from tests.builders import has
from tests.counter_client.face_look import a_look, agrees, compares
from tests.counter_client.faces import GREEN, MODELS, ColourEngine, somebody
from tests.counter_client.test_face_engines import needs_models
from tests.pages import CHROMIUM

pytestmark = pytest.mark.skipif(not has(CHROMIUM), reason="no Chromium on this machine")


def pieces(jpeg: bytes) -> Iterator[bytes]:
    """Yield parts of a picture by which it would be found anywhere."""
    middle = len(jpeg) // 2
    yield jpeg[middle : middle + 48]
    yield base64.b64encode(jpeg[middle - middle % 3 :])[:48]


async def test_after_a_release_nothing_of_the_face_is_on_the_disk(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, ColourEngine()) as window:
        sent: list[bytes] = []

        def hear(asked: Request) -> None:
            if asked.url.endswith("/pictures"):
                body = json.loads(asked.post_data or "")
                sent.extend(map(base64.b64decode, body["pictures"]))

        window.page.on("request", hear)
        await agrees(window)
        await compares(window)
        await window.page.locator("[data-job=sheet-out]").wait_for()

        shown = [*sent, to_jpeg(somebody(GREEN), 90)]
        assert len(shown) == 6
        looked = 0
        for path in tmp_path.rglob("*"):
            # The file is the camera itself, not what the window makes of it.
            if path.is_file() and path.name != "camera.mjpeg":
                looked += 1
                kept = path.read_bytes()
                for jpeg in shown:
                    assert not any(piece in kept for piece in pieces(jpeg)), path
        assert looked > 0
        told = str(window.office.told_of_face)
        assert not any(len(word) > 70 for word in told.split("'"))


@needs_models
async def test_the_real_engine_knows_somebody_drawn_by_their_portrait(
    tmp_path: Path,
) -> None:
    async with a_look(tmp_path, OpencvOnnx(MODELS)) as window:
        window.office.portrait = face(420, 520, 0.0)
        await window.page.evaluate(
            """(jpegs) => {
              const shown = document.createElement("canvas");
              [shown.width, shown.height] = [960, 720];
              let number = 0;
              const draw = async () => {
                const one = await createImageBitmap(await (await fetch(
                  `data:image/jpeg;base64,${jpegs[number++ % jpegs.length]}`)).blob());
                shown.getContext("2d").drawImage(one, 0, 0);
              };
              draw(); setInterval(draw, 50);
              navigator.mediaDevices.getUserMedia = async () => shown.captureStream(20);
            }""",
            [
                base64.b64encode(to_jpeg(face(960, 720, at / 4), 90)).decode()
                for at in range(8)
            ],
        )
        await agrees(window)

        await compares(window)

        await window.page.locator("[data-job=sheet-out]").wait_for()
        told = window.office.told_of_face[-1]["compared"]
        assert (told["engine"], told["band"]) == ("opencv-onnx", "likely-same")
