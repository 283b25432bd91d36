"""Options of an evaluation."""

from dataclasses import dataclass, fields

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.number import check_bounds
from micron_bert.arguments.option import option
from micron_bert.arguments.spelling import closest
from micron_bert.errors import InputError
from micron_bert.labels.classes import LABELLINGS
from micron_bert.labels.label_sets import BY_NAME, LabelSet, read_label_set

PROTOCOLS = {
    "loso": "leave one subject out",
    "megc2019": "MEGC 2019 composite, three classes, leave one subject out",
    "megc2018-cde": "MEGC 2018 composite, objective classes I to V, leave one subject out",
    "megc2018-hde": "MEGC 2018 holdout, objective classes I to V, trained on one dataset and tested on the other",
    "lodo": "leave one dataset out",
    "cd6me": "CD6ME, 12 action units, leave one dataset out",
    "kfold": "k folds by subject",
}
LABELS = {
    "label": "the column `label`",
    **{name: labelling.meaning for name, labelling in LABELLINGS.items()},
    "action_units": "action units, any number at once",
    **{name: f"{len(sets)} emotions by their words" for name, sets in BY_NAME.items() if name not in LABELLINGS},
}
BASELINES = {
    "majority": "the most frequent class",
    "flow": "DIS optical flow, principal components and ridge regression",
    "lbptop": "local binary patterns on three orthogonal planes and ridge regression",
    "ststnet": "a shallow three-stream network of STSTNet's size on optical flow",
}
# options of the data that prepared clips do not need
UNUSED = tuple(
    field.name
    for field in fields(DataArguments)
    if field.name not in ("clip_frames", "register", "action_units", "cache")
)
CHOICES = ("fixed", "inner", "oracle")


def about_protocols() -> str:
    """What `micron-bert evaluate` does, for its help."""
    protocols = "; ".join(f"{name}: {meaning}" for name, meaning in PROTOCOLS.items())
    return f"Run a protocol over prepared clips. {protocols}. `--json` prints report.json instead of the table."


@dataclass
class EvaluationArguments:
    """
    What is evaluated, and how.

    Args:
        protocol (`str`, defaults to `"loso"`):
            One of `loso`, `megc2019`, `megc2018-cde`, `megc2018-hde`, `lodo`, `cd6me`, `kfold`.
        data (`list[str]`):
            Prepared datasets: folders or Hub ids.
        baseline (`str`, *optional*):
            One of `majority`, `flow`, `lbptop`, `ststnet`: another method on the same folds. When left out, every fold
            starts from the `checkpoint` or `preset` of [`ModelArguments`].
        labels (`str`, defaults to `"label"`):
            What is told: the column `label` as it is, or classes made from the annotation. The protocols of MEGC and
            CD6ME have their own. A YAML file of labels by words: the clips whose emotion is one of them, or whose
            action units are exactly those of one.
        zero_shot (`bool`, defaults to `False`):
            Nothing is trained: the `checkpoint` tells action units, and each clip gets the class whose units fit, by
            the sets of `labels` (`three`, `five`, `seven`, `eight`, `objective` or a YAML file).
        composite_list (`str`, *optional*):
            The organisers' file for `megc2019`. Without it the composite is made by its rule.
        folds (`int`, defaults to 5):
            Number of folds of `kfold`.
        seeds (`list[int]`, defaults to `[0]`):
            All folds are trained once with each.
        choose_epoch (`str`, defaults to `"fixed"`):
            `fixed` takes the last epoch. `inner` takes the best one on some of the training subjects, who are held
            out for it. `oracle` takes the best one on the test subjects: such numbers are too good and marked so.
        inner_fraction (`float`, defaults to 0.2):
            Share of the training subjects held out by `inner`.
        bootstrap (`int`, defaults to 2,000):
            Draws of subjects for the intervals.
        compare_with (`list[str]`):
            Folders of other evaluations of the same clips, to stand in the same table.
        figures (`list[str]`, defaults to `["png"]`):
            Kinds of files that the figures are drawn as: `pdf` and `svg` beside `png`, which `report.md` shows.
    """

    _argument_group_name = "evaluation"

    protocol: str = option("loso", ", ".join(PROTOCOLS))
    data: list[str] = option([], "prepared datasets: folders or Hub ids")
    baseline: str | None = option(None, ", ".join(BASELINES))
    labels: str = option("label", f"{', '.join(LABELS)}, or a YAML file of labels by words")
    zero_shot: bool = option(False, "train nothing: name clips by the action units of the `labels`")
    composite_list: str | None = option(None, "the organisers' csv file of the MEGC 2019 composite")
    folds: int = option(5, "number of folds of kfold")
    seeds: list[int] = option([0], "all folds are trained once with each")
    choose_epoch: str = option("fixed", "fixed, inner, or oracle (on the test subjects, marked as such)")
    inner_fraction: float = option(0.2, "share of the training subjects that `inner` holds out")
    bootstrap: int = option(2000, "draws of subjects for the intervals")
    compare_with: list[str] = option([], "folders of other evaluations, for the same table")
    figures: list[str] = option(["png"], "files that the figures are drawn as: pdf and svg beside png")

    def __post_init__(self):
        known = {"protocol": PROTOCOLS, "choose_epoch": CHOICES}
        if not self.labels.endswith((".yaml", ".yml")):
            known["labels"] = LABELS
        if self.baseline is not None:
            known["baseline"] = BASELINES
        for name, names in known.items():
            value = getattr(self, name)
            if value not in names:
                raise InputError(
                    f"`{name}` must be one of {', '.join(names)}, got `{value}`{closest(str(value), names)}."
                )
        if self.zero_shot:
            self._check_zero_shot()
        check_bounds(self, {"folds": (2, 10_000), "bootstrap": (0, 1_000_000)})
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise InputError(f"`seeds` must be different numbers from 0 on, got `{self.seeds}`.")
        if not 0 < self.inner_fraction <= 0.5:
            raise InputError(f"`inner_fraction` must be above 0 and at most 0.5, got `{self.inner_fraction}`.")
        if self.choose_epoch != "fixed" and self.baseline not in (None, "ststnet"):
            raise InputError(f"`{self.baseline}` has no epochs to choose from; leave `choose_epoch` at `fixed`.")

    def _check_zero_shot(self):
        if self.label_sets is None:
            raise InputError(
                f"`zero_shot` names by action units; `labels` must be one of {', '.join(BY_NAME)} or a YAML file, got "
                f"`{self.labels}`."
            )
        if self.baseline is not None:
            raise InputError(f"`zero_shot` is μ-BERT's; leave it or the baseline `{self.baseline}` out.")

    @property
    def label_sets(self) -> LabelSet | None:
        """
        The action units of the classes, where `labels` has them; the protocol's own labels where it has some.

        Raises:
            InputError: the file of the labels cannot be used.
        """
        name = {"megc2019": "three", "megc2018-cde": "objective", "megc2018-hde": "objective"}.get(
            self.protocol, self.labels
        )
        return read_label_set(name) if name in BY_NAME or name.endswith((".yaml", ".yml")) else None
