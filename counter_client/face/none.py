"""The engine of a terminal without models: a person looks at every face."""

from counter_client.face.engine import Numbers, Sighted
from document_capture.images import Image


class NoEngine:
    """Compares nothing, and says so."""

    name = "none"
    models = "0" * 64
    ready = False

    def detect(self, picture: Image) -> list[Sighted]:
        """Return no face, whatever is in ``picture``."""
        return []

    def embed(self, picture: Image, face: Sighted) -> Numbers:
        """Never asked: it finds no face to embed."""
        raise AssertionError("this engine finds no face")

    def compare(self, one: Numbers, other: Numbers) -> float:
        """Never asked: there is nothing to compare."""
        raise AssertionError("this engine finds no face")
