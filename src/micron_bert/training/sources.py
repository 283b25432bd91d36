"""The labelled pairs that fine-tuning learns from and is scored on, and who is shown in them."""

from dataclasses import dataclass

from torch.utils.data import Dataset

from micron_bert.configuration_micron_bert import MicronBertConfig
from micron_bert.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.labels import LABELS
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portrait import load_portraits, split_identities
from micron_bert.training.arguments import DataArguments
from micron_bert.training.pairs import LabelledPairs
from micron_bert.training.schedule import Curriculum


@dataclass
class LabelledData:
    """
    Training and test part of one source.

    Attributes:
        train (`Dataset`): the whole schedule, in the order in which it is shown.
        test (`Dataset`, *optional*): pairs of people who are not in the training part.
        labels (`list[str]`): names of the classes or action units.
        several (`bool`): whether a pair can have several labels.
        has_displacement (`bool`): whether the true movement is known.
        train_subjects, test_subjects (`list[str]`): who is shown.
    """

    train: Dataset
    test: Dataset | None
    labels: list[str]
    several: bool
    has_displacement: bool
    train_subjects: list[str]
    test_subjects: list[str]


def synthetic_data(
    data: DataArguments, config: MicronBertConfig, processor: MicronBertImageProcessor, pairs: int, seed: int
) -> LabelledData:
    """
    Pairs synthesised on the fly from folders of photographs.

    Args:
        data ([`DataArguments`]):
            `faces` and how to make pairs of them.
        config ([`MicronBertConfig`]):
            Gives the size of the frames and of the patches.
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
    portraits = load_portraits(data.faces, size=size)
    held_out = []
    if data.test_fraction > 0 and data.test_pairs > 0:
        portraits, held_out = split_identities(portraits, data.test_fraction, data.split_seed)

    def labelled(faces, amplitude, seed, length):
        drawn = SyntheticPairs(
            faces, size=size, seed=seed, residue=data.residue, amplitude=amplitude, length=length
        )  # fmt: skip
        return LabelledPairs(drawn, processor, config.patch_size, data.register)

    curriculum = Curriculum(amplitude, round(data.curriculum * pairs))
    return LabelledData(
        train=labelled(portraits, curriculum, seed, pairs),
        # a stream of its own: the same test pairs whatever the seed of the training
        test=labelled(held_out, amplitude, 2**31 + data.split_seed, data.test_pairs) if held_out else None,
        labels=list(LABELS),
        several=False,
        has_displacement=True,
        train_subjects=sorted({portrait.subject for portrait in portraits}),
        test_subjects=sorted({portrait.subject for portrait in held_out}),
    )
