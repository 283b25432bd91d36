"""What a checkpoint says about a set of pairs, remembered for as long as weights and code stay what they are."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.evidence.sets import GRID, PairSet
from micron_bert.cache_key import cache_key
from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.recognition.recognizer import Recognizer

BATCH = 32


@dataclass(frozen=True)
class Answers:
    """
    Attributes:
        logits (`np.ndarray` of shape `(N, 4)`): in the order of `LABELS`.
        micro_map, unlike, interest, token_change (`np.ndarray` of shape `(N, 14, 14)`):
            The model's map; 1 - diag(A), the mean over heads; the interest scores; how far the two frames' tokens of a
            patch lie apart.
    """

    logits: np.ndarray
    micro_map: np.ndarray
    unlike: np.ndarray
    interest: np.ndarray
    token_change: np.ndarray


class Checkpoint:
    """
    A fine-tuned μ-BERT under test.

    Args:
        source (`str`, *optional*): folder or Hub id; the model in the package if left out.
        size (`int`): side of the benchmark's crops.
        threads (`int`): of torch.
        name (`str`, *optional*): as tables say it; the name of the folder if left out.
    """

    def __init__(self, source: str | None, size: int, threads: int = 1, name: str | None = None):
        torch.set_num_threads(threads)
        self.recognizer = Recognizer.from_pretrained(source)
        config = self.recognizer.model.config
        self.name = name or ("shipped" if source is None else Path(source).resolve().name or str(source))
        if config.image_size != size:
            raise InputError(
                f"`{self.name}` takes crops of `{config.image_size}` pixels, the benchmark has `{size}`; "
                f"pass `--size {config.image_size}` and judge models of another size separately."
            )
        lacking = [label for label in LABELS if label not in config.label2id]
        if lacking:
            raise InputError(
                f"`{self.name}` does not know the class `{lacking[0]}`; the benchmark judges models that were "
                "fine-tuned on synthetic pairs."
            )
        self.order = [config.label2id[label] for label in LABELS]
        self.key = _key(self.recognizer.model)

    def answer(self, pairs: PairSet, cache: Path) -> Answers:
        """All answers to a set, from the cache where it has them."""
        path = cache / f"answers-{self.key}-{pairs.key}.npz"
        if not path.is_file():
            answers = self.look(pairs.frames)
            scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            with open(scratch, "wb") as handle:
                np.savez(handle, **vars(answers))
            os.replace(scratch, path)
        with np.load(path) as stored:
            return Answers(**stored)

    @torch.inference_mode()
    def look(self, frames: np.ndarray) -> Answers:
        """Answers to pairs of registered crops `(N, 2, S, S, 3)`."""
        model, processor = self.recognizer.model, self.recognizer.processor
        parts = []
        for start in range(0, len(frames), BATCH):
            clips = [list(pair) for pair in frames[start : start + BATCH]]
            pixels = processor(clips, return_tensors="pt").pixel_values.to(model.device)
            encoded = model.micron_bert.encode_frames(pixels)
            output = model(encoded_frames=encoded)
            tokens = encoded.last_hidden_state[:, :, 1:].float()
            unlike = 1 - output.micro_attention[:, 0].float().flatten(1, -2).mean(dim=1)
            change = (tokens[:, 1] - tokens[:, 0]).norm(dim=-1)
            maps = (output.micro_map[:, 0], unlike, output.interest[:, 0], change)
            logits = output.logits[:, self.order].float().cpu().numpy()
            parts.append((logits, *(fit_maps(values.float().cpu().numpy()) for values in maps)))
        return Answers(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit_maps(maps: np.ndarray, grid: int = GRID) -> np.ndarray:
    """Maps `(N, rows, columns)` or `(N, patches)` on the benchmark's grid: `(N, 14, 14)`, float32."""
    if maps.ndim == 2:
        side = round(maps.shape[1] ** 0.5)
        maps = maps.reshape(len(maps), side, side)
    if maps.shape[1:] == (grid, grid):
        return maps.astype(np.float32)
    way = cv2.INTER_AREA if maps.shape[1] > grid else cv2.INTER_LINEAR
    return np.stack([cv2.resize(one.astype(np.float32), (grid, grid), interpolation=way) for one in maps])


def _key(model: torch.nn.Module) -> str:
    """The key of a model's answers: of its weights, its settings and the code that asks and answers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return cache_key("answers", [model.config.to_dict(), digest.hexdigest()], code=[__name__])
