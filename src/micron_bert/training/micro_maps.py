"""Pictures of what a model in training says has moved, of the same pairs every time."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.distributed.fsdp import FSDPModule
from transformers import TrainerCallback
from transformers.integrations import TensorBoardCallback, TrackioCallback

from micron_bert.model.heat_map_micron_bert import heat, overlay
from micron_bert.output_folder import whole_file

FOLDER = "micro_maps"  # in the folder of the run
PAIRS = 4


class MicroMaps(TrainerCallback):
    """
    At each checkpoint a picture with a row for each pair: onset, later frame, micro-attention's map over the latter.

    It goes to `micro_maps/` in the folder of the run, and to TensorBoard and Trackio where training reports there.
    Nothing is drawn at random, so the run stays what it is without it.

    Args:
        pairs (`Dataset`):
            The first four are shown.
        processor ([`MicronBertImageProcessor`]):
            What made their `pixel_values`.
        reporters (`list[TrainerCallback]`, defaults to `()`):
            The trainer's callbacks.
    """

    def __init__(self, pairs, processor, reporters=()):
        self.pairs, self.reporters = pairs, reporters
        self.mean, self.deviation = (np.array(values) for values in (processor.image_mean, processor.image_std))

    def on_save(self, args, state, control, model=None, **kwargs):
        frames = torch.stack([self.pairs[number]["pixel_values"] for number in range(min(PAIRS, len(self.pairs)))])
        maps = self._maps(model, frames.to(args.device))
        if not state.is_world_process_zero:
            return
        sheet = np.concatenate([self._row(*one) for one in zip(frames.numpy(), maps, strict=True)])
        folder = Path(args.output_dir, FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / f"step_{state.global_step:08d}.png") as draft:
            Image.fromarray(sheet).save(draft, "PNG")
        for reporter in self.reporters:
            if isinstance(reporter, TensorBoardCallback) and reporter.tb_writer is not None:
                reporter.tb_writer.add_image(FOLDER, sheet, state.global_step, dataformats="HWC")
            if isinstance(reporter, TrackioCallback):
                import trackio

                trackio.log({FOLDER: trackio.Image(sheet), "train/global_step": state.global_step})

    @torch.no_grad()
    def _maps(self, model, frames: torch.Tensor) -> np.ndarray:
        """`(pairs, rows, columns)`; by all processes, since each may hold a part of the weights."""
        learns, shared = model.training, isinstance(model, FSDPModule)
        model.eval()
        if shared:  # otherwise its own `forward` alone brings the parts together
            model.unshard()
        try:
            return model.micron_bert(frames).micro_map[:, 0].float().cpu().numpy()
        finally:
            if shared:
                model.reshard()
            model.train(learns)

    def _row(self, frames: np.ndarray, micro_map: np.ndarray) -> np.ndarray:
        """Three pictures side by side, `(S, 3 S, 3)`."""
        shown = frames.transpose(0, 2, 3, 1) * self.deviation + self.mean
        onset, later = np.round(np.clip(shown, 0, 1) * 255).astype(np.uint8)
        return np.concatenate([onset, later, overlay(later, heat(micro_map, later.shape[:2]))], axis=1)
