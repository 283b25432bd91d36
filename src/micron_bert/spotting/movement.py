"""How far each patch of a face moved between a frame and frames a micro-expression's length before it."""

from collections import deque
from typing import NamedTuple

import numpy as np
import torch

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.modeling_micron_bert import MicronBertEncodedFrames
from micron_bert.recognition import Recognizer
from micron_bert.spotting.track import AlignedFace

LAGS = (0.1, 0.2, 0.4)  # seconds: from a short rise to a whole micro-expression
HELD = 1.0  # seconds of encoded frames that are kept: a micro-expression and its surroundings


class Pairs(NamedTuple):
    """
    A frame against earlier ones.

    Attributes:
        places (`list[int]` of length K): the earlier frames, by their numbers among those that were looked at.
        lags (`list[float]` of length K): seconds by which they were earlier, each near one of `LAGS`.
        fields (`np.ndarray` of shape `(K, 4, grid, grid)`):
            float32, movement since then in % of the inter-ocular distance: expression x, y, all movement x, y.
        interest (`np.ndarray` of shape `(grid, grid)`): patch-of-interest scores of the frame, mean 1.
    """

    places: list[int]
    lags: list[float]
    fields: np.ndarray
    interest: np.ndarray


class MovementMeter:
    """
    Encodes every frame of an uninterrupted stretch once and pairs it with frames before it.

    Args:
        recognizer ([`Recognizer`]):
            Its model has to predict displacements.

    Raises:
        [`InputError`]: the model has a head without displacements.
    """

    def __init__(self, recognizer: Recognizer):
        if recognizer.model.config.classifier == "pooled":
            raise InputError(
                f"The model's classifier is `{recognizer.model.config.classifier}`; spotting needs one that predicts "
                "displacements: fine-tune with `classifier: positional`."
            )
        self.recognizer = recognizer
        self.grid = recognizer.model.config.grid_size
        self.percent = 100 / (EYE_DISTANCE * recognizer.size)  # of the inter-ocular distance, a pixel of the crop
        self.held: deque[tuple[float, int, MicronBertEncodedFrames]] = deque()  # seconds, place, one encoded frame

    def clear(self) -> None:
        """Forgets the frames before: what comes next is compared with nothing of them."""
        self.held.clear()

    @torch.inference_mode()
    def push(self, face: AlignedFace, spacing: float) -> Pairs:
        """
        Args:
            face ([`AlignedFace`]): the next frame.
            spacing (`float`): seconds between frames, as a rule.
        """
        encoded = self.recognizer.encode(face.image[None])
        self.held.append((face.time, face.place, encoded))
        while self.held[0][0] < face.time - HELD - 1e-6:
            self.held.popleft()
        times = np.array([time for time, *_ in self.held])
        partners = []
        for lag in LAGS:
            nearest = int(np.abs(times - (face.time - lag)).argmin())
            off = abs(times[nearest] - (face.time - lag))
            if nearest < len(times) - 1 and off <= 0.6 * spacing and nearest not in partners:
                partners.append(nearest)
        if not partners:
            nothing = np.zeros((0, 4, self.grid, self.grid), np.float32)
            return Pairs([], [], nothing, np.ones((self.grid, self.grid), np.float32))
        output = self._compare([self.held[nearest][2] for nearest in partners], encoded)
        fields = output.displacement[:, 0].float().cpu().numpy() * self.percent
        interest = output.interest[0, 0].float().cpu().numpy().reshape(self.grid, self.grid)
        places = [self.held[nearest][1] for nearest in partners]
        return Pairs(places, [face.time - float(times[nearest]) for nearest in partners], fields, interest)

    def _compare(self, onsets: list[MicronBertEncodedFrames], later: MicronBertEncodedFrames):
        """The model's output for a batch of pairs that share the later frame."""
        pairs = MicronBertEncodedFrames.stack(
            [MicronBertEncodedFrames.concatenate([onset, later]) for onset in onsets]
        )
        return self.recognizer.model(encoded_frames=pairs)

    @torch.inference_mode()
    def probabilities(self, onset: int, later: list[int]) -> np.ndarray | None:
        """
        What the model says to a pair, or to a clip, of frames that are still held.

        Args:
            onset (`int`): place of the first frame.
            later (`list[int]`): places of the frames after it.

        Returns:
            `np.ndarray` of shape `(classes,)`; `None` when a frame has been let go.
        """
        at = {place: encoded for _, place, encoded in self.held}
        chosen = [onset, *later]
        if any(place not in at for place in chosen):
            return None
        frames = MicronBertEncodedFrames.concatenate([at[place] for place in chosen])
        model = self.recognizer.model
        logits = model(encoded_frames=frames).logits[0].float()
        several = model.config.problem_type == "multi_label_classification"
        return (logits.sigmoid() if several else logits.softmax(-1)).cpu().numpy()
