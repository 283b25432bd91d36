"""What can be set for training: the model, the data, and how it is optimised."""

import dataclasses
import json
import os
from dataclasses import dataclass, field

import torch
from transformers import TrainingArguments

from micron_bert.arguments.spelling import closest
from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import PRESETS, MicronBertConfig
from micron_bert.synthesis.motion.field import Habits
from micron_bert.synthesis.nuisances import Nuisances

# the 12 action units of CD6ME (arXiv 2211.11425)
ACTION_UNITS = ("1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17")


def _option(default, help: str, **metadata):
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata={"help": help, **metadata})
    return field(default=default, metadata={"help": help, **metadata})


def _fields(option: str, value: dict | str | None, of: type) -> dict | None:
    """An option that sets fields of a dataclass, as a mapping."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise InputError(f"`{option}` is not JSON (`{value}`): {error}.") from error
    if not isinstance(value, dict | None):
        raise InputError(f"`{option}` must map fields of {of.__name__} to values, got `{value}`.")
    known = {field.name for field in dataclasses.fields(of)}
    for name in value or {}:
        if name not in known:
            raise InputError(f"`{option}` has the unknown field `{name}`{closest(name, known)}.")
    return value


@dataclass(frozen=True)
class Mixture:
    """
    Shares of the pairs that are shown in training, by source.

    Attributes:
        synthetic (`float`): photographs, everything synthesised.
        injected (`float`): real films with and without an injected expression.
        retargeted (`float`): photographs that move as a film did, with and without an expression.
        smile (`float`): real smiles.
    """

    synthetic: float = 0.4
    injected: float = 0.3
    retargeted: float = 0.25
    smile: float = 0.05


@dataclass
class ModelArguments:
    """
    Where the model comes from.

    Args:
        preset (`str`, defaults to `"tiny"`):
            Sizes by name, for a new model; see [`MicronBertConfig.preset`].
        checkpoint (`str`, *optional*):
            Folder or Hub id to start from: a pre-trained model (its encoder is kept, the head is new) or a recognition
            model (its head is kept where the labels are the same). `tiny` is the one that comes with the package.
            Takes the place of `preset`.
        config (`dict`, *optional*):
            Any field of [`MicronBertConfig`], over the preset or the checkpoint; JSON on the command line.
    """

    _argument_group_name = "model"

    preset: str = _option("tiny", f"sizes of a new model: {', '.join(sorted(PRESETS))}")
    checkpoint: str | None = _option(None, "folder or Hub id to start from, or tiny (shipped); in place of a preset")
    config: dict | str | None = _option(None, "any field of MicronBertConfig, as JSON: '{\"hidden_size\": 32}'")

    def __post_init__(self):
        if self.preset not in PRESETS:
            raise InputError(f"`preset` must be one of {', '.join(sorted(PRESETS))}, got `{self.preset}`.")
        self.config = _fields("config", self.config, MicronBertConfig)


@dataclass
class DataArguments:
    """
    What to train on. Give exactly one of `faces`, `dataset`, `videos` and `shards`.

    Args:
        faces (`list[str]`):
            Folders of photographs of neutral faces: pairs are synthesised while training, each seen once.
        films (`list[str]`):
            Beside `faces`: folders of films of people who express nothing on purpose, one folder for each person.
            Pairs of their frames are shown with an injected expression and without any, and their movement is carried
            over to the photographed people. Nobody of them is held out.
        courses (`str`, *optional*):
            Beside `faces`: a folder of stored movement that `micron-bert measure-courses` made, in place of the
            movement of `films`.
        smiles (`list[str]`):
            Beside `faces`: two folders, with a neutral and a smiling photograph of each person. The smiles of those
            who are not held out are shown.
        mixture (`dict`, *optional*):
            Shares of the pairs from each source, as fields of [`Mixture`], over its defaults. Sources that were not
            given do not count.
        dataset (`str`, *optional*):
            A `datasets` dataset: a folder for `load_dataset` or `load_from_disk`, or a Hub id. Columns `onset` and
            `apex` with pictures, or `frames` with the pictures of the clip and `onset`, `apex` (and `offset`) as
            positions in it; `label`; `subject`; `displacement` where it is known.
        videos (`list[str]`):
            Pre-training only: folders of videos, whose faces are found and aligned once, then kept in a cache.
        shards (`str`, *optional*):
            Pre-training only: folder or address (`hf://…`, `s3://…`) that `micron-bert shard` wrote to.
        dataset_config, train_split, test_split (`str`):
            Configuration and splits of `dataset`. Without `test_split` the subjects are split by `test_fraction`.
        test_fraction (`float`, defaults to 0.2):
            Expected share of the people that are held out, chosen by a hash of their name. 0 holds nobody out.
        split_seed (`int`, defaults to 0):
            Another seed, other people held out.
        num_pairs (`int`, defaults to 62,000):
            How many pairs the schedule shows, for data that are drawn while training (faces; all of pre-training).
        test_pairs (`int`, defaults to 2,000):
            How many such pairs of held-out people are scored.
        residue (`float`, defaults to 0.3):
            Head movement in pixels that synthetic pairs are left with before registration.
        amplitude (`list[float]`, defaults to `[0.3, 2.5]`):
            Smallest and largest displacement of a synthetic expression in % of the distance of the eyes.
        nuisances, habits (`dict`, *optional*):
            Fields of [`Nuisances`] and [`Habits`] for the training pairs, over their defaults; JSON on the command
            line. The people held out are always shown with the defaults, so that scores of different runs compare.
        curriculum (`float`, defaults to 0.35):
            Share of the schedule in which the smallest amplitude comes down to `amplitude[0]`. 0 switches it off.
        register (`bool`, defaults to `True`):
            Whether the later frames are registered to the onset. Leave it on unless the data are registered already.
        clip_frames (`int`, defaults to 0):
            How many later frames of a stored clip are used, evenly from onset to offset; 0 is the apex alone.
        labels_column (`str`, defaults to `"label"`):
            Column with the class (ClassLabel, integers or names), or with lists of action units.
        action_units (`list[str]`):
            Which action units to tell when `labels_column` holds lists of them; those of CD6ME by default.
        interval (`list[float]`, defaults to `[0.05, 0.35]`):
            Pre-training: smallest and largest time δ in seconds between the two frames of a pair.
        fps (`float`, *optional*):
            Frames per second of stored clips without a column `fps`.
        cache (`str`, *optional*):
            Folder of the aligned videos; one in the user's cache by default.
    """

    _argument_group_name = "data"

    faces: list[str] = _option([], "folders of photographs of neutral faces")
    dataset: str | None = _option(None, "folder or Hub id of a stored dataset")
    films: list[str] = _option([], "beside faces: folders of films of neutral people, one folder a person")
    courses: str | None = _option(None, "beside faces: folder of stored movement, in place of that of the films")
    smiles: list[str] = _option([], "beside faces: a folder of neutral and one of smiling photographs")
    mixture: dict | str | None = _option(None, "shares of the sources of pairs, as JSON")
    videos: list[str] = _option([], "folders of videos (pre-training)")
    shards: str | None = _option(None, "folder or address that `micron-bert shard` wrote to (pre-training)")
    dataset_config: str | None = _option(None, "configuration of the dataset")
    train_split: str = _option("train", "split to train on")
    test_split: str | None = _option(None, "split to score; part of the subjects when left out")
    test_fraction: float = _option(0.2, "share of the people held out")
    split_seed: int = _option(0, "another seed, other people held out")
    num_pairs: int = _option(62_000, "pairs that the schedule shows, for data drawn while training")
    test_pairs: int = _option(2_000, "pairs of held-out people that are scored")
    residue: float = _option(0.3, "head movement in pixels in synthetic pairs before registration")
    amplitude: list[float] = _option([0.3, 2.5], "range of the displacement in %% of the distance of the eyes")
    nuisances: dict | str | None = _option(None, "fields of Nuisances for the training pairs, as JSON")
    habits: dict | str | None = _option(None, "fields of Habits for the training pairs, as JSON")
    curriculum: float = _option(0.35, "share of the schedule that starts with large amplitudes")
    register: bool = _option(True, "register the later frames to the onset")
    clip_frames: int = _option(0, "later frames of a stored clip to use; 0 is the apex alone")
    labels_column: str = _option("label", "column with the class or with lists of action units")
    action_units: list[str] = _option(list(ACTION_UNITS), "action units to tell")
    interval: list[float] = _option([0.05, 0.35], "range of the time between two frames in seconds (pre-training)")
    fps: float | None = _option(None, "frames per second of stored clips without a column `fps`")
    cache: str | None = _option(None, "folder of the aligned videos")

    def __post_init__(self):
        self.nuisances = _fields("nuisances", self.nuisances, Nuisances)
        self.habits = _fields("habits", self.habits, Habits)
        self.mixture = _fields("mixture", self.mixture, Mixture)
        for name in ("faces", "videos", "films", "smiles"):
            if isinstance(getattr(self, name), str):
                setattr(self, name, [getattr(self, name)])
        for name, low, high in (
            ("test_fraction", 0, 0.9),
            ("curriculum", 0, 1),
            ("num_pairs", 1, None),
            ("test_pairs", 0, None),
            ("residue", 0, None),
            ("clip_frames", 0, None),
        ):
            value = getattr(self, name)
            if value < low or (high is not None and value > high):
                bounds = f"at least {low}" if high is None else f"between {low} and {high}"
                raise InputError(f"`{name}` must be {bounds}, got `{value}`.")
        for name in ("amplitude", "interval"):
            bounds = getattr(self, name)
            if len(bounds) != 2 or not 0 < bounds[0] <= bounds[1]:
                raise InputError(f"`{name}` must be a smallest and a largest value above 0, got `{bounds}`.")

    def source(self, allowed: tuple[str, ...]) -> str:
        """
        Which of the allowed sources of data was given.

        Raises:
            InputError: none or several, or one that this job cannot use.
        """
        given = [name for name in ("faces", "dataset", "videos", "shards") if getattr(self, name)]
        if len(given) != 1 or given[0] not in allowed:
            got = " and ".join(f"`{name}`" for name in given) or "none"
            raise InputError(f"Give exactly one of {', '.join(f'`{name}`' for name in allowed)} as data, got {got}.")
        beside = [name for name in ("films", "courses", "smiles", "mixture") if getattr(self, name)]
        if beside and given[0] != "faces":
            raise InputError(f"`{beside[0]}` goes beside `faces`, not beside `{given[0]}`.")
        if self.smiles and len(self.smiles) != 2:
            raise InputError(f"`smiles` takes a folder of neutral and one of smiling faces, got `{self.smiles}`.")
        for name in (given[0], "films", "smiles"):
            for folder in getattr(self, name) if name not in ("dataset", "shards") else []:
                if not os.path.isdir(folder):
                    raise InputError(f"There is no folder at `{folder}`, which `{name}` names.")
        return given[0]


@dataclass
class MicronBertTrainingArguments(TrainingArguments):
    """
    How to optimise: [`~transformers.TrainingArguments`] with these differences.

    - `learning_rate` 2e-3 (for width 96; 1e-3 for 192), `lr_scheduler_type` cosine, `warmup_steps` 0.02 of all steps,
      `weight_decay` 0.05, `adam_beta2` 0.98: the recipe that learned best on synthetic pairs.
    - `per_device_train_batch_size` 32, `per_device_eval_batch_size` 64, `num_train_epochs` 1.
    - `train_sampling_strategy` sequential: the data put themselves in order by `(seed, index)`, so that a run is the
      same after an interruption and with any number of processes.
    - `remove_unused_columns` off and `label_names` set, since the datasets yield what the model takes.
    - `dataloader_num_workers` -1: one core trains and the others prepare the data (at most 16 workers a process).
    - `logging_steps` 50, `save_steps` 250, `save_total_limit` 2.

    Args:
        resume (`bool`, defaults to `True`):
            Whether the same command continues an interrupted run from its last complete checkpoint.
        processes (`int`, defaults to 1):
            Processes to start on this machine, each on a GPU of its own or on the CPU. `accelerate launch` and
            `torchrun` set their own.
    """

    _argument_group_name = "training"

    learning_rate: float = _option(2e-3, "peak of the learning rate")
    lr_scheduler_type: str = _option("cosine", "schedule of the learning rate")
    warmup_steps: float = _option(0.02, "steps of warm-up, or their share of all when below 1")
    weight_decay: float = _option(0.05, "weight decay")
    adam_beta2: float = _option(0.98, "decay of the second moment")
    per_device_train_batch_size: int = _option(32, "pairs per step and process")
    per_device_eval_batch_size: int = _option(64, "pairs per step and process when scoring")
    num_train_epochs: float = _option(1, "passes over a stored dataset")
    train_sampling_strategy: str = _option("sequential", "the data put themselves in order")
    remove_unused_columns: bool = _option(False, "the datasets yield what the model takes")
    label_names: list[str] | None = _option(["labels"], "what the model calls labels")
    dataloader_num_workers: int = _option(-1, "processes that prepare data; -1: all cores but one")
    logging_steps: float = _option(50, "steps between two lines of the log")
    save_steps: float = _option(250, "steps between two checkpoints")
    save_total_limit: int | None = _option(2, "checkpoints that are kept")
    resume: bool = _option(True, "continue an interrupted run of the same command")
    processes: int = _option(1, "processes to start on this machine")

    def __post_init__(self):
        if not self.output_dir:
            raise InputError("`output_dir` is missing; name the folder that the result goes to.")
        if self.processes < 1:
            raise InputError(f"`processes` must be at least 1, got `{self.processes}`.")
        if self.train_sampling_strategy != "sequential":
            raise InputError(
                f"`train_sampling_strategy` must be `sequential`, got `{self.train_sampling_strategy}`; "
                "the data are shuffled by `seed` already."
            )
        if not torch.cuda.is_available() and int(os.environ.get("WORLD_SIZE", "1")) > 1:
            self.use_cpu, self.ddp_backend = True, self.ddp_backend or "gloo"
        if self.dataloader_num_workers < 0:
            self.dataloader_num_workers = min(16, self.cores - 1)
        self.dataloader_pin_memory = self.dataloader_pin_memory and torch.cuda.is_available()
        try:
            super().__post_init__()
        except ValueError as error:
            raise InputError(f"The training arguments do not fit together: {error}") from error

    @property
    def cores(self) -> int:
        """CPU cores of this machine for each of its processes."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, cores // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
