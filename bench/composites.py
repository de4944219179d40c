"""Photograph-like pictures of papers on desks, with corners known exactly.

What makes finding hard is drawn on purpose: papers as light as the desk,
shadows, hands, a second paper, clutter, bent sides, blur, noise and JPEG. A seed
gives one picture for ever. Seeds below ``FIRST_KEPT_BACK`` are for development
and calibration; figures that are reported use the others.
"""

from pathlib import Path

import cv2
import msgspec
import numpy as np

from bench.desks import Size, a_desk, photographed_desks
from bench.pairs import folded, two_papers
from bench.sheets import Papers
from bench.troubles import like_paper, with_hand, with_shadow
from document_capture.images import Array, Corners, Image
from document_capture.quads import encloses, overlap

FIRST_KEPT_BACK = 1_000_000
"""No detector is ever tuned on a picture with this seed or a greater one."""
CHANCES = {
    "second": 0.2,
    "light-on-light": 0.2,
    "bent": 0.2,
    "hand": 0.2,
    "shadow": 0.35,
}
"""How often each difficulty is drawn."""
PAIRS, FOLDED = 1 / 6, 1 / 8
"""How often two papers lie side by side, and how often the one was folded."""
APART = 1
"""Says which stream of chance of a seed decides on those."""
VISIBLE = 6.0
"""Difference of colour (L2 in 8-bit Lab) that a person sees as an edge."""
SIZES: tuple[Size, ...] = ((1920, 1080), (1080, 1920), (1440, 1080), (1080, 1440))


class Composite(msgspec.Struct, frozen=True):
    """A picture and the paper in it."""

    image: Image
    corners: Corners | None
    """(4, 2) pixels, clockwise; ``None``: a desk without a paper."""
    traits: frozenset[str]
    """What is hard about it."""
    beside: Corners | None = None
    """Of another whole paper, where two lie side by side; either is right."""

    @property
    def papers(self) -> list[Corners]:
        """The corners of every whole paper."""
        return [one for one in (self.corners, self.beside) if one is not None]


class Pose(msgspec.Struct, frozen=True):
    """How a paper lies under a camera."""

    turn: float
    tip: float
    pan: float
    """Radians: in the desk's plane; away from the camera; to the side."""
    share: float
    """Of the frame that the paper fills, 0 to 1."""
    shift: Array
    """Pixels by which it lies off the middle."""


class Composer:
    """Makes composites; a desk may come from photographs in ``desks``.

    ``plain``: of one flat paper, with light, shadow, clutter, blur, noise and JPEG, but
    no hand, no second paper, and no desk of the paper's own colour.
    """

    def __init__(
        self, fonts: Path, desks: Path | None = None, *, plain: bool = False
    ) -> None:
        self._papers = Papers(fonts)
        self._photographs = photographed_desks(desks)
        self._chances = {
            name: 0.0 if plain and name != "shadow" else chance
            for name, chance in CHANCES.items()
        }
        self._pairs, self._folded = (0.0, 0.0) if plain else (PAIRS, FOLDED)

    def compose(self, seed: int, size: Size | None = None) -> Composite:
        """Return the picture of ``seed``; one in twelve shows no paper at all."""
        rng = np.random.default_rng(seed)
        size = size or SIZES[int(rng.integers(len(SIZES)))]
        if rng.random() < 1 / 12:
            desk = a_desk(rng, size, self._photographs, clutter=False)
            return Composite(_photographed(rng, desk), None, frozenset({"empty"}))
        other = np.random.default_rng((seed, APART))
        attempt = self._pair if other.random() < self._pairs else self._attempt
        while True:
            made = attempt(rng, other, size)
            # Where nobody can see a side, there is no right answer to compare with.
            if all(visible(made.image, corners) for corners in made.papers):
                return made

    def _drawn(self, rng: np.random.Generator) -> set[str]:
        return {n for n, chance in self._chances.items() if rng.random() < chance}

    def _pair(
        self, rng: np.random.Generator, other: np.random.Generator, size: Size
    ) -> Composite:
        """Return two papers side by side."""
        picture = a_desk(rng, size, self._photographs)
        pair, squares = two_papers(other, self._papers)
        pose = msgspec.structs.replace(a_pose(rng, size), share=rng.uniform(0.6, 0.97))
        frame = placed(pose, pair, size)
        traits = self._drawn(rng)
        traits -= {"second", "bent"}
        if "light-on-light" in traits:
            picture = like_paper(rng, picture, pair)
        picture = _laid(rng, picture, pair, frame, 0.0)
        height, width = pair.shape[:2]
        whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        matrix = cv2.getPerspectiveTransform(whole, frame)
        one, two = (
            cv2.perspectiveTransform(square[None], matrix)[0] for square in squares
        )
        if "hand" in traits:
            picture = with_hand(rng, picture, one)
        if "shadow" in traits:
            picture = with_shadow(rng, picture, frame)
        return Composite(
            _photographed(rng, picture), one, frozenset(traits | {"beside"}), two
        )

    def _attempt(
        self, rng: np.random.Generator, other: np.random.Generator, size: Size
    ) -> Composite:
        picture = a_desk(rng, size, self._photographs)
        paper = self._papers.draw(rng)
        corners = placed(a_pose(rng, size), paper, size)
        traits = self._drawn(rng)
        if "light-on-light" in traits:
            picture = like_paper(rng, picture, paper)
        if "second" in traits:
            picture = self._second(rng, picture, corners)
        if other.random() < self._folded:
            paper = folded(other, paper)
            traits.add("folded")
        bent = rng.uniform(0.004, 0.02) if "bent" in traits else 0.0
        picture = _laid(rng, picture, paper, corners, bent)
        if "hand" in traits:
            picture = with_hand(rng, picture, corners)
        if "shadow" in traits:
            picture = with_shadow(rng, picture, corners)
        return Composite(_photographed(rng, picture), corners, frozenset(traits))

    def _second(
        self, rng: np.random.Generator, picture: Array, corners: Corners
    ) -> Array:
        """Return ``picture`` with another paper, that peeps out under the first."""
        size = picture.shape[1], picture.shape[0]
        paper = self._papers.draw(rng)
        while True:
            other = placed(a_pose(rng, size), paper, size)
            other = (other + rng.uniform(-0.5, 0.5, 2) * size).astype(np.float32)
            under = overlap(other, corners) > 0.03
            if under and not encloses(other, corners, slack=0.02 * size[0]):
                return _laid(rng, picture, paper, other, 0.0)


def visible(image: Image, corners: Corners) -> bool:
    """Whether a person could follow each side: its colours differ on half of it."""
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 2), cv2.COLOR_BGR2LAB)
    along = np.roll(corners, -1, axis=0) - corners
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1)
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    on = corners[:, None] + np.linspace(0.02, 0.98, 60)[:, None] * along[:, None]
    limit = np.array(image.shape[1::-1]) - 1
    colours = []
    for way in (6, -6):
        at = np.clip(on + way * inward[:, None], 0, limit).astype(np.int64)
        colours.append(lab[at[..., 1], at[..., 0]].astype(np.float64))
    change = np.linalg.norm(colours[0] - colours[1], axis=-1)
    return bool(((change > VISIBLE).mean(axis=1) > 0.5).all())


def a_pose(rng: np.random.Generator, size: Size) -> Pose:
    """Return how somebody lays a paper down and holds a camera over it."""
    turned = 90 * int(rng.integers(4)) if rng.random() < 0.3 else 0
    return Pose(
        turn=float(np.radians(rng.normal(0, 10) + turned)),
        tip=float(np.radians(rng.normal(0, 14))),
        pan=float(np.radians(rng.normal(0, 8))),
        share=float(rng.uniform(0.45, 0.97)),
        shift=rng.normal(0, 0.06, 2) * size,
    )


def placed(pose: Pose, paper: Image, size: Size) -> Corners:
    """Return where ``paper`` lies in a frame of ``size`` when seen in ``pose``."""
    height, width = paper.shape[:2]
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    flat = square * [width / max(width, height), height / max(width, height)]
    sine, cosine = np.sin(pose.turn), np.cos(pose.turn)
    turned = flat @ np.array([[cosine, sine], [-sine, cosine]])
    depth = 3.2 + turned[:, 1] * np.sin(pose.tip) + turned[:, 0] * np.sin(pose.pan)
    seen = turned * [np.cos(pose.pan), np.cos(pose.tip)] / depth[:, None]
    seen -= (seen.max(axis=0) + seen.min(axis=0)) / 2
    scale = pose.share * min(np.array(size) / np.ptp(seen, axis=0))
    room = (np.array(size) - scale * np.ptp(seen, axis=0)) / 2 - 4
    shift = np.clip(pose.shift, -room, room)
    corners: Corners = (seen * scale + np.array(size) / 2 + shift).astype(np.float32)
    return corners


def _laid(
    rng: np.random.Generator, desk: Array, paper: Image, corners: Corners, bent: float
) -> Array:
    """Return ``desk`` with ``paper`` on it, its shadow around it, its sides bent."""
    height, width = paper.shape[:2]
    size = desk.shape[1], desk.shape[0]
    if paper.shape[2] == 3:
        paper = np.dstack([paper, np.full((height, width), 255, np.uint8)])
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), source)
    grid = np.stack(np.meshgrid(*map(np.arange, size)), axis=-1).astype(np.float32)
    on_paper = cv2.perspectiveTransform(grid.reshape(1, -1, 2), matrix)
    on_paper = on_paper.reshape(*grid.shape)
    if bent:
        share = on_paper / [width, height]
        bow = bent * 4 * share * (1 - share) * rng.choice([-1, 1], 2)
        on_paper += (bow[..., ::-1] * [width, height]).astype(np.float32)
    shrink = min(1.0, 1.5 * float(np.ptp(corners, axis=0).max()) / max(width, height))
    small = cv2.resize(paper, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    at = on_paper.astype(np.float32) * shrink
    laid = cv2.remap(small, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
    cover = laid[..., 3:].astype(np.float32) / 255
    drop = cv2.GaussianBlur(cover, (0, 0), rng.uniform(2, 9))
    drop = np.roll(drop, rng.integers(-6, 7, 2), axis=(0, 1))[..., None]
    shaded = desk * (1 - drop * rng.uniform(0.0, 0.45))
    seen: Array = shaded * (1 - cover) + laid[..., :3] * cover
    return seen.astype(np.float32)


def _photographed(rng: np.random.Generator, picture: Array) -> Image:
    """Return ``picture`` as a camera sees it: light, lens, noise and JPEG."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0, 0.3) * (x * np.cos(angle) + y * np.sin(angle))
    light *= rng.uniform(0.45, 1.08)
    if rng.random() < 0.2:
        lamp = rng.uniform(-1, 1, 2)
        light += 0.5 * np.exp(-((x - lamp[0]) ** 2 + (y - lamp[1]) ** 2) / 0.15)
    tint = rng.uniform(0.88, 1.06, 3)
    lit = (picture * light[..., None] * tint).astype(np.float32)
    lit = cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.5, 2.2))
    if rng.random() < 0.15:
        length = int(rng.integers(3, 12))
        lit = cv2.filter2D(lit, -1, np.eye(length, dtype=np.float32) / length)
    noise = np.empty(lit.shape, np.float32)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.randn(noise, 0, rng.uniform(1, 7))
    seen = np.clip(lit + noise, 0, 255).astype(np.uint8)
    quality = int(rng.integers(55, 95))
    done, data = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done, "an 8-bit image can always be encoded"
    image: Image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image
