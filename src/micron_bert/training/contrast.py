"""Clips beside sets of attributes, on top of a trained head for action units, which stays as it is."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import AutoTokenizer

from micron_bert.checkpoints.loading import load_checkpoint
from micron_bert.checkpoints.starting_model import make_config
from micron_bert.checkpoints.unit_tokenizer import unit_tokenizer
from micron_bert.data.examples.schedule import Shuffled, whole_batches
from micron_bert.labels.action_units import UNIT_NAMES
from micron_bert.labels.emotions import LABELS
from micron_bert.labels.label_sets import LabelSet, read_label_set
from micron_bert.labels.unit_sets import BY_NAME
from micron_bert.metrics import unweighted_f1
from micron_bert.model.contrastive_micron_bert import (
    MicronBertForContrastiveLearning,
    attribute_vocabulary,
    contrastive_loss,
)
from micron_bert.model.heads_micron_bert import HeadOutput
from micron_bert.model.unit_reading_micron_bert import SIDES
from micron_bert.training.frozen import FOLDER, FrozenFeatures, write_features
from micron_bert.training.run import save, share_cores, train
from micron_bert.training.trainer import MicronBertTrainer

PREFIX = {"both": "", "left": "L", "right": "R"}
READER = ("norm.", "right.", "left.", "flat.")  # of the head for action units
# how the set of a clip is written for one step: its units, those with their sides, or its valence where it has one
WAYS = (0.5, 0.3, 0.2)
VALENCE_OF = {frozenset(units.split()): name for name, sets in BY_NAME["three"].items() for units in sets}
SCORED = read_label_set("three")


def train_contrast(model, training, pairs, settings: dict, checkpoint: str | None) -> dict:
    """
    Trains [`MicronBertForContrastiveLearning`] from a recognition model with a head for action units, scores it on
    the people held out by three classes that it never learned, and saves it with its tokenizer.

    Args:
        model ([`ModelArguments`]), training ([`MicronBertTrainingArguments`]): what to start from, and how to train.
        pairs ([`LabelledParts`]): of faces.
        settings (`dict`), checkpoint (`str`, *optional*): for [`~micron_bert.training.run.train`].

    Returns:
        `dict`: the content of `metrics.json`: UF1 of the three classes by likeness and by the rule of labels by words.
    """
    recognition, processor = load_checkpoint(model.checkpoint)
    config = make_config(model)
    network, folder = contrastive_model(recognition, config, training.seed), Path(training.output_dir, FOLDER)
    texts = Texts(config)
    share_cores(training)
    with training.main_process_first(desc="computing the features"):
        write_features(
            recognition.to(training.device), pairs.train, folder, training.dataloader_num_workers, reader_features
        )
    batch = training.train_batch_size * training.gradient_accumulation_steps * training.world_size
    shown = Shuffled(FrozenFeatures(folder), whole_batches(model.passes * len(pairs.train), batch), training.seed)
    training.num_train_epochs = 1
    learner = MicronBertTrainer(model=ContrastAlone(network, texts), args=training, train_dataset=shown)
    train(learner, settings, checkpoint)
    scores = {
        "labels": list(SCORED.usable(config.action_units).sets),
        "steps": learner.state.global_step,
        "pairs": len(pairs.train),
    }
    if pairs.test is not None:
        scores |= score(network.eval(), recognition, pairs.test, texts)
    texts.tokenizer.save_pretrained(training.output_dir)
    whole = MicronBertTrainer(model=network, args=training, processing_class=processor)
    subjects = {"train": pairs.train_subjects, "test": pairs.test_subjects}
    save(whole, {"subjects.json": subjects, "metrics.json": scores})
    if whole.is_world_process_zero():
        shutil.rmtree(folder)
    return scores


def contrastive_model(recognition, config, seed: int) -> MicronBertForContrastiveLearning:
    """
    A contrastive model with the encoder, the classifier and the reader of halves of a recognition model, all of which
    stay as they are; the rest is new.

    Args:
        recognition ([`MicronBertForVideoClassification`]): with a head for action units.
        config ([`MicronBertConfig`]): its own, with the sizes of what is new, and maybe another model's text tower.
        seed (`int`): of the weights that are new.
    """
    torch.manual_seed(seed)
    network = MicronBertForContrastiveLearning(config)
    if config.text_model_name_or_path:
        network.load_text_model()
    network.micron_bert.load_state_dict(recognition.micron_bert.state_dict())
    network.classifier.load_state_dict(recognition.classifier.state_dict())
    head = recognition.action_units.state_dict()
    network.video.load_state_dict({name: part for name, part in head.items() if name.startswith(READER)}, strict=False)
    for part in (network.micron_bert, network.classifier, *(getattr(network.video, name[:-1]) for name in READER)):
        part.requires_grad_(False)
    return network


class Texts:
    """
    Sets of attributes as a model's text side takes them: ids of the attributes, or a sentence for another model's
    text tower.

    Args:
        config ([`MicronBertConfig`]): of the contrastive model.

    Attributes:
        tokenizer (`PreTrainedTokenizerBase`): of the text side, to be saved with the model.
    """

    def __init__(self, config):
        self.sentences, self._ids = bool(config.text_model_name_or_path), {}
        if self.sentences:
            self.tokenizer = AutoTokenizer.from_pretrained(config.text_model_name_or_path)
        else:
            self.tokenizer = unit_tokenizer(attribute_vocabulary(config.action_units))

    def __call__(self, sets: Sequence[frozenset[str]]) -> dict[str, torch.Tensor]:
        """`input_ids` and `attention_mask` of sets such as `{"4", "L12"}` or `{"negative"}`; no words are `none`."""
        for words in set(sets) - self._ids.keys():
            phrase = sentence(words) if self.sentences else " ".join(sorted(words)) or "none"
            self._ids[words] = self.tokenizer(phrase)["input_ids"]
        return dict(self.tokenizer.pad({"input_ids": [self._ids[words] for words in sets]}, return_tensors="pt"))


def sentence(words: frozenset[str]) -> str:
    """A set in words: `brow lowerer and left dimpler`."""
    side = {"L": "left ", "R": "right "}
    named = [side.get(word[0], "") + UNIT_NAMES.get(word.lstrip("LR"), word) for word in sorted(words)]
    return " and ".join(named) or "a neutral face"


def reader_features(network, said: HeadOutput) -> dict[str, torch.Tensor]:
    """What the reader of the head for action units makes of clips: `features (clips, pairs, 2 * hidden)`."""
    scale, clips = network.classifier.displacement_scale, tuple(said.patches.shape[:2])
    displacement = said.displacement.flatten(0, 1) / scale[:, None, None]
    read = network.action_units.read(said.patches.flatten(0, 1), displacement, network.classifier.log_floor)
    return {"features": read.flatten(1).unflatten(0, clips)}


class ContrastAlone(nn.Module):
    """
    What is new in a contrastive model, on [`~micron_bert.training.frozen.FrozenFeatures`] of [`reader_features`].

    Each clip of a batch gives a text that is true of it and one that is not, as one of its units is added or left out.
    Every text is held against every clip; it is true of all whose units, sides or valence it says.

    Args:
        network ([`MicronBertForContrastiveLearning`]): what of it may learn is trained.
        texts ([`Texts`]): makes ids of sets.
    """

    def __init__(self, network: MicronBertForContrastiveLearning, texts: Texts):
        super().__init__()
        self.texts = texts
        self.clip, self.text, self.logit_scale = network.video.clip, network.text, network.logit_scale
        self.units = list(network.config.action_units)
        self._likeness = network.likeness

    def forward(self, features, action_units) -> dict[str, torch.Tensor]:
        truths = [self.truths(one) for one in action_units]
        texts = [self._drawn(one) for one in truths] + [self._near(one[0]) for one in truths]
        texts = list(dict.fromkeys(texts))
        matches = torch.tensor([[text in one for text in texts] for one in truths], device=features.device)
        embeds = self.text(**{name: part.to(features.device) for name, part in self.texts(texts).items()})
        videos = nn.functional.normalize(self.clip(features), dim=-1)
        return {"loss": contrastive_loss(self._likeness(videos, nn.functional.normalize(embeds, dim=-1)), matches)}

    def truths(self, action_units: torch.Tensor) -> list[frozenset[str]]:
        """What is true of a clip: its units, those with their sides, its valence."""
        shown = [
            (unit, SIDES[int(side)])
            for unit, (yes, side, _) in zip(self.units, action_units.tolist(), strict=True)
            if yes == 1
        ]
        units = frozenset(unit for unit, _ in shown)
        said = [units, frozenset(PREFIX[side] + unit for unit, side in shown)]
        return [*said, frozenset({VALENCE_OF[units]})] if units in VALENCE_OF else said

    @staticmethod
    def _drawn(truths: list[frozenset[str]]) -> frozenset[str]:
        share = torch.tensor(WAYS[: len(truths)])
        return truths[int(torch.multinomial(share, 1))]

    def _near(self, units: frozenset[str]) -> frozenset[str]:
        return units ^ {self.units[int(torch.randint(len(self.units), ()))]}


@torch.inference_mode()
def score(network: MicronBertForContrastiveLearning, recognition, pairs, texts: Texts) -> dict[str, float]:
    """UF1 of three classes on pairs that show one, by likeness and by the rule of labels by words."""
    units, found = list(network.config.action_units), {"uf1_likeness": [], "uf1_rule": []}
    scored, truth = SCORED.usable(units), []
    names = list(scored.sets)
    for batch in DataLoader(pairs, batch_size=64):
        said = recognition(batch["pixel_values"].to(recognition.device))
        shares = said.action_unit_logits.sigmoid().tolist()
        ruled = [scored.probabilities(dict(zip(units, one, strict=True))) for one in shares]
        videos = network.get_video_features(batch["pixel_values"].to(network.device))
        logits = label_likeness(network, videos, scored, texts)
        for place, label in enumerate(batch["labels"].tolist()):
            if LABELS[label] in names:
                truth.append(names.index(LABELS[label]))
                found["uf1_likeness"].append(int(logits[place].argmax()))
                found["uf1_rule"].append(names.index(next(iter(ruled[place]))))
    if len(set(truth)) < 2:
        return {}
    return {name: float(unweighted_f1(truth, told, len(names))) for name, told in found.items()}


def label_likeness(network, videos: torch.Tensor, labels: LabelSet, texts: Texts) -> torch.Tensor:
    """
    Likeness of clips and labels, `(clips, labels)`; of a label with several sets the mean of their exponentials.

    Args:
        network ([`MicronBertForContrastiveLearning`]): the model.
        videos (`torch.Tensor` of shape `(clips, projection_dim)`): of `get_video_features`.
        labels ([`LabelSet`]): of units that the model knows.
        texts ([`Texts`]): makes ids of sets.
    """
    columns = []
    for sets in labels.sets.values():
        embeds = network.get_text_features(**{name: part.to(videos.device) for name, part in texts(sets).items()})
        columns.append(network.likeness(videos, embeds).logsumexp(dim=1) - torch.tensor(float(len(sets))).log())
    return torch.stack(columns, dim=1)
