"""The card of a data set of synthetic clips, as it is written and as it is published."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from micron_bert.escaping import for_markdown
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.synthesis.clips.settings import SETTINGS_FILE, TEST, TRAIN
from micron_bert.synthesis.face_sets import FACE_SETS

TEMPLATE = Path(__file__).with_name("card.md")


def dataset_card(
    settings: Mapping, splits: Sequence[Mapping], labels: Sequence[str] = (), repo_id: str | None = None
) -> str:
    """
    The text of `README.md`.

    Args:
        settings (`Mapping`):
            The fields of [`DatasetSettings`].
        splits (`Sequence[Mapping]`):
            `name`, number of `clips` and of `people` of each split; `labels`, how often each of them occurs.
        labels (`Sequence[str]`, *optional*):
            Names of the classes.
        repo_id (`str`, *optional*):
            The repository, where the data set is published: then its licence is stated.
    """
    from huggingface_hub import DatasetCard, DatasetCardData

    files = [{"split": split, "path": f"data/{split}-*.parquet"} for split in (TRAIN, TEST)]
    metadata = DatasetCardData(
        license="cc-by-4.0" if repo_id else None,
        pretty_name="Synthetic micro-expressions",
        task_categories=["video-classification"],
        tags=["micro-expression", "facial-expression", "synthetic", "optical-flow"],
        configs=[{"config_name": "default", "data_files": files}],
    )
    card = DatasetCard.from_template(
        metadata,
        template_path=str(TEMPLATE),
        repo_id=repo_id,
        settings=settings,
        version=for_markdown(settings["version"]),
        settings_file=SETTINGS_FILE,
        splits=splits,
        labels=labels,
        eye_distance=EYE_DISTANCE,
        face_sets=[FACE_SETS[name] for name in settings["sources"]],
    )
    return card.content.rstrip() + "\n"
