"""The parts of one release, built as folders."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.output_folder import begun, check_output
from micron_bert.publishing.card import checkout
from micron_bert.publishing.dataset import stage_dataset
from micron_bert.publishing.kernel import stage_kernel
from micron_bert.publishing.metric import metric_names, stage_metric
from micron_bert.publishing.model import stage_model
from micron_bert.publishing.repository import BROWSER, KINDS, Repository, siblings
from micron_bert.publishing.space import stage_space
from micron_bert.publishing.space_static import stage_space_static

MARK = ".micron-bert-publish"  # marks a folder that was built here and may be built anew


def stage(
    what: str,
    repo_id: str,
    output: str | os.PathLike,
    checkpoint: Path | None = None,
    data: Path | None = None,
    evaluations: Sequence[Path] = (),
) -> Iterator[Repository]:
    """
    Builds the folders of a release, one after the other.

    Args:
        what (`str`):
            `"model"`, `"kernel"`, `"metric"`, `"space"`, `"dataset"`, or `"all"` of them; all leaves the data set out
            where there is none. `"space-static"` is the page that computes in the browser, and not among all.
        repo_id (`str`):
            The model's, `ORG/NAME`; the others are named after it.
        output (`str` or `os.PathLike`):
            Folder that gets a folder for each repository: new, empty, or of an earlier time.
        checkpoint (`Path`, *optional*):
            The model; the one that comes with the package if left out.
        data (`Path`, *optional*):
            The data set, as `micron-bert synthesize` wrote it.
        evaluations (`Sequence[Path]`, *optional*):
            What `micron-bert evaluate` wrote about the model, for its card.

    Raises:
        [`InputError`]: a part cannot be published as it is, or `output` holds something else; or the package was not
            installed from a checkout, which all but the data set needs.
    """
    kinds = KINDS if what == "all" else (what,)
    if kinds != ("dataset",):
        checkout()  # before any work
    names = siblings(repo_id, metric_names() if "metric" in kinds else ())
    if what == "dataset" and data is None:
        raise InputError("Give the data set with `--data`, a folder that `micron-bert synthesize --faces-from` wrote.")
    sources = [folder for folder in (checkpoint, data, *evaluations) if folder is not None]
    output = check_output(output, sources, ours=begun(MARK))
    within = next((source for source in sources if source.resolve().is_relative_to(output.resolve())), None)
    if within is not None:
        raise InputError(f"`{within}` is read and lies in `--output`, which is built anew; name another folder.")
    there = output.is_dir()
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).touch()
    try:
        yield from _stage(kinds, names, repo_id, output, checkpoint, data, evaluations)
    except InputError:
        if [path.name for path in output.iterdir()] == [MARK]:  # nothing was built
            (output / MARK).unlink()
            if not there:
                output.rmdir()
        raise


def _stage(kinds, names, repo_id, output, checkpoint, data, evaluations) -> Iterator[Repository]:
    for kind in kinds:
        for name in names[kind]:
            folder = output / name.split("/")[1]
            if kind == "model":
                yield stage_model(name, checkpoint, folder, evaluations)
            elif kind == "kernel":
                yield stage_kernel(name, folder)
            elif kind == "metric":
                yield stage_metric(name, name.removeprefix(f"{repo_id}-"), folder)
            elif kind == "space":
                yield stage_space(name, repo_id, checkpoint, folder)
            elif kind == BROWSER:
                yield stage_space_static(name, repo_id, checkpoint, folder)
            elif data is not None:
                yield stage_dataset(name, data, folder)
