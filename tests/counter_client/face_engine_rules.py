"""What every engine that compares faces keeps to; see ``face.engine.FaceEngine``."""

import re

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_client.face.engine import FaceEngine
from document_capture.images import Image
from protocol.faces import Band, Compared


class FaceEngineRules:
    """Inherit it, and say which engine, who is in a picture, and who is not.

    An engine that is not ready has nobody in any picture.
    """

    @pytest.fixture
    def engine(self) -> FaceEngine:
        raise NotImplementedError

    @pytest.fixture
    def anna(self) -> list[Image]:
        """Two pictures of one person."""
        raise NotImplementedError

    @pytest.fixture
    def nobody(self) -> Image:
        return np.zeros((240, 320, 3), np.uint8)

    def test_its_name_and_models_can_go_into_the_log(self, engine: FaceEngine) -> None:
        said = {"engine": engine.name, "models": engine.models, "rule": "faces/1"}
        whole = said | {"band": Band.UNCLEAR, "pictures": 3}

        assert msgspec.convert(whole, Compared).engine == engine.name
        assert re.fullmatch("[0-9a-f]{64}", engine.models)

    def test_there_is_nobody_in_the_dark(
        self, engine: FaceEngine, nobody: Image
    ) -> None:
        assert engine.detect(nobody) == []

    def test_a_face_is_found_only_by_an_engine_that_is_ready(
        self, engine: FaceEngine, anna: list[Image]
    ) -> None:
        assert bool(engine.detect(anna[0])) == engine.ready

    def test_who_is_compared_with_themselves_is_the_same(
        self, engine: FaceEngine, anna: list[Image]
    ) -> None:
        if not engine.ready:
            return
        one, other = (engine.embed(it, engine.detect(it)[0]) for it in anna)

        assert engine.compare(one, one) == pytest.approx(1.0, abs=1e-4)
        assert engine.compare(one, other) == pytest.approx(engine.compare(other, one))
        assert engine.compare(one, other) > 0.55
        assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-4)

    def test_a_picture_is_not_changed_by_looking_at_it(
        self, engine: FaceEngine, anna: list[Image]
    ) -> None:
        before = anna[0].copy()
        for face in engine.detect(anna[0]):
            engine.embed(anna[0], face)

        assert np.array_equal(before, anna[0])

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[  # an engine keeps nothing between pictures
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 2**32 - 1))
    def test_any_picture_is_looked_at_without_a_word(
        self, engine: FaceEngine, width: int, height: int, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        noise = rng.integers(0, 256, (height, width, 3), np.uint8)

        faces = engine.detect(noise)

        areas = [face.box.area for face in faces]
        assert areas == sorted(areas, reverse=True)
        for face in faces:
            assert face.points.shape == (5, 2)
            assert np.isfinite(engine.embed(noise, face)).all()
