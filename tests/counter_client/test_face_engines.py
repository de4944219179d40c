"""The engines, by one set of rules; the real one where its networks are."""

import pytest

from counter_client.face.engine import FaceEngine
from counter_client.face.none import NoEngine
from counter_client.face.opencv_onnx import OpencvOnnx, open_engine
from counter_client.specimens import face
from document_capture.face_models import FINDS, PINNED
from document_capture.images import Image
from tests.counter_client.face_engine_rules import FaceEngineRules
from tests.counter_client.faces import (
    GREEN,
    MODELS,
    WITHOUT_MODELS,
    ColourEngine,
    somebody,
)

needs_models = pytest.mark.skipif(
    not all((MODELS / name).exists() for name in PINNED), reason=WITHOUT_MODELS
)


class TestColourEngine(FaceEngineRules):
    @pytest.fixture
    def engine(self) -> FaceEngine:
        return ColourEngine()

    @pytest.fixture
    def anna(self) -> list[Image]:
        return [somebody(GREEN), somebody(GREEN, (320, 400))]


class TestNoEngine(FaceEngineRules):
    @pytest.fixture
    def engine(self) -> FaceEngine:
        return NoEngine()

    @pytest.fixture
    def anna(self) -> list[Image]:
        return [face(960, 720, 0.0), face(960, 720, 1.2)]


@needs_models
class TestOpencvOnnx(FaceEngineRules):
    @pytest.fixture
    def engine(self) -> FaceEngine:
        return OpencvOnnx(MODELS)

    @pytest.fixture
    def anna(self) -> list[Image]:
        """Somebody drawn, whom nobody looks like."""
        return [face(960, 720, 0.0), face(960, 720, 1.2)]


@needs_models
def test_a_network_that_was_changed_is_not_opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("face")
    for name in PINNED:
        (folder / name).write_bytes((MODELS / name).read_bytes())
    assert open_engine(folder).ready

    with (folder / FINDS).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")

    assert not open_engine(folder).ready


def test_without_networks_nobody_is_compared(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert open_engine(tmp_path_factory.mktemp("none")).name == "none"
