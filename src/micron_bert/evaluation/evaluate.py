"""
A protocol from prepared clips to the table: train every fold, pool the predictions, score, report.

`python -m micron_bert.evaluation.evaluate [RECIPE.yaml] [--name value ...]`, the same as `micron-bert evaluate`.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from micron_bert import __version__
from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.evaluation import UNUSED, EvaluationArguments, about_protocols
from micron_bert.arguments.exit_code import exit_code
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe import parse_recipe, settings_of
from micron_bert.arguments.training import FoldTrainingArguments
from micron_bert.cache_key import cache_key
from micron_bert.checkpoints.names import is_shipped, weights_key
from micron_bert.checkpoints.starting_model import make_config
from micron_bert.errors import InputError
from micron_bert.evaluation.clips import read_clips
from micron_bert.evaluation.fold import Experiment
from micron_bert.evaluation.inputs import inputs_key, store_inputs
from micron_bert.evaluation.learner import Learner
from micron_bert.evaluation.report import write_report
from micron_bert.evaluation.runner import run_folds
from micron_bert.evaluation.scores import summarize
from micron_bert.evaluation.task import Task, make_task
from micron_bert.labels.action_units import CD6ME_ACTION_UNITS
from micron_bert.output_folder import begun, check_output, claim_folder, json_text
from micron_bert.synthesis.clips.settings import SYNTHETIC

SETTINGS = "settings.json"

# what may differ between an evaluation and its continuation: it changes nothing about a fold
_FREE = (
    "output_dir",
    "processes",
    "seeds",
    "bootstrap",
    "compare_with",
    "figures",
    "resume",
    "cache",
    "use_cpu",
    "data",
)


def evaluate(
    evaluation: EvaluationArguments,
    model: ModelArguments,
    data: DataArguments,
    training: FoldTrainingArguments,
    progress=lambda sentence: None,
) -> dict:
    """
    Runs a protocol and writes its report to `output_dir`.

    Predictions of every fold are kept in `folds/`; called again after an interruption, or with more seeds, only what
    is missing is done, and the result is the same bit by bit for any number of processes on a CPU.

    Args:
        evaluation ([`EvaluationArguments`]), model ([`ModelArguments`]), data ([`DataArguments`]),
        training ([`FoldTrainingArguments`]):
            What is evaluated. Of the data only `clip_frames`, `register` and `action_units` are used.
        progress (`Callable[[str], None]`, *optional*):
            Called with a sentence for every fold.

    Returns:
        `dict`: the content of `report.json`.

    Raises:
        InputError: something in the arguments or the data cannot be used, or the folder holds another evaluation.
    """
    data.refuse(UNUSED, "an evaluation, which reads prepared clips from `data`")
    if training.world_size > 1:
        raise InputError("Start an evaluation as one process; `processes` starts the others, on all GPUs.")
    folder, config = Path(training.output_dir), make_config(model)
    check_output(folder, evaluation.data, ours=begun(SETTINGS), option="output_dir")
    task = make_task(read_clips(evaluation.data), evaluation, data.action_units or CD6ME_ACTION_UNITS)
    learner = make_learner(evaluation, model, data, training, task)
    key = inputs_key(task.clips, learner, config.image_size, data.register)
    # a baseline has none, and those of a new model are made by the seed
    weights = None if evaluation.baseline else weights_key(model.checkpoint)
    settings = _settings(evaluation, model, data, training) | {"weights": weights}
    if evaluation.zero_shot:  # a file of labels may change under its name
        sets = {name: sorted(map(sorted, several)) for name, several in evaluation.label_sets.sets.items()}
        settings["label_sets"] = sets
        task.notes.append("nothing was trained: clips are named by the action units of the labels")
    code = cache_key("fold", code=[type(learner).__module__, Experiment.__module__])
    claim_folder(folder, settings | {"clips": _clips_key(task), "inputs": key, "code": code}, SETTINGS)

    report = _Progress(progress, len(task.folds) * len(evaluation.seeds))
    inputs = store_inputs(
        task.clips, learner, config.image_size, data.register, folder / f"inputs-{key}.npy", training.processes,
        report.clip(len(task.labels)),
    )  # fmt: skip
    experiment = Experiment(
        clips=task.clips.clips,
        names=task.names,
        labels=task.labels,
        folds=task.folds,
        multi_label=task.multi_label,
        learner=learner,
        inputs=inputs,
        folder=folder,
        choose_epoch=evaluation.choose_epoch,
        inner_fraction=evaluation.inner_fraction,
    )
    results = run_folds(experiment, evaluation.seeds, training.processes, report.fold)
    summary = {
        **_header(evaluation, model, task, learner, weights),
        **summarize(results, task.names, task.multi_label, evaluation.bootstrap),
    }
    write_report(summary, folder, evaluation.compare_with)
    return summary


def _header(evaluation: EvaluationArguments, model: ModelArguments, task: Task, learner: Learner, weights) -> dict:
    """What the report says before the scores: method, protocol and clips."""
    return {
        "method": learner.name,
        "protocol": evaluation.protocol,
        "choose_epoch": evaluation.choose_epoch,
        "oracle": evaluation.choose_epoch == "oracle",
        "labels": task.names,
        "multi_label": task.multi_label,
        "seeds": list(evaluation.seeds),
        "folds": len(task.folds),
        "data": task.sources,
        "clips": _clips_key(task),
        "weights": weights,
        "version": __version__,
        # the shipped model learned from synthetic clips of published photographs, maybe of the same people
        "known_faces": not evaluation.baseline and is_shipped(model.checkpoint) and SYNTHETIC in task.sources,
        "notes": task.notes,
        "missing": task.missing,
    }


def make_learner(
    evaluation: EvaluationArguments,
    model: ModelArguments,
    data: DataArguments,
    training: FoldTrainingArguments,
    task: Task,
) -> Learner:
    """The baseline that was asked for, or μ-BERT, trained in each fold or naming by action units."""
    if evaluation.zero_shot:
        from micron_bert.evaluation.zero_shot import ZeroShot

        return ZeroShot(model, evaluation.label_sets, task.names, data.clip_frames)
    if evaluation.baseline == "ststnet":
        from micron_bert.evaluation.baselines.ststnet import STSTNet

        return STSTNet(task.multi_label)
    if evaluation.baseline:
        from micron_bert.evaluation.baselines.linear import FlowRidge, LbpTop, Majority

        kinds = {"majority": Majority, "flow": FlowRidge, "lbptop": lambda: LbpTop(data.clip_frames)}
        return kinds[evaluation.baseline]()
    from micron_bert.evaluation.finetuned import FineTuned

    recipe = {name: value for name, value in settings_of(training).items() if name != "processes"}
    return FineTuned(model, recipe, task.names, task.multi_label, data.clip_frames)


def _clips_key(task: Task) -> str:
    """Which clips with which labels: tables of the same key can stand side by side."""
    rows = [(*clip.name, label) for clip, label in zip(task.clips.clips, task.labels.tolist(), strict=True)]
    return cache_key("clips", [task.names, sorted(rows)])


def _settings(*arguments) -> dict:
    return {name: value for name, value in sorted(settings_of(*arguments).items()) if name not in _FREE}


class _Progress:
    """Sentences about what is done."""

    def __init__(self, tell, jobs: int):
        self.tell, self.jobs, self.done, self.start = tell, jobs, 0, time.monotonic()

    def clip(self, count: int):
        def report(done: int) -> None:
            if done % 100 == 0 or done == count:
                self.tell(f"{done} of {count} clips read")

        return report

    def fold(self, result: dict) -> None:
        self.done += 1
        right = sum(row["label"] == row["prediction"] for row in result["predictions"])
        self.tell(
            f"{self.done} of {self.jobs}: {result['fold']}, seed {result['seed']}, {right} of "
            f"{len(result['predictions'])} right, {time.monotonic() - self.start:.0f} s"
        )


def main(argv: Sequence[str] | None = None, as_json: bool = False) -> int:
    """Runs an evaluation from a recipe and the command line; prints the table and its place, or `report.json`."""
    from datasets.utils.logging import disable_progress_bar as disable_reading_bar
    from transformers.utils.logging import disable_progress_bar

    from micron_bert.evaluation.plots import draw_report
    from micron_bert.evaluation.report import score_table
    from micron_bert.pictures.figure import check_figures, check_kinds

    disable_progress_bar()
    disable_reading_bar()
    check_figures()  # before hours of training rather than after them
    argv = sys.argv[1:] if argv is None else list(argv)
    kinds = (EvaluationArguments, ModelArguments, DataArguments, FoldTrainingArguments)
    arguments = parse_recipe(argv, kinds, "micron-bert evaluate", about_protocols())
    check_kinds(arguments[0].figures)
    report = evaluate(*arguments, progress=lambda sentence: print(sentence, file=sys.stderr, flush=True))
    folder = Path(arguments[-1].output_dir)
    draw_report(report, folder, list(dict.fromkeys(["png", *arguments[0].figures])))  # `report.md` shows the first
    if as_json:
        print(json_text(report, ascii=True), end="")
        return 0
    if report["oracle"]:
        print("ORACLE: the epoch of every fold was chosen on its test subjects.")
    print("\n".join(score_table(report)))
    print(folder / "report.md")
    return 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
