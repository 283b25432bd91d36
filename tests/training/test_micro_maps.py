"""Pictures of a training run: of the same pairs at each checkpoint, and without a trace in the weights."""

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from micron_bert.training.micro_maps import FOLDER
from micron_bert.training.pretrain import main


class Recorder:
    """What TensorBoard's writer would be given."""

    def __init__(self):
        self.images = []

    def add_image(self, tag, image, step, dataformats):
        self.images.append((tag, image.shape, step, dataformats))

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


def test_each_checkpoint_has_a_picture_and_the_run_ends_at_the_same_weights(
    mini_recipe, clips_folder, tmp_path, monkeypatch
):
    entries = {"dataset": str(clips_folder), "num_pairs": 8, "test_pairs": 3, "save_strategy": "steps"}
    main([mini_recipe(**entries, save_steps=1)])
    pictures = sorted((tmp_path / "run" / FOLDER).iterdir())
    assert [path.name for path in pictures] == ["step_00000001.png", "step_00000002.png"]
    first, second = (np.asarray(Image.open(path)) for path in pictures)
    assert first.shape == (3 * 32, 3 * 32, 3)
    np.testing.assert_array_equal(first[:, :64], second[:, :64])  # the faces
    assert (first[:, 64:] != first[:, 32:64]).any()  # the map lies over the later frame
    monkeypatch.setattr("micron_bert.training.micro_maps.MicroMaps.on_save", lambda *args, **kwargs: None)
    main([mini_recipe(**entries, save_steps=1, output_dir=str(tmp_path / "without"))])
    weights = [load_file(tmp_path / run / "model.safetensors") for run in ("run", "without")]
    assert all(torch.equal(one, weights[1][name]) for name, one in weights[0].items())


def test_pictures_go_to_tensorboard_where_training_reports_there(mini_config, tmp_path):
    from transformers.integrations import TensorBoardCallback
    from transformers.trainer_callback import TrainerState

    from micron_bert import MicronBertForPreTraining, MicronBertImageProcessor
    from micron_bert.arguments.training import MicronBertTrainingArguments
    from micron_bert.training.micro_maps import MicroMaps

    reporter = TensorBoardCallback.__new__(TensorBoardCallback)  # its own beginning asks for the package
    reporter.tb_writer = Recorder()
    pairs = [{"pixel_values": torch.randn(2, 3, 32, 32)}] * 2
    maps = MicroMaps(pairs, MicronBertImageProcessor(size={"height": 32, "width": 32}), [reporter])
    args = MicronBertTrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    maps.on_save(args, TrainerState(global_step=7), None, model=MicronBertForPreTraining(mini_config))
    assert reporter.tb_writer.images == [(FOLDER, (64, 96, 3), 7, "HWC")]
