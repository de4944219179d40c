"""How many dots an inch has under this terminal's camera, measured on a known sheet.

The sheet is ``calibration_target``'s: a QR code names the size of a black frame.
Both edges of its band are found to a fraction of a pixel; the middle between
them does not move when a printer lays on too much ink or a lens is unsharp.
"""

import logging
from pathlib import Path

import cv2
import msgspec
import numpy as np

from counter_client.calibration_frame import NoTarget, Sides, find_sides
from counter_client.calibration_target import Target
from counter_client.printing.disk import write_safely
from document_capture.gate import HOPELESS
from document_capture.images import Array, Image
from document_capture.papers import Paper, least_dpi

log = logging.getLogger(__name__)

FILE = "camera.json"
INCH = 25.4
FOCAL_SHARE = 0.8
"""Focal length over the picture's diagonal, 64 degrees from corner to corner: what
document cameras have. It only enters the tilt, which a lens of 53 to 76 degrees
makes wrong by a quarter of itself at most."""
COARSE = 100.0
"""Dots an inch below which one Chinese character in 500 is misread."""
CARDS_REFUSED = HOPELESS * least_dpi(Paper.CARD)
"""Dots an inch below which the gate takes no card or passport from a measured tray."""
STRETCHED = 0.02
"""By this share dots may be taller than wide; more is a picture of the wrong shape."""
TILTED = 5.0
"""Degrees by which a camera may look askew before writing far off gets smaller."""
BLURRED = 0.5
"""Millimetres from ink to paper; with more, one character in 200 is misread."""
UNEVEN = 0.6
"""The darkest part of the sheet over the brightest: less is a lamp on one side."""
TOO_BRIGHT, TOO_DARK = 250.0, 100.0
"""Grey levels of white paper: at 255 its texture and pale stamps are gone."""
LARGEST_MISFIT = 1.0
"""Millimetres between the frame and a plane one: more is a sheet that is not flat."""
CELLS = 6, 8
"""Fields of the sheet, across and down, in which the light is measured."""


class NotFlat(NoTarget):
    """The sheet is bent, or not printed in proportion."""

    code = "calibrate-not-flat"


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, of pictures of exactly this width and height."""

    width: int
    height: int
    dpi_x: float
    """Dots an inch along the picture's rows, in the middle of the sheet."""
    dpi_y: float
    tilt: float
    """Degrees between the camera's axis and straight down; see ``FOCAL_SHARE``."""
    blur_mm: float
    """Millimetres in which an edge goes from a tenth to nine tenths of its step."""
    evenness: float
    """Brightness of the darkest part over the brightest, 0 to 1."""
    brightness: float
    """Grey level of the brightest white, 0 to 255."""

    @property
    def dpi(self) -> float:
        """Dots an inch, both ways taken together."""
        return float(np.sqrt(self.dpi_x * self.dpi_y))

    def fits(self, frame: Image) -> bool:
        """Return whether it was measured on pictures of this size."""
        return frame.shape[:2] == (self.height, self.width)

    @property
    def advice(self) -> list[str]:
        """What to improve, as keys of ``texts.json``; nothing when all is well."""
        unlike = abs(self.dpi_x / self.dpi_y - 1)
        coarsest = min(self.dpi_x, self.dpi_y)
        judged = {
            "calibrate-too-coarse": coarsest < COARSE,
            "calibrate-cards-refused": COARSE <= coarsest < CARDS_REFUSED,
            "calibrate-tilted": self.tilt > TILTED,
            "calibrate-stretched": unlike > STRETCHED and self.tilt <= TILTED,
            "calibrate-blurred": self.blur_mm > BLURRED,
            "calibrate-uneven": self.evenness < UNEVEN,
            "calibrate-too-bright": self.brightness > TOO_BRIGHT,
            "calibrate-too-dark": self.brightness < TOO_DARK,
        }
        return [code for code, found in judged.items() if found]


def measure(image: Image) -> Calibration:
    """Return what a picture of the target says about the camera.

    Args:
        image: (h, w, 3) BGR, the whole frame in it, in any orientation.

    Raises:
        NoTarget: the code is not seen.
        NoFrame: the frame round the code is not whole.
        NotFlat: the frame is no plane rectangle of the size that the code says.
    """
    sides = find_sides(image)
    matrix = _projection(sides)
    middle = np.array([sides.target.width / 2, sides.target.height / 2])
    # Millimetres for one dot along a row and along a column of the picture.
    back = np.linalg.inv(_jacobian(matrix, middle))
    across, down = np.linalg.norm(back, axis=0)
    evenness, brightness = _light(image, matrix, sides.target)
    return Calibration(
        width=image.shape[1],
        height=image.shape[0],
        dpi_x=round(INCH / float(across), 2),
        dpi_y=round(INCH / float(down), 2),
        tilt=round(_tilt(matrix, image), 2),
        blur_mm=round(sides.blur * float(across + down) / 2, 3),
        evenness=round(evenness, 3),
        brightness=round(brightness, 1),
    )


def save(folder: Path, calibration: Calibration) -> None:
    """Keep it for this terminal, whole even if power fails."""
    write_safely(folder / FILE, msgspec.json.format(msgspec.json.encode(calibration)))


def load(folder: Path) -> Calibration | None:
    """Return what was saved; ``None`` if nothing was, or it cannot be read."""
    try:
        raw = (folder / FILE).read_bytes()
        return msgspec.json.decode(raw, type=Calibration)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        log.warning("camera.json cannot be read: calibrate the camera again")
        return None


def _projection(sides: Sides) -> Array:
    """Return the matrix from millimetres on the sheet to dots of the picture."""
    target = sides.target
    outer = _rectangle(target.width, target.height, 0)
    inner = _rectangle(target.width, target.height, target.band)
    flat = np.vstack([outer, inner])
    seen = np.vstack([sides.outer, sides.inner])
    matrix, _ = cv2.findHomography(flat, seen, 0)
    if matrix is None:
        raise NotFlat
    found = _project(np.linalg.inv(matrix), seen)
    if float(np.abs(found - flat).max()) > LARGEST_MISFIT:
        raise NotFlat
    return np.asarray(matrix, np.float64)


def _rectangle(width: float, height: float, inset: float) -> Array:
    left, right, top, bottom = inset, width - inset, inset, height - inset
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return np.array(corners, np.float64)


def _project(matrix: Array, points: Array) -> Array:
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    flat: Array = mapped[:, :2] / mapped[:, 2:]
    return flat


def _jacobian(matrix: Array, point: Array) -> Array:
    """Return by how many dots a picture point moves for a millimetre on the sheet."""
    u, v, w = matrix @ [*point, 1.0]
    rows = [
        (matrix[0, :2] * w - matrix[2, :2] * u) / w**2,
        (matrix[1, :2] * w - matrix[2, :2] * v) / w**2,
    ]
    return np.array(rows)


def _tilt(matrix: Array, image: Image) -> float:
    """Return the angle of the sheet to the picture, from how depth changes on it.

    Depth is in proportion to the third row of the projection (Hartley and
    Zisserman, Multiple View Geometry, 2nd edition, 8.1): its relative change per
    millimetre is sin(tilt) over the distance, and the larger scale at the axis is
    the focal length over the distance.
    """
    height, width = image.shape[:2]
    axis = np.array([[width / 2, height / 2]])
    point = _project(np.linalg.inv(matrix), axis)[0]
    depth = float(matrix[2] @ [*point, 1.0])
    change = float(np.linalg.norm(matrix[2, :2])) / abs(depth)
    scale = float(np.linalg.norm(_jacobian(matrix, point), ord=2))
    distance = FOCAL_SHARE * float(np.hypot(width, height)) / scale
    return float(np.degrees(np.arcsin(min(1.0, change * distance))))


def _light(image: Image, matrix: Array, target: Target) -> tuple[float, float]:
    """Return evenness and brightness of the white inside the frame."""
    per_mm = 2
    inside = target.band + 3
    size = np.array([target.width - 2 * inside, target.height - 2 * inside]) * per_mm
    move = np.array([[1 / per_mm, 0, inside], [0, 1 / per_mm, inside], [0, 0, 1]])
    flat = cv2.warpPerspective(
        cv2.cvtColor(image, cv2.COLOR_BGR2GRAY),
        matrix @ move,
        (round(size[0]), round(size[1])),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    white = [
        # Most of a field is paper; what is printed on it is darker.
        float(np.percentile(field, 80))
        for row in np.array_split(flat, CELLS[1], axis=0)
        for field in np.array_split(row, CELLS[0], axis=1)
    ]
    return min(white) / max(*white, 1.0), max(white)
