"""The reliability of an answer, measured on the film while the face is tracked."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from micron_bert.faces.alignment import eye_centres

SLOWEST = 25.0  # frames per second: at a lower rate a movement of 0.1 s spans two frames or fewer
RATE_ROUNDING = 0.02  # frames per second
SMALL_FACE = "small face"
SMALLEST_EYES = 20.0  # pixels between the eyes (a face some 40 px wide): 2 % of that is less than half a pixel
SMALL_EYES = 45.0  # pixels: as in the model's crop of 112 px; a smaller face is enlarged
TALKING_LIPS = 0.03  # range of the lips' opening in inter-ocular distances
TALKING_WINDOW = 0.5  # seconds
MUCH_TALKING = 0.3  # share of the film
POOR_REGISTRATION = 0.9  # correlation with the key frame; two persons reach 0.5, a face and itself 0.9 and more
FEW_FRAMES = 0.9  # share of frames with the face


@dataclass(frozen=True)
class Reliability:
    """
    Properties of the input that decide how far an answer can be trusted.

    Attributes:
        eye_distance (`float`): mean distance between the eyes, in pixels of the source.
        fps (`float`): frames per second of the source.
        bits_per_pixel (`float` or `None`):
            Size of the file by its pixels, sound included: how strongly it is compressed. None for pictures.
        registration (`float`): mean correlation of the aligned face with the frame that it is registered to.
        talking_share (`float`): share of the frames around which the lips open and close.
        face_share (`float`): share of the frames that show the face.
        faces (`int`): most faces that were seen at once, where one of them was followed.
    """

    eye_distance: float
    fps: float
    bits_per_pixel: float | None
    registration: float
    talking_share: float
    face_share: float
    faces: int = 1

    @property
    def hindrance(self) -> str | None:
        """Why the film cannot show that there is *no* micro-expression, or none at all; `None` where it can."""
        if self.eye_distance < SMALLEST_EYES:
            return SMALL_FACE
        if self.fps < SLOWEST - RATE_ROUNDING:
            return "rate under 25"
        return None

    @property
    def lips_seen(self) -> bool:
        """Whether the face is large enough for `talking_share` to mean anything: the lips of a smaller one tremble."""
        return self.eye_distance >= SMALLEST_EYES

    @property
    def advice(self) -> list[str]:
        """What would make the answer more reliable, a sentence each."""
        sentences = []
        if self.eye_distance < SMALL_EYES:
            sentences.append(
                f"The eyes are {self.eye_distance:.0f} px apart; film the face larger, {SMALL_EYES:.0f} px or more."
            )
        if self.fps < SLOWEST - RATE_ROUNDING:
            sentences.append(
                f"The film has {self.fps:.3g} frames a second; a micro-expression lasts as little as 0.1 s, so record "
                f"{SLOWEST:.0f} or more."
            )
        if self.lips_seen and self.talking_share > MUCH_TALKING:
            sentences.append(
                f"The person talks {self.talking_share:.0%} of the time; movements during speech are found less often "
                "and mistaken more often."
            )
        if self.registration < POOR_REGISTRATION:
            sentences.append(
                "The face turns or its light changes so much that the frames cannot be registered well; "
                "ask for a still head and even light."
            )
        if self.faces > 1:
            sentences.append(f"The film shows {self.faces} faces at once; this is about one of them only.")
        if self.face_share < FEW_FRAMES:
            sentences.append(f"The face is in {self.face_share:.0%} of the frames only.")
        return sentences

    def to_json(self) -> dict:
        """As plain numbers and words."""
        bits = None if self.bits_per_pixel is None else round(self.bits_per_pixel, 4)
        return {
            "eye_distance_pixels": round(self.eye_distance, 1),
            "frames_per_second": round(self.fps, 3),
            "bits_per_pixel": bits,
            "registration_correlation": round(self.registration, 4),
            "talking_share": round(self.talking_share, 4),
            "face_share": round(self.face_share, 4),
            "faces_at_once": self.faces,
            "advice": self.advice,
        }


class ReliabilityMeter:
    """Measures [`Reliability`] frame by frame; its memory does not grow."""

    def __init__(self):
        self.seen = self.missed = self.talking = 0
        self.eyes = self.correlation = 0.0
        self.lips: deque[tuple[float, float]] = deque()

    def see(self, landmarks: np.ndarray, lips: float, correlation: float, time: float) -> None:
        """
        Takes a frame with the face.

        Args:
            landmarks (`np.ndarray` of shape `(468, 2)`): in pixels of the source.
            lips (`float`): their opening in inter-ocular distances.
            correlation (`float`): of the registration.
            time (`float`): in seconds.
        """
        left, right = eye_centres(landmarks)
        self.seen += 1
        self.eyes += float(np.linalg.norm(right - left))
        self.correlation += correlation
        self.lips.append((time, lips))
        while self.lips[0][0] < time - TALKING_WINDOW:
            self.lips.popleft()
        openings = [opening for _, opening in self.lips]
        self.talking += max(openings) - min(openings) >= TALKING_LIPS

    def miss(self) -> None:
        """Takes a frame without the face."""
        self.missed += 1

    def read(self, fps: float, bits_per_pixel: float | None = None, faces: int = 1) -> Reliability | None:
        """The result so far; `None` where no frame showed the face."""
        if not self.seen:
            return None
        return Reliability(
            eye_distance=self.eyes / self.seen,
            fps=fps,
            bits_per_pixel=bits_per_pixel,
            registration=self.correlation / self.seen,
            talking_share=self.talking / self.seen,
            face_share=self.seen / (self.seen + self.missed),
            faces=faces,
        )
