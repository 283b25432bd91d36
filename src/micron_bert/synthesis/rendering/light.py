"""Changes of brightness between frames: global, local, and by the stretch of the skin."""

import numpy as np

from micron_bert.synthesis.motion.displacement import area_change
from micron_bert.synthesis.motion.field import smooth_noise
from micron_bert.synthesis.motion.time_course import Drift
from micron_bert.synthesis.nuisances import Nuisances


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


class LightCourse:
    """Brightness over time: a global drift, a local one, and the shading of stretched skin."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], nuisances: Nuisances):
        self.pattern = draw_light(rng, shape, nuisances.light, None, 0.0) - 1
        self.drift = Drift.draw(rng, 1.0)
        self.shading = np.float32(nuisances.shading * (1 + rng.standard_normal()))

    def at(self, time: float, skin: np.ndarray) -> np.ndarray:
        """Brightness `(H, W)` at a time in seconds, under a displacement field `(2, H, W)`."""
        light = 1 + np.float32(self.drift.at(time) - self.drift.at(0.0)) * self.pattern
        return light + self.shading * np.clip(area_change(skin), -0.3, 0.3) if self.shading else light
