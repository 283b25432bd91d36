"""Options of the training data."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from micron_bert.arguments.number import check_bounds
from micron_bert.arguments.option import amounts_of, option
from micron_bert.errors import InputError
from micron_bert.labels.action_units import unit_number


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


# options that do not apply to stored or filmed data, and options of two kinds of data alone
SYNTHETIC = ("films", "courses", "smiles", "mixture", "residue", "amplitude", "nuisances", "habits", "curriculum")
PRETRAINING = ("videos", "shards", "copy_shards", "interval")
STORED = ("dataset_config", "train_split", "test_split", "clip_frames", "labels_column", "fps")


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
        copy_shards (`bool`, defaults to `True`):
            Whether each shard at an address is copied to `cache` when it is first wanted. Otherwise every clip is
            fetched anew, which is slow.
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
        action_units (`list[str]`, *optional*):
            Which action units to tell. With `faces` by a head of their own beside the classes; by default those that
            the model has a head for, or none. Where `labels_column` holds lists of units, in place of classes; by
            default those of CD6ME. A model that has a head for units learns them as well from a column
            `action_units` beside the classes of a dataset.
        combinations (`float`, defaults to 0):
            Share of the synthetic training pairs whose action units are drawn at random, one to three, whatever
            emotion shows them; such pairs have no class.
        interval (`list[float]`, defaults to `[0.05, 0.35]`):
            Pre-training: smallest and largest time δ in seconds between the two frames of a pair.
        fps (`float`, *optional*):
            Frames per second of stored clips without a column `fps`.
        cache (`str`, *optional*):
            Folder of the aligned videos and of copies of shards; one in the user's cache by default.
    """

    _argument_group_name = "data"

    faces: list[str] = option([], "folders of photographs of neutral faces")
    dataset: str | None = option(None, "folder or Hub id of a stored dataset")
    films: list[str] = option([], "beside faces: folders of films of neutral people, one folder a person")
    courses: str | None = option(None, "beside faces: folder of stored movement, in place of that of the films")
    smiles: list[str] = option([], "beside faces: a folder of neutral and one of smiling photographs")
    mixture: dict | str | None = option(None, "shares of the sources of pairs, as JSON")
    videos: list[str] = option([], "folders of videos (pre-training)")
    shards: str | None = option(None, "folder or address that `micron-bert shard` wrote to (pre-training)")
    copy_shards: bool = option(True, "copy each shard at an address when it is first wanted (pre-training)")
    dataset_config: str | None = option(None, "configuration of the dataset")
    train_split: str = option("train", "split to train on")
    test_split: str | None = option(None, "split to score; part of the subjects when left out")
    test_fraction: float = option(0.2, "share of the people held out")
    split_seed: int = option(0, "another seed, other people held out")
    num_pairs: int = option(62_000, "pairs that the schedule shows, for data drawn while training")
    test_pairs: int = option(2_000, "pairs of held-out people that are scored")
    residue: float = option(0.3, "head movement in pixels in synthetic pairs before registration")
    amplitude: list[float] = option([0.3, 2.5], "range of the displacement in %% of the distance of the eyes")
    nuisances: dict | str | None = option(None, "fields of Nuisances for the training pairs, as JSON")
    habits: dict | str | None = option(None, "fields of Habits for the training pairs, as JSON")
    curriculum: float = option(0.35, "share of the schedule that starts with large amplitudes")
    register: bool = option(True, "register the later frames to the onset")
    clip_frames: int = option(0, "later frames of a stored clip to use; 0 is the apex alone")
    labels_column: str = option("label", "column with the class or with lists of action units")
    action_units: list[str] | None = option(None, "action units to tell, by their numbers")
    combinations: float = option(0.0, "share of synthetic training pairs with action units drawn at random")
    interval: list[float] = option([0.05, 0.35], "range of the time between two frames in seconds (pre-training)")
    fps: float | None = option(None, "frames per second of stored clips without a column `fps`")
    cache: str | None = option(None, "folder of the aligned videos and of copies of shards")

    def __post_init__(self):
        from micron_bert.synthesis.motion.habits import Habits  # needs NumPy, which `--help` does without
        from micron_bert.synthesis.nuisances import Nuisances

        self.nuisances = amounts_of("nuisances", self.nuisances, Nuisances)
        self.habits = amounts_of("habits", self.habits, Habits)
        self.mixture = amounts_of("mixture", self.mixture, Mixture)
        for name in ("faces", "videos", "films", "smiles"):
            if isinstance(getattr(self, name), str):
                setattr(self, name, [getattr(self, name)])
        if self.action_units is not None:
            self.action_units = [unit_number(unit) for unit in self.action_units]
            if not self.action_units or not all(unit.isdigit() for unit in self.action_units):
                raise InputError(
                    f"`action_units` is `{self.action_units}`; give numbers of action units, such as `1 2 4`."
                )
        check_bounds(
            self,
            {
                "test_fraction": (0, 0.9),
                "curriculum": (0, 1),
                "combinations": (0, 1),
                "num_pairs": (1, None),
                "test_pairs": (0, None),
                "residue": (0, None),
                "clip_frames": (0, None),
                "split_seed": (0, None),
                "fps": (1, 10_000),
            },
        )
        for name in ("amplitude", "interval"):
            bounds = getattr(self, name)
            if len(bounds) != 2 or not 0 < bounds[0] <= bounds[1] < math.inf:
                raise InputError(f"`{name}` must be a smallest and a largest value above 0, got `{bounds}`.")

    def source(self, allowed: tuple[str, ...]) -> str:
        """
        The source of data that was given.

        Raises:
            InputError: none or several, or one that this job cannot use.
        """
        given = [name for name in ("faces", "dataset", "videos", "shards") if getattr(self, name)]
        if len(given) != 1 or given[0] not in allowed:
            got = " and ".join(f"`{name}`" for name in given) or "none"
            raise InputError(f"Give exactly one of {', '.join(f'`{name}`' for name in allowed)} as data, got {got}.")
        if given[0] == "faces":
            self.refuse(STORED, "`faces`, which are no stored clips")
        else:
            self.refuse(SYNTHETIC, f"`{given[0]}`, but beside `faces`")
        if given[0] != "shards":
            self.refuse(("copy_shards",), f"`{given[0]}`, but to `shards`")
        if "videos" not in allowed:
            self.refuse(PRETRAINING, "fine-tuning, but to `micron-bert pretrain`")
        if self.smiles and len(self.smiles) != 2:
            raise InputError(f"`smiles` takes a folder of neutral and one of smiling faces, got `{self.smiles}`.")
        for name in (given[0], "films", "smiles"):
            for folder in getattr(self, name) if name not in ("dataset", "shards") else []:
                if not os.path.isdir(folder):
                    raise InputError(f"There is no folder at `{folder}`, which `{name}` names.")
        return given[0]

    def refuse(self, names: Sequence[str], what: str) -> None:
        """
        Refuses options that were set but do not apply.

        Raises:
            InputError: one of `names` is not its default; `what` it does not go beside is told.
        """
        default = type(self)()
        for name in names:
            if getattr(self, name) != getattr(default, name):
                raise InputError(f"`{name}` does not apply to {what}; leave it out.")
