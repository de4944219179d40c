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
        """Raise: there is never a face to embed."""
        raise NotImplementedError

    def compare(self, one: Numbers, other: Numbers) -> float:
        """Raise: there is never anything to compare."""
        raise NotImplementedError
