"""How far each patch of a face moved between a frame and frames a micro-expression's length before it."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np
import torch

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.model.modeling_micron_bert import MicronBertEncodedFrames
from micron_bert.recognition.recognizer import Recognizer

LAGS = (0.11, 0.22, 0.4)  # seconds: from a short rise to a whole micro-expression
HELD = 1.4  # seconds of encoded frames that are all kept: a micro-expression and its surroundings
LONGEST, THINNED = 5.0, 6  # of the seconds before that, each so many frames: enough to name a macro-expression by


class Pairs(NamedTuple):
    """
    A frame against earlier ones.

    Attributes:
        places (`list[int]` of length K): the earlier frames, by their numbers among those that were looked at.
        lags (`list[float]` of length K): seconds by which they were earlier, each near one of `LAGS`.
        fields (`np.ndarray` of shape `(K, 4, grid, grid)`):
            float32, movement since then in % of the inter-ocular distance: expression x, y, all movement x, y.
        interest (`np.ndarray` of shape `(grid, grid)`): patch-of-interest scores of the frame, mean 1.
        micro_map (`np.ndarray` of shape `(grid, grid)`): in [0, 1], where the expression moved; mean of the pairs.
        logits (`np.ndarray` of shape `(len(LAGS), classes)`): by the pair classifier; zeros where a lag has no frame.
    """

    places: list[int]
    lags: list[float]
    fields: np.ndarray
    interest: np.ndarray
    micro_map: np.ndarray
    logits: np.ndarray


class View(NamedTuple):
    """
    Frames against the first of them.

    Attributes:
        probabilities (`np.ndarray` of shape `(classes,)`): what the model takes the movement for.
        field (`np.ndarray` of shape `(4, grid, grid)`): of the last frame, as in [`Pairs`].
    """

    probabilities: np.ndarray
    field: np.ndarray


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
    def push(self, place: int, time: float, image: np.ndarray, spacing: float) -> Pairs:
        """
        Args:
            place (`int`): number of the next frame among those that are looked at.
            time (`float`): its time in seconds.
            image (`np.ndarray` of shape `(S, S, 3)`): the registered crop; RGB, uint8.
            spacing (`float`): seconds between frames, as a rule.
        """
        encoded = self.recognizer.encode(image[None])
        self.held.append((time, place, encoded))
        if place % THINNED == 0:
            self._let_go(time)
        times = np.array([entry[0] for entry in self.held])
        partners = []
        for lag in LAGS:
            nearest = int(np.abs(times - (time - lag)).argmin())
            off = abs(times[nearest] - (time - lag))
            if nearest < len(times) - 1 and off <= 0.6 * spacing and nearest not in partners:
                partners.append(nearest)
        # lags with a common divisor would leave every second or third frame unrelated to the others
        steps = [len(times) - 1 - nearest for nearest in partners]
        if len(partners) > 1 and math.gcd(*steps) > 1:
            partners[1] += 1
        if not partners:
            grid, classes = (self.grid, self.grid), self.recognizer.model.config.num_labels
            shapes = ((0, 4, *grid), grid, grid, (len(LAGS), classes))
            fields, interest, micro_map, logits = (np.zeros(shape, np.float32) for shape in shapes)
            return Pairs([], [], fields, interest + 1, micro_map, logits)
        output = self._compare([self.held[nearest][2] for nearest in partners], encoded)
        fields = output.displacement[:, 0].float().cpu().numpy() * self.percent
        interest = output.interest[0, 0].float().cpu().numpy().reshape(self.grid, self.grid)
        places = [self.held[nearest][1] for nearest in partners]
        lags = [time - float(times[nearest]) for nearest in partners]
        micro_map = output.micro_map[:, 0].float().mean(dim=0).cpu().numpy()
        logits = output.logits.float().cpu().numpy()
        logits = np.concatenate([logits, np.zeros((len(LAGS) - len(logits), logits.shape[1]), np.float32)])
        return Pairs(places, lags, fields, interest, micro_map, logits)

    def _compare(self, onsets: list[MicronBertEncodedFrames], later: MicronBertEncodedFrames):
        """The model's output for a batch of pairs that share the later frame."""
        pairs = [MicronBertEncodedFrames.concatenate([onset, later]) for onset in onsets]
        return self.recognizer.model(encoded_frames=MicronBertEncodedFrames.stack(pairs))

    @torch.inference_mode()
    def views(self, clips: list[tuple[int, ...]]) -> list[View | None]:
        """
        What the model says to clips of frames that are still held.

        Args:
            clips (`list[tuple[int, ...]]`):
                Places of the frames of each, the reference first; all of one length.

        Returns:
            `list[View]`: one for each; `None` where a frame has been let go.
        """
        at = {place: encoded for _, place, encoded in self.held}
        # readings of one movement often share their onset and apex
        different = [clip for clip in dict.fromkeys(map(tuple, clips)) if all(place in at for place in clip)]
        if not different:
            return [None] * len(clips)
        batch = [MicronBertEncodedFrames.concatenate([at[place] for place in clip]) for clip in different]
        model = self.recognizer.model
        output = model(encoded_frames=MicronBertEncodedFrames.stack(batch))
        several = model.config.problem_type == "multi_label_classification"
        logits = output.logits.float()
        values = (logits.sigmoid() if several else logits.softmax(-1)).cpu().numpy()
        fields = output.displacement[:, -1].float().cpu().numpy() * self.percent
        seen = {clip: View(*both) for clip, both in zip(different, zip(values, fields, strict=True), strict=True)}
        return [seen.get(tuple(clip)) for clip in clips]

    def _let_go(self, now: float) -> None:
        """Of frames that no pair needs any more only some stay, by which a longer expression can be named."""
        self.held = deque(
            entry
            for entry in self.held
            if entry[0] >= now - HELD - 1e-6 or (entry[0] >= now - LONGEST and entry[1] % THINNED == 0)
        )
