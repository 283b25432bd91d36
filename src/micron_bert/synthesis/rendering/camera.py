"""A simulated camera: light, sensor noise and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.synthesis.nuisances import Nuisances


@dataclass(frozen=True)
class Camera:
    """Settings of the simulated camera, the same for all frames of a pair or a clip."""

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


def compress(image: np.ndarray, quality: int) -> np.ndarray:
    """An RGB picture after JPEG at `quality`."""
    _, data = cv2.imencode(".jpg", image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, quality))
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
