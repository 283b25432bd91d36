"""The labelled pairs that fine-tuning learns from and is scored on, and who is shown in them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from torch.utils.data import Dataset

from micron_bert.arguments.data import DataArguments
from micron_bert.data.examples.mixture import mix
from micron_bert.data.examples.schedule import Curriculum, Shuffled
from micron_bert.data.examples.stored import StoredClips, StoredPairs, open_dataset
from micron_bert.data.examples.synthetic import LabelledPairs
from micron_bert.data.examples.targets import read_targets, stored_units
from micron_bert.errors import InputError
from micron_bert.labels.action_units import CD6ME_ACTION_UNITS
from micron_bert.labels.emotions import LABELS
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits, split_identities

logger = logging.getLogger(__name__)

FEWEST = 10  # clips held out, by which scores begin to say something
# test pairs come from a stream of their own: the same ones whatever the seed of the training
TEST_SEED = 2**31


@dataclass
class Parts:
    """
    Training and test part of one source of data.

    Attributes:
        train (`Dataset`): the whole schedule, in the order in which it is shown.
        test (`Dataset`, *optional*): people who are not in the training part.
        train_subjects, test_subjects (`list[str]`): who is shown.
    """

    train: Dataset
    test: Dataset | None
    train_subjects: list[str]
    test_subjects: list[str]


@dataclass
class LabelledParts(Parts):
    """
    [`Parts`] with labels.

    Attributes:
        labels (`list[str]`): names of the classes or action units.
        multi_label (`bool`): whether a pair can have several labels.
        has_displacement (`bool`): whether the true movement is known.
        action_units (`list[str]`): the units that the pairs tell beside their labels.
    """

    labels: list[str]
    multi_label: bool
    has_displacement: bool
    action_units: list[str]


@dataclass(frozen=True)
class Identity:
    """Somebody in a row of a dataset or in a file, in the form that the split by identity takes."""

    subject: str
    number: int


def split_people(people: list, data: DataArguments) -> tuple[list, list]:
    """Training and test part of what has a `subject`; all of it and nothing when nobody is to be held out."""
    if data.test_fraction == 0:
        return people, []
    return split_identities(people, data.test_fraction, data.split_seed)


def subjects_of(people: list) -> list[str]:
    """Who is shown, sorted."""
    return sorted({one.subject for one in people})


def synthetic_data(
    data: DataArguments, config: MicronBertConfig, processor: MicronBertImageProcessor, pairs: int, seed: int
) -> LabelledParts:
    """
    Pairs synthesised on the fly from folders of photographs.

    Args:
        data ([`DataArguments`]):
            `faces` and how to make pairs of them.
        config ([`MicronBertConfig`]):
            Gives the size of the frames and of the patches, and the action units that are told.
        processor ([`MicronBertImageProcessor`]):
            Turns frames into `pixel_values`.
        pairs (`int`):
            Length of the schedule.
        seed (`int`):
            Of the pairs.

    Raises:
        InputError: no usable faces, or too few people for a held-out part.
    """
    size, amplitude = config.image_size, tuple(data.amplitude)
    portraits, held_out = split_people(load_portraits(data.faces, size=size), data)

    def synthetic(faces, amplitude, seed, length, **variation):
        return SyntheticPairs(
            faces, size=size, seed=seed, residue=data.residue, amplitude=amplitude, length=length, **variation
        )  # fmt: skip

    def labelled(drawn):
        return LabelledPairs(drawn, processor, config.patch_size, data.register, config.action_units)

    curriculum = Curriculum(amplitude, round(data.curriculum * pairs))
    habits = _with_fields(Habits(), data.habits)
    nuisances = _with_fields(Nuisances(), data.nuisances)
    drawn = synthetic(
        portraits, curriculum, seed, pairs, nuisances=nuisances, habits=habits, combinations=data.combinations
    )
    if data.films or data.courses or data.smiles:
        drawn = mix(drawn, portraits, data, habits)
    test = synthetic(held_out, amplitude, TEST_SEED, data.test_pairs) if held_out and data.test_pairs else None
    return LabelledParts(
        train=labelled(drawn),
        test=labelled(test) if test else None,
        labels=list(LABELS),
        multi_label=False,
        has_displacement=True,
        action_units=list(config.action_units),
        train_subjects=subjects_of(portraits),
        test_subjects=subjects_of(held_out),
    )


def _with_fields(defaults, fields: dict | None):
    """A frozen dataclass with some of its fields replaced; what JSON has as lists are tuples there."""
    return replace(defaults, **{name: tuple(v) if isinstance(v, list) else v for name, v in (fields or {}).items()})


def stored_data(
    data: DataArguments,
    config: MicronBertConfig,
    processor: MicronBertImageProcessor,
    schedule: Callable[[int], int],
    seed: int,
) -> LabelledParts:
    """
    Labelled clips of a stored dataset.

    Args:
        data, config, processor, seed:
            As for [`synthetic_data`]; the seed gives the order.
        schedule (`Callable[[int], int]`):
            Number of rows of the training part to the number of clips that the schedule shows.

    Raises:
        InputError: the dataset cannot be read or lacks columns.
    """
    train = open_dataset(data.dataset, data.dataset_config, data.train_split)
    coded = data.action_units or list(CD6ME_ACTION_UNITS)
    targets = read_targets(train, data.labels_column, coded, data.dataset)

    def pairs(rows, clips, targets):
        units = stored_units(clips.dataset, config.action_units)
        return StoredPairs(
            clips, rows, processor, config.grid_size, targets.values, data.register, data.clip_frames, units
        )

    clips, people = StoredClips(train, data.dataset), _people(train)
    kept, held_out, test = people, [], None
    if data.test_split is not None:
        stored = open_dataset(data.dataset, data.dataset_config, data.test_split)
        test_targets = read_targets(stored, data.labels_column, coded, data.dataset)
        if test_targets.names != targets.names:
            raise InputError(
                f"The splits of `{data.dataset}` have different labels, `{targets.names}` and `{test_targets.names}`; "
                "store them as a ClassLabel."
            )
        held_out = _people(stored)
        test = pairs(range(len(stored)), StoredClips(stored, data.dataset), test_targets)
    elif data.test_fraction > 0:
        if not people:
            raise InputError(
                f"The dataset `{data.dataset}` has no column `subject` to split by; name a `test_split`, or set "
                "`test_fraction` to 0 to hold nobody out."
            )
        kept, held_out = split_people(people, data)
        test = pairs([one.number for one in held_out], clips, targets)
        if len(test) < FEWEST:
            logger.warning(
                f"{len(test)} of {len(train)} clips of `{data.dataset}` are held out, too few for scores that say "
                "anything; name a split to score with `test_split`, or hold more people out with `test_fraction`."
            )
    rows = [one.number for one in kept] or range(len(train))
    shown = pairs(rows, clips, targets)
    return LabelledParts(
        train=Shuffled(shown, schedule(len(shown)), seed),
        test=test,
        labels=targets.names,
        multi_label=targets.multi_label,
        has_displacement=shown.has_displacement,
        action_units=list(config.action_units) if shown.units is not None else [],
        train_subjects=subjects_of(kept),
        test_subjects=subjects_of(held_out),
    )


def _people(dataset) -> list[Identity]:
    """Who is shown in each row; nothing when the dataset does not tell."""
    if "subject" not in dataset.features:
        return []
    return [Identity(str(subject), number) for number, subject in enumerate(dataset["subject"])]
