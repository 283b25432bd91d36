"""
Rendering the frames of a film: the sum of all movements at a time, and the picture under it.

A film has hundreds of times as many frames as a clip, so rendering takes shortcuts. Each movement is a field that is
computed once, in a box around the face; fields add up. Pixels are sampled bilinearly from a still of twice the size.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.synthesis.films.expressions import Expression
from micron_bert.synthesis.films.still import FRAME, OVERSAMPLING, Still
from micron_bert.synthesis.films.timeline import Timeline
from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import area_change, pixel_grid, transform_grid
from micron_bert.synthesis.motion.distractors import draw_tremor, gaze_field, turn_field
from micron_bert.synthesis.motion.face_regions import MOUTH_LOWER, MOUTH_UPPER, FaceRegions
from micron_bert.synthesis.motion.field import displace
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.head import head_similarity
from micron_bert.synthesis.motion.units import UnitActivation

FACE_BOX = (1.45, 1.35, 2.35)  # inter-ocular distances from the middle of the eyes to the sides, up and down
RIGID, FADE = 0.3, 0.9  # IOD around the face that move with the head, and IOD over which this fades
NOSE = 4


@dataclass(frozen=True)
class _Layer:
    """A movement of the skin: displacement and brightness `(3, h, w)` in the face's box, and how it opens the lips."""

    field: np.ndarray
    gape: float


class FilmRenderer:
    """
    Renders a still at any time of a timeline.

    Args:
        still ([`Still`]): the face and its surroundings.
        picture (`np.ndarray` of shape `(960, 1280, 3)`): the still as the camera shows it.
        timeline ([`Timeline`]): what happens.
        seed (`int`): of the habits of this face.
        shading (`float`): brightness per relative change of the skin's area.
    """

    def __init__(self, still: Still, picture: np.ndarray, timeline: Timeline, seed: int, shading: float):
        self.timeline, self.shading = timeline, np.float32(shading)
        self.iod = still.iod
        rng = np.random.default_rng(seed)
        self.box, self.landmarks = _face_box(still)
        self.regions = self._regions(0.0)
        self.mouth = _Mouth(self.regions)
        self.gaze = [_still(gaze_field(self.regions, shift)) for shift in np.eye(2, dtype=np.float32) * self.iod]
        self.standing = self._standing(rng)
        self.speech = self._speech(rng)
        pattern = cv2.GaussianBlur(rng.standard_normal(self.regions.shape), (0, 0), 0.4 * self.iod)
        self.light = (pattern / np.abs(pattern).max() * self.regions.face).astype(np.float32)
        self.acting: dict[Expression, _Layer] = {}
        self.picture = picture
        everywhere = [OVERSAMPLING * axis + (OVERSAMPLING - 1) / 2 for axis in pixel_grid(*FRAME)]
        self.behind = cv2.remap(picture, *everywhere, cv2.INTER_LINEAR)
        self._lay_out(still)

    def _regions(self, largest: float) -> FaceRegions:
        x0, y0, x1, y1 = self.box
        return FaceRegions(self.landmarks, (y1 - y0, x1 - x0), largest)

    def _layer(self, field: np.ndarray) -> _Layer:
        light = self.shading * np.clip(area_change(field), -0.3, 0.3)
        return _Layer(np.concatenate([field, light[None]]), self.mouth.opening(field))

    def _standing(self, rng: np.random.Generator) -> list[_Layer]:
        """Yaw and pitch by a degree, and tremors."""
        turns = [turn_field(self.regions, *pose) * self.regions.face for pose in ((1.0, 0.0), (0.0, 1.0))]
        tremors = [draw_tremor(self.regions, rng, 1.0) for _ in self.timeline.tremors]
        return [_still(turn) for turn in turns] + [self._layer(tremor) for tremor in tremors]

    def _speech(self, rng: np.random.Generator) -> list[_Layer]:
        """The jaw, the rounded lips and the lowered lip, by 1 % of the inter-ocular distance."""
        sizes = self.timeline.speech.sizes
        regions = self._regions(0.01 * self.iod * float(np.quantile(sizes, 0.9)) if len(sizes) else 0.0)
        habits = Habits().draw(rng)
        ways = (((26, 1.0), (25, 0.8)), ((18, 1.0),), ((16, 1.0), (25, 0.4)))
        fields = [displace([UnitActivation(*unit) for unit in way], 1.0, regions, rng, habits) for way in ways]
        return [self._layer(field) for field in fields]

    def _expression(self, expression: Expression) -> _Layer:
        if expression not in self.acting:
            rng = np.random.default_rng(expression.seed)
            regions = self._regions(0.01 * self.iod * expression.amplitude)
            units = [*expression.units, *expression.companions]
            field = displace(units, expression.amplitude, regions, rng, Habits().draw(rng))
            self.acting = {expression: self._layer(field)}  # only the layer of the current expression is kept
        return self.acting[expression]

    def _lay_out(self, still: Still) -> None:
        """The window of the picture that moves with the head, and how much of the movement each pixel takes."""
        oval = cv2.convexHull(np.round(still.landmarks).astype(np.int32))
        inside = np.zeros(FRAME, np.uint8)
        cv2.fillConvexPoly(inside, oval, 1)
        distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) / self.iod
        share = np.clip(1 - (distance - RIGID) / FADE, 0, 1).astype(np.float32)
        fade = share**2 * (3 - 2 * share)
        rows, columns = np.flatnonzero(fade.max(axis=1)), np.flatnonzero(fade.max(axis=0))
        top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
        self.window = slice(top, bottom), slice(left, right)
        self.fade = fade[self.window]
        self.grid = pixel_grid(bottom - top, right - left) + np.array([left, top], np.float32)[:, None, None]

    def skin(self, time: float) -> tuple[np.ndarray, float]:
        """Displacement of the skin and brightness `(3, h, w)` in the face's box, and the opening of the lips in px."""
        timeline = self.timeline
        layers = list(zip(timeline.turns.at(time), self.standing[:2], strict=True))
        layers += zip((drift.at(time) for drift in timeline.tremors), self.standing[2:], strict=True)
        layers += zip(timeline.gaze.at(time), self.gaze, strict=True)
        layers += zip(timeline.speech.at(time), self.speech, strict=True)
        for expression in timeline.expressions:
            if expression.course.onset < time < expression.course.offset:
                layers.append((expression.course.intensity(time), self._expression(expression)))
        total, gape = np.zeros_like(self.standing[0].field), 0.0
        for size, layer in layers:
            if size:
                cv2.scaleAdd(layer.field.reshape(-1, 1), float(size), total.reshape(-1, 1), total.reshape(-1, 1))
                gape += float(size) * layer.gape
        return total, gape

    def pose(self, time: float) -> np.ndarray:
        """The pose of the head: a similarity `(2, 3)` in pixels of the film."""
        x, y, roll, scale = (float(drift.at(time)) for drift in self.timeline.drifts)
        yaw, pitch = np.deg2rad(self.timeline.turns.at(time))
        # a head turns about the neck, so the face is shifted too
        shift = self.iod * np.clip([x + 0.6 * yaw, y + 0.6 * pitch], -0.3, 0.3)
        nose = self.landmarks[NOSE] + self.box[:2]
        return head_similarity(nose, shift, roll, float(np.exp(np.clip(scale, -0.05, 0.05))))

    def render(self, time: float) -> np.ndarray:
        """The picture `(480, 640, 3)` at a time in seconds, without noise."""
        skin, gape = self.skin(time)
        gain, local = self.timeline.light.at(time)
        moved = np.concatenate([-skin[:2], skin[2:] + np.float32(local) * self.light])
        self._close_eyes(moved, time)
        moved[2] -= self.mouth.shadow(gape)
        pose = self.pose(time)
        sources, light = self._sources(moved, pose)
        x, y = OVERSAMPLING * sources + (OVERSAMPLING - 1) / 2
        front = cv2.remap(self.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        light *= np.float32(1 + gain)
        frame = cv2.convertScaleAbs(self.behind, alpha=float(1 + gain))
        frame[self.window] = cv2.multiply(front, cv2.merge([light] * 3), dtype=cv2.CV_8U)
        return frame

    def _close_eyes(self, moved: np.ndarray, time: float) -> None:
        """Lids over what the skin does, in the rows of the eyes."""
        for course in self.timeline.blinks:
            if course.start < time < course.end:
                closure = float(course.closure(np.float64(time)))
                lids = self.regions.lids
                margin = 0.35 * self.iod
                top, bottom = (int(round(v)) for v in (lids.min() - margin, lids.max() + margin))
                rows = slice(max(top, 0), bottom)
                grid = pixel_grid(*self.regions.shape)[:, rows]
                moved[:2, rows] = Blink(self.regions, closure).backward(grid + moved[:2, rows]) - grid

    def _sources(self, moved: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the window's pixels come from `(2, H, W)`, in pixels of the film, and their brightness `(H, W)`."""
        inverse = cv2.invertAffineTransform(pose)
        left, top = self.window[1].start, self.window[0].start
        size = self.fade.shape[::-1]
        # from the window's pixels to those of the face's box
        to_box = inverse.copy()
        to_box[:, 2] += inverse[:, :2] @ (left, top) - self.box[:2]
        field = cv2.warpAffine(
            np.ascontiguousarray(moved.transpose(1, 2, 0)), to_box, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        sources = transform_grid(inverse, self.grid) - self.grid
        sources *= self.fade
        sources += self.grid
        sources[0] += field[..., 0]
        sources[1] += field[..., 1]
        return sources, 1 + field[..., 2]


class _Mouth:
    """The slit between the lips, dark where they part."""

    def __init__(self, regions: FaceRegions):
        points = regions.landmarks
        corners = np.sort(points[[61, 291], 0])
        upper, lower = (
            np.interp(regions.columns, *points[np.array(line)[np.argsort(points[list(line), 0])]].T)
            for line in (MOUTH_UPPER, MOUTH_LOWER)
        )
        self.middle = ((upper + lower) / 2).astype(np.float32)
        place = (regions.columns - corners.mean()) / (0.42 * (corners[1] - corners[0]))
        self.width = np.sqrt(np.clip(1 - place**2, 0, 1)).astype(np.float32)
        self.rows = regions.rows[:, None]
        self.soft = 0.015 * regions.iod
        # a photograph with teeth or a gap needs no shadow
        parted = float((lower - upper).max()) / regions.iod
        self.strength = 0.75 * np.clip(1 - parted / 0.08, 0, 1)
        self.centre = int(round(float(corners.mean()))), self.middle
        self.reach = 0.06 * regions.iod

    def opening(self, field: np.ndarray) -> float:
        """How far a displacement field `(2, h, w)` opens the lips, in pixels."""
        column = self.centre[0]
        row = self.middle[column]
        lip = [int(np.clip(round(float(row + side * self.reach)), 0, field.shape[1] - 1)) for side in (-1, 1)]
        return float(field[1, lip[1], column] - field[1, lip[0], column])

    def shadow(self, gape: float) -> np.ndarray | np.float32:
        """How much darker it gets `(h, w)` where the lips are `gape` pixels apart."""
        if gape <= 0 or not self.strength:
            return np.float32(0)
        half = 0.4 * gape * self.width
        inside = np.clip((half - np.abs(self.rows - (self.middle + 0.5 * gape))) / self.soft + 0.5, 0, 1)
        return np.float32(self.strength) * (inside * (self.width > 0)).astype(np.float32)


def _still(field: np.ndarray) -> _Layer:
    """A movement that neither shades the skin nor opens the lips."""
    return _Layer(np.concatenate([field, np.zeros_like(field[:1])]).astype(np.float32), 0.0)


def _face_box(still: Still) -> tuple[tuple[int, int, int, int], np.ndarray]:
    """The box around the face (left, top, right, bottom) in the film, and the landmarks in its pixels."""
    aside, above, below = FACE_BOX
    x, y = still.landmarks[[33, 133, 362, 263]].mean(axis=0)
    height, width = FRAME
    left, right = max(int(x - aside * still.iod), 0), min(int(x + aside * still.iod), width)
    top, bottom = max(int(y - above * still.iod), 0), min(int(y + below * still.iod), height)
    return (left, top, right, bottom), still.landmarks - np.array([left, top], np.float32)
