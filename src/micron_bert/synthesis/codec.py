"""What a video codec does to a pair: blocks are skipped or sent anew, and small pictures are enlarged."""

from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np

# H.264 mostly, as phones, browsers and editors write it, and MPEG-4 part 2, as cameras did before
ENCODERS = (("libx264", "h264"), ("libx264", "h264"), ("libx264", "h264"), ("mpeg4", "mpeg4"))
PRESETS = ("ultrafast", "veryfast", "medium")
QUANTIZERS = (2, 12)  # of MPEG-4, from the best to the worst quality
RATES = (15.0, 40.0)  # frames per second
MOST_BEFORE = 3  # frames of the film before the onset
BLOCK = 16  # pixels: the grid of macroblocks lies anywhere on the face


@dataclass(frozen=True)
class Codec:
    """
    The film that a pair was taken from, as it was compressed.

    Attributes:
        encoder (`str`), decoder (`str`): names of FFmpeg's.
        loss (`float`): from 0, the best quality, to 1, the worst.
        crf (`int`): rate factor of H.264.
        preset (`str`): how much H.264 tries.
        scale (`float`): side of the face in the film over its side in the crop.
        place (`tuple[int, int]`): where the crop begins in the grid of macroblocks.
        before (`int`), between (`int`): frames of the film before the onset, and between onset and apex.
    """

    encoder: str
    decoder: str
    loss: float
    crf: int
    preset: str
    scale: float
    place: tuple[int, int]
    before: int
    between: int

    @classmethod
    def draw(cls, rng: np.random.Generator, crf: tuple[int, int], scale: tuple[float, float]) -> "Codec":
        """Draw one; `crf` and `scale` are ranges, the latter log-uniform."""
        encoder, decoder = ENCODERS[rng.integers(len(ENCODERS))]
        loss = rng.random()
        frames = 0.16 * np.exp(rng.uniform(*np.log(RATES)))  # from onset to apex, in the median
        return cls(
            encoder,
            decoder,
            float(loss),
            int(round(crf[0] + loss * (crf[1] - crf[0]))),
            PRESETS[rng.integers(len(PRESETS))],
            float(np.exp(rng.uniform(*np.log(scale)))),
            tuple(int(place) for place in rng.integers(0, BLOCK, 2)),
            int(rng.integers(MOST_BEFORE + 1)),
            int(round(frames * rng.uniform(0.5, 1.5))) - 1,
        )

    def film(self, pair: np.ndarray) -> np.ndarray:
        """
        A film that contains a pair, fading from onset to apex: for movements below a pixel a fade is a movement.

        Args:
            pair (`np.ndarray` of shape `(2, ...)`): onset and apex.

        Returns:
            `np.ndarray` of shape `(before + 2 + between, ...)`, of the same type.
        """
        shares = np.concatenate([np.zeros(self.before), np.linspace(0, 1, self.between + 2)])
        onset, apex = pair
        fades = {0.0: onset, 1.0: apex}
        return np.stack(
            [fades[s] if s in fades else cv2.addWeighted(onset, 1 - s, apex, s, 0) for s in shares.tolist()]
        )

    def compress(self, frames: np.ndarray) -> np.ndarray:
        """
        Onset and apex as they come out of the compressed film.

        Args:
            frames (`np.ndarray` of shape `(before + 2 + between, S, S, 3)`):
                RGB uint8, the film with its noise.

        Returns:
            `np.ndarray` of shape `(2, S, S, 3)`, uint8.
        """
        size = frames.shape[1]
        side = max(2 * BLOCK, int(round(self.scale * size)))
        left, top = self.place
        edge = -(-(side + BLOCK) // BLOCK) * BLOCK  # whole macroblocks around the face
        right, bottom = edge - side - left, edge - side - top
        shrinks = cv2.INTER_AREA if side < size else cv2.INTER_CUBIC
        small = [cv2.resize(frame, (side, side), interpolation=shrinks) for frame in frames]
        pictures = [cv2.copyMakeBorder(one, top, bottom, left, right, cv2.BORDER_REFLECT_101) for one in small]
        decoded = self._through(pictures)
        enlarges = cv2.INTER_CUBIC if side < size else cv2.INTER_AREA
        faces = [decoded[number][top : top + side, left : left + side] for number in (self.before, -1)]
        return np.stack([cv2.resize(face, (size, size), interpolation=enlarges) for face in faces])

    def _through(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        """Pictures with sides in whole macroblocks after encoding and decoding."""
        height, width = pictures[0].shape[:2]
        encoder = av.CodecContext.create(self.encoder, "w")
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
        encoder.thread_count = 1
        if self.encoder == "mpeg4":
            encoder.qmin = encoder.qmax = round(float(np.interp(self.loss, (0, 1), QUANTIZERS)))
        else:
            encoder.options = {"preset": self.preset, "crf": str(self.crf)}
        decoder = av.CodecContext.create(self.decoder, "r")
        decoder.thread_count = 1
        packets = []
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            packets += encoder.encode(frame)
        decoded = []
        for packet in (*packets, *encoder.encode(None)):
            decoded += decoder.decode(packet)
        decoded += decoder.decode(None)
        return [frame.to_ndarray(format="rgb24") for frame in decoded]
