"""All that changes between two frames of a face besides its expression."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from micron_bert.synthesis.motion.field import FaceRegions, Habits, expression_field, smooth_noise
from micron_bert.synthesis.motion.units import UnitActivation

SPEECH_UNITS = (16, 18, 25, 26)


@dataclass(frozen=True)
class Nuisances:
    """
    Strengths of the nuisances; `Nuisances.none()` switches all of them off.

    Attributes:
        crop (`tuple[float, float, float]`):
            Common to both frames: standard deviation of the crop's shift (share of its side), turn (degrees) and
            logarithmic scale.
        residue (`float`):
            What the alignment of the face leaves between two frames: root mean square shift in pixels; with 0.3 go a
            turn of 0.2 degrees and a change of scale of 0.2 %.
        turn (`float`): standard deviation of the head's turn and nod between the frames, in degrees.
        gaze (`float`), blink (`float`), speech (`float`): shares of the pairs that have one.
        speech_size (`tuple[float, float]`): range of the movement of lips and jaw in speech, in % IOD, log-uniform.
        tremor (`float`): median size of smooth deformations of the face that are no expression, in % IOD.
        light (`float`): standard deviation of the change of brightness between the frames, relative.
        shading (`float`): how much stretched skin brightens: brightness per relative change of area.
        noise (`tuple[float, float]`): range of the sensor noise in grey levels, log-uniform.
        blur (`tuple[float, float]`): range of the blur common to both frames, in pixels of the portrait.
        grey (`float`): share of the pairs without colour.
        jpeg (`float`): share of the pairs that were compressed; `quality` is the range of the JPEG quality.
        video (`float`): share of the pairs that come from a compressed film (pairs alone); `crf` is the range of its
            rate factor, `video_scale` that of the face's size in the film over its size in the crop; half of these
            heads move between the frames by `video_shift` pixels (root mean square), which the alignment takes back.
        flip (`float`): share of the pairs that are mirrored.
    """

    crop: tuple[float, float, float] = (0.015, 1.5, 0.02)
    residue: float = 0.3
    turn: float = 0.2
    gaze: float = 0.3
    blink: float = 0.2
    speech: float = 0.15
    speech_size: tuple[float, float] = (0.1, 0.8)
    tremor: float = 0.03
    light: float = 0.005
    shading: float = 0.2
    noise: tuple[float, float] = (0.3, 1.5)
    blur: tuple[float, float] = (0.6, 1.4)
    grey: float = 0.2
    jpeg: float = 0.4
    quality: tuple[int, int] = (75, 98)
    video: float = 0.0
    crf: tuple[int, int] = (12, 26)
    video_scale: tuple[float, float] = (0.6, 1.4)
    video_shift: float = 0.8
    flip: float = 0.5

    @classmethod
    def none(cls, **kept) -> "Nuisances":
        """No nuisance, except those given."""
        silent = cls(
            crop=(0, 0, 0), residue=0, turn=0, gaze=0, blink=0, speech=0, tremor=0, light=0, shading=0, noise=(0, 0),
            blur=(0.8, 0.8), grey=0, jpeg=0, video=0, flip=0,
        )  # fmt: skip
        return replace(silent, **kept)


def draw_crop(rng: np.random.Generator, size: int, nuisances: Nuisances) -> np.ndarray:
    """A crop a little beside the canonical one, perhaps mirrored: `(2, 3)`, canonical pixels to pixels of the crop."""
    shift, turn, scale = nuisances.crop
    dx, dy = np.clip(rng.standard_normal(2), -2.5, 2.5) * shift * size
    angle = np.deg2rad(turn) * np.clip(rng.standard_normal(), -2, 2)
    zoom = np.exp(scale * np.clip(rng.standard_normal(), -2, 2))
    mirror = -1.0 if rng.random() < nuisances.flip else 1.0
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = linear @ np.diag([mirror, 1.0])
    # where the sub-pixel grid of the picture falls is drawn for every pair, so that no frame is the sharper one
    centre = np.full(2, (size - 1) / 2)
    phase = rng.uniform(-0.5, 0.5, 2) if any(nuisances.crop) else np.zeros(2)
    return np.column_stack([linear, centre - linear @ centre + (dx, dy) + phase])


def draw_residue(rng: np.random.Generator, size: int, residue: float) -> np.ndarray:
    """The similarity `(2, 3)` by which an aligned head still differs from itself a moment before, in pixels."""
    dx, dy, turn, scale = rng.standard_normal(4) * residue
    centre = np.full(2, (size - 1) / 2)
    return head_similarity(centre, (dx / np.sqrt(2), dy / np.sqrt(2)), np.deg2rad(0.67) * turn, 1 + 0.0067 * scale)


def head_similarity(centre: np.ndarray, shift: tuple[float, float], angle: float, scale: float) -> np.ndarray:
    """A turn by `angle` radians and a scaling about `centre`, then a shift: `(2, 3)`."""
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, np.asarray(centre) - linear @ centre + shift])


def turn_field(regions: FaceRegions, yaw: float, pitch: float) -> np.ndarray:
    """
    Parallax of a small turn of the head, in pixels: what stands out moves more.

    Args:
        regions ([`FaceRegions`]): the face.
        yaw (`float`), pitch (`float`): in degrees.
    """
    # the nose tip stands out .35 IOD over the plane of the eyes, the rest of the face falls off around it
    nose = regions.landmarks[4]
    wide = np.exp(-0.5 * ((regions.columns - nose[0]) / (0.55 * regions.iod)) ** 2)
    high = np.exp(-0.5 * ((regions.rows - nose[1]) / (0.6 * regions.iod)) ** 2)
    depth = (0.35 * regions.iod) * np.outer(high, wide) - 0.1 * regions.iod
    shift = np.deg2rad([yaw, pitch])
    return (shift[:, None, None] * depth).astype(np.float32)


def gaze_field(regions: FaceRegions, shift: np.ndarray) -> np.ndarray:
    """The eyeballs turned by `shift` (dx, dy in pixels) at the iris; the lids rest."""
    eyes = (regions.opening > 0) * regions.eyeballs
    return (np.asarray(shift, np.float32)[:, None, None] * eyes).astype(np.float32)


def draw_gaze(regions: FaceRegions, rng: np.random.Generator) -> np.ndarray:
    """A glance of some degrees at most, mostly sideways."""
    sideways, upwards = rng.standard_normal(2)
    shift = np.clip(0.018 * regions.iod * sideways, -0.04 * regions.iod, 0.04 * regions.iod)
    return gaze_field(regions, np.array([shift, np.clip(0.25 * upwards * 0.018, -0.012, 0.012) * regions.iod]))


def draw_speech(
    regions: FaceRegions, rng: np.random.Generator, habits: Habits, size: tuple[float, float]
) -> np.ndarray:
    """Lips and jaw as in speech or a breath, in pixels; `size` is the range of the movement in % IOD."""
    numbers = rng.choice(SPEECH_UNITS, size=rng.integers(1, 3), replace=False)
    units = [UnitActivation(int(number), float(rng.uniform(0.5, 1.5))) for number in numbers]
    amplitude = 0.01 * regions.iod * np.exp(rng.uniform(*np.log(size)))
    sign = 1.0 if rng.random() < 0.7 else -0.6  # lips close as well
    return np.float32(sign * amplitude) * expression_field(units, regions, rng, habits)


def draw_tremor(regions: FaceRegions, rng: np.random.Generator, size: float) -> np.ndarray:
    """Smooth deformations of the face without meaning, `size` % IOD in the median, in pixels."""
    amplitude = 0.01 * regions.iod * size * np.exp(0.6 * rng.standard_normal())
    noise = smooth_noise(rng, regions.shape, rng.uniform(0.3, 1.0) * regions.iod, 2)
    return np.float32(amplitude) * noise * regions.face


@dataclass(frozen=True)
class Blink:
    """
    Upper lids that come down over the eyeballs by a share of the opening.

    The lid between its crease and its rim is stretched; below the rim the eyeball stays where it is, and what the lid
    has covered is squeezed into the lash line. In each column the map is monotone, so it has an exact inverse.

    Attributes:
        closure (`float`): 0 open, 1 closed.
    """

    regions: FaceRegions
    closure: float

    def _knots(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        columns = self.regions.columns
        upper, lower = (np.interp(x, columns, rim) for rim in self.regions.lids)
        opening = np.interp(x, columns, self.regions.opening)
        crease = upper - (0.4 * self.regions.opening.max() + 0.6 * opening)
        rim = upper + self.closure * 0.95 * opening
        # the eyeball is uncovered again a little below the rim
        end = np.minimum(np.maximum(rim + 0.25 * opening, upper), lower)
        end = np.maximum(end, rim + 0.02 * opening)
        return crease, upper, rim, end

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where what is at `points` `(2, H, W)` goes."""
        x, y = points
        crease, upper, rim, end = self._knots(x)
        return np.stack([x, _piecewise(y, (crease, upper, end), (crease, rim, end))])

    def backward(self, points: np.ndarray) -> np.ndarray:
        """What comes to `points` `(2, H, W)`."""
        x, y = points
        crease, upper, rim, end = self._knots(x)
        return np.stack([x, _piecewise(y, (crease, rim, end), (crease, upper, end))])


def _piecewise(values: np.ndarray, knots: tuple[np.ndarray, ...], images: tuple[np.ndarray, ...]) -> np.ndarray:
    """Linear between three knots that differ from pixel to pixel, and the identity outside of them."""
    result = values.astype(np.float32)
    for low, high, start, stop in zip(knots, knots[1:], images, images[1:], strict=False):
        within = (values > low) & (values < high)
        share = (values - low) / np.maximum(high - low, 1e-6)
        result = np.where(within, start + share * (stop - start), result)
    return result.astype(np.float32)


@dataclass(frozen=True)
class Camera:
    """What light, sensor and compression make of a pair or a clip; the same settings for all of its frames."""

    gain: float
    offset: float
    gamma: float
    cast: np.ndarray
    grey: bool
    noise: float
    shot: float
    quality: int | None

    @classmethod
    def draw(cls, rng: np.random.Generator, nuisances: Nuisances) -> "Camera":
        """Draw the settings."""
        if nuisances.light:
            gain, gamma = np.exp(0.15 * np.clip(rng.standard_normal(2), -2, 2))
            offset, cast = 8 * rng.standard_normal(), np.exp(0.04 * rng.standard_normal(3))
        else:
            gain, gamma, offset, cast = 1.0, 1.0, 0.0, np.ones(3)
        low, high = nuisances.noise
        noise = np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))) if high else 0.0
        shot = np.float32(rng.uniform(0, 1))
        quality = int(rng.integers(nuisances.quality[0], nuisances.quality[1] + 1))
        compressed, grey = rng.random(2) < (nuisances.jpeg, nuisances.grey)
        return cls(gain, offset, gamma, cast, bool(grey), noise, shot, quality if compressed else None)

    def expose(self, frames: np.ndarray, light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """
        Take the pictures.

        Args:
            frames (`np.ndarray` of shape `(T, H, W, 3)`):
                uint8, the scene.
            light (`np.ndarray` of shape `(T, H, W)`):
                Brightness of each pixel, 1 without a change.
            rng (`np.random.Generator`):
                Source of the noise.

        Returns:
            `np.ndarray` of shape `(T, H, W, 3)`, uint8.
        """
        pictures = np.empty_like(frames)
        curve = self.curve()
        for index, frame in enumerate(frames):
            if self.grey:
                frame = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
            picture = cv2.LUT(frame, curve).reshape(*frame.shape[:2], -1)
            picture *= light[index, :, :, None]
            noise = np.zeros_like(picture)
            if self.noise:
                noise = draw_noise(rng, picture.shape)
                # half of the variance is that of the sensor, the rest grows with the light
                noise *= self.noise * np.sqrt((1 - self.shot) + self.shot / 128 * np.maximum(picture[..., :1], 4))
            picture = cv2.add(picture, noise, dtype=cv2.CV_8U)
            pictures[index] = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB) if self.grey else picture
            if self.quality is not None:
                pictures[index] = compress(pictures[index], self.quality)
        return pictures

    def curve(self) -> np.ndarray:
        """Brightness after gain, offset and gamma for every value of every channel: `(1, 256, 3)`, grey `(1, 256)`."""
        values = np.clip((np.arange(256) * self.gain + self.offset) / 255, 0, 1.2) ** self.gamma * 255
        values = values.astype(np.float32)[None]
        return values if self.grey else values[..., None] * self.cast.astype(np.float32)


def draw_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise of mean 0 and variance 1, float32: sums of four random bytes, faster than normal numbers."""
    count = int(np.prod(shape))
    octets = np.frombuffer(rng.bytes(4 * count), np.uint8).reshape(4, count)
    sums = octets[0].astype(np.float32)
    for row in octets[1:]:
        sums += row
    sums -= np.float32(4 * 127.5)
    sums *= np.float32(1 / np.sqrt(4 * (256**2 - 1) / 12))
    return sums.reshape(shape)


def draw_light(
    rng: np.random.Generator, shape: tuple[int, int], strength: float, area: np.ndarray | None, shading: float
) -> np.ndarray:
    """
    Brightness of the later frame over that of the earlier one, `(H, W)`.

    Args:
        rng (`np.random.Generator`): source of randomness.
        shape (`tuple[int, int]`): height and width.
        strength (`float`): standard deviation of the global change; local changes are as large.
        area (`np.ndarray` of shape `(H, W)`, *optional*): relative change of the skin's area: folds are darker.
        shading (`float`): mean brightness per change of area.
    """
    height, width = shape
    light = np.ones(shape, np.float32)
    if strength:
        whole, across, along = strength * rng.standard_normal(3)
        light += (whole + np.add.outer(along * np.linspace(-1, 1, height), across * np.linspace(-1, 1, width))).astype(
            np.float32
        )
        light += np.float32(strength * rng.uniform(0, 1)) * smooth_noise(rng, shape, 0.4 * width, 1)[0]
    if shading and area is not None:
        light += np.float32(shading * (1 + rng.standard_normal())) * np.clip(area, -0.3, 0.3)
    return light


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """An RGB picture after JPEG at `quality`."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
