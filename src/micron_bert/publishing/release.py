"""What one release consists of, built as folders."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.publishing.dataset import stage_dataset
from micron_bert.publishing.kernel import stage_kernel
from micron_bert.publishing.metric import metric_names, stage_metric
from micron_bert.publishing.model import stage_model
from micron_bert.publishing.repository import KINDS, Repository, siblings
from micron_bert.publishing.space import stage_space

MARK = ".micron-bert-publish"  # says that what is in a folder was built here and may be built anew


def stage(
    what: str,
    repo_id: str,
    output: Path,
    checkpoint: Path | None = None,
    data: Path | None = None,
    evaluations: Sequence[Path] = (),
) -> Iterator[Repository]:
    """
    Builds the folders of a release, one after the other.

    Args:
        what (`str`):
            `"model"`, `"kernel"`, `"metric"`, `"space"`, `"dataset"`, or `"all"` of them; all leaves the data set out
            where there is none.
        repo_id (`str`):
            The model's, `ORG/NAME`; the others are named after it.
        output (`Path`):
            Folder that gets a folder for each repository: new, empty, or of an earlier time.
        checkpoint (`Path`, *optional*):
            The model; the one that comes with the package if left out.
        data (`Path`, *optional*):
            The data set, as `micron-bert synthesize` wrote it.
        evaluations (`Sequence[Path]`, *optional*):
            What `micron-bert evaluate` wrote about the model, for its card.

    Raises:
        [`InputError`]: a part cannot be published as it is, or `output` holds something else.
    """
    names = siblings(repo_id, metric_names())
    kinds = KINDS if what == "all" else (what,)
    if what == "dataset" and data is None:
        raise InputError("Give the data set with `--data`, a folder that `micron-bert synthesize --faces-from` wrote.")
    if output.exists() and not (output / MARK).is_file() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"`{output}` holds something else; name a new folder with `--output`.")
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).touch()
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
            elif data is not None:
                yield stage_dataset(name, data, folder)
