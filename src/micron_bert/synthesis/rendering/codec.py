"""Video compression of a pair: it is put into a short film, encoded and decoded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import cv2
import numpy as np

from micron_bert.faces.alignment import compose
from micron_bert.synthesis.motion.head import draw_residue
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.video.encoder import h264

# H.264 mostly, as phones, browsers and editors write it, and MPEG-4 part 2, as cameras did before
ENCODERS = (("libx264", "h264"), ("libx264", "h264"), ("libx264", "h264"), ("mpeg4", "mpeg4"))
PRESETS = ("ultrafast", "veryfast", "medium")
QUANTIZERS = (2, 12)  # of MPEG-4, from the best to the worst quality
RATES = (15.0, 40.0)  # frames per second
MOST_BEFORE = 3  # frames of the film before the onset
BLOCK = 16  # pixels: side of a macroblock; the offset of their grid on the face is random
# share of an expression's change below which compression has removed it; % IOD above which it never does
SWALLOWED, NEVER_SWALLOWED = 0.3, 1.5


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
        head (`np.ndarray` of shape `(2, 3)`): similarity by which the head moved between onset and apex, in pixels of
            the crop.
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
    head: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, size: int, nuisances: Nuisances) -> "Codec":
        """Draw one for crops of `size` pixels."""
        encoder, decoder = ENCODERS[rng.integers(len(ENCODERS))]
        loss = rng.random()
        frames = 0.16 * np.exp(rng.uniform(*np.log(RATES)))  # from onset to apex, in the median
        turns = rng.random() < 0.5
        return cls(
            encoder,
            decoder,
            float(loss),
            round(float(np.interp(loss, (0, 1), nuisances.crf))),
            PRESETS[rng.integers(len(PRESETS))],
            float(np.exp(rng.uniform(*np.log(nuisances.video_scale)))),
            tuple(int(place) for place in rng.integers(0, BLOCK, 2)),
            int(rng.integers(MOST_BEFORE + 1)),
            max(0, round(frames * rng.uniform(0.5, 1.5)) - 1),
            draw_residue(rng, size, nuisances.video_shift) if turns else np.eye(2, 3),
        )

    def take(
        self, scene: np.ndarray, light: np.ndarray, camera: Camera, residue: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """
        Onset and apex as they are cut out of the film.

        Args:
            scene (`np.ndarray` of shape `(2, S, S, 3)`): uint8, at onset and apex, the latter with the head moved.
            light (`np.ndarray` of shape `(2, S, S)`): brightness of each pixel, 1 without a change.
            camera ([`Camera`]): that takes it.
            residue (`np.ndarray` of shape `(2, 3)`): what the alignment leaves of the head's movement.
            rng (`np.random.Generator`): source of the noise.

        Returns:
            `np.ndarray` of shape `(2, S, S, 3)`, uint8.
        """
        frames = replace(camera, quality=None).expose(self.film(scene), self.film(light), rng)
        return self.compress(frames, residue)

    def film(self, pair: np.ndarray) -> np.ndarray:
        """
        A film that fades from onset to apex; for displacements below a pixel a fade approximates the movement.

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

    def compress(self, frames: np.ndarray, residue: np.ndarray) -> np.ndarray:
        """
        Onset and apex as they come out of the compressed film.

        Args:
            frames (`np.ndarray` of shape `(before + 2 + between, S, S, 3)`):
                RGB uint8, the film with its noise.
            residue (`np.ndarray` of shape `(2, 3)`):
                What the alignment leaves of the head's movement, as a similarity in pixels of the crop.

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
        quantizer = round(float(np.interp(self.loss, (0, 1), QUANTIZERS)))
        decoded = list(through_film(pictures, self.encoder, self.decoder, self.crf, self.preset, quantizer))
        # from pixels of the crop to those of the film; each face is interpolated once on its way back
        offset = (side / size - 1) / 2
        cut = np.array([[side / size, 0, left + offset], [0, side / size, top + offset]])
        moved = compose(cut, compose(self.head, cv2.invertAffineTransform(residue)))
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return np.stack(
            [
                cv2.warpAffine(picture, matrix, (size, size), flags=how, borderMode=cv2.BORDER_REPLICATE)
                for picture, matrix in ((decoded[self.before], cut), (decoded[-1], moved))
            ]
        )


def through_film(
    pictures: Iterable[np.ndarray],
    encoder: str = "libx264",
    decoder: str = "h264",
    crf: int = 23,
    preset: str = "veryfast",
    quantizer: int = 5,
) -> Iterator[np.ndarray]:
    """
    Pictures after encoding and decoding, in their order, a few at a time in memory.

    Args:
        pictures (`Iterable[np.ndarray]` of shape `(H, W, 3)`): RGB uint8, sides even.
        encoder, decoder (`str`): names of FFmpeg's.
        crf (`int`), preset (`str`): rate factor of H.264, and how much it tries.
        quantizer (`int`): of `mpeg4`, which takes it in place of the two.
    """
    writer, reader = av.CodecContext.create(encoder, "w"), av.CodecContext.create(decoder, "r")
    writer.thread_count = reader.thread_count = 1
    for number, picture in enumerate(pictures):
        if number == 0:
            writer.height, writer.width = picture.shape[:2]
            writer.pix_fmt, writer.time_base, writer.framerate = "yuv420p", Fraction(1, 30), Fraction(30)
            if encoder == "mpeg4":
                writer.qmin = writer.qmax = quantizer
            else:
                writer.options = h264(crf, preset)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = number
        for packet in writer.encode(frame):
            yield from map(_rgb, reader.decode(packet))
    for packet in (*writer.encode(None), None):
        yield from map(_rgb, reader.decode(packet))


def _rgb(frame: av.VideoFrame) -> np.ndarray:
    return frame.to_ndarray(format="rgb24")


def has_swallowed(frames: np.ndarray, expression: np.ndarray, total: np.ndarray, amplitude: float) -> bool:
    """
    Whether compression has removed an expression, so that the pair shows none.

    To first order an expression changes a picture by the gradient times its displacement. The change between the
    frames, less that by all other movements, is regressed on it: 1 is a full expression, 0 is none.

    Args:
        frames (`np.ndarray` of shape `(2, S, S, 3)`): onset and apex.
        expression (`np.ndarray` of shape `(2, S, S)`): displacement by the expression, in pixels.
        total (`np.ndarray` of shape `(2, S, S)`): by everything.
        amplitude (`float`): largest displacement by the expression in % IOD.
    """
    if not 0 < amplitude < NEVER_SWALLOWED:
        return False
    onset, apex = (
        cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.0) for frame in frames
    )
    middle = (onset + apex) / 2
    slope = np.stack([cv2.Sobel(middle, cv2.CV_32F, *axis, ksize=3, scale=1 / 8) for axis in ((1, 0), (0, 1))])
    expected = _without_light(-(slope * expression).sum(axis=0))
    shown = _without_light(apex - onset + (slope * (total - expression)).sum(axis=0))
    return float((shown * expected).sum()) < SWALLOWED * float(np.square(expected).sum())


def _without_light(change: np.ndarray) -> np.ndarray:
    """Light and shadow change over larger distances than what moves."""
    return change - cv2.GaussianBlur(change, (0, 0), 4.0)
