"""The data set's repository: synthetic clips of people who agreed that altered pictures of them are published."""

import json
import os
import shutil
from collections import Counter
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS
from micron_bert.publishing.repository import Repository
from micron_bert.synthesis.clips.card import dataset_card
from micron_bert.synthesis.clips.settings import SETTINGS_FILE, TEST, TRAIN
from micron_bert.synthesis.face_sets import FACE_SETS, sets_of


def stage_dataset(repo_id: str, data: Path, folder: Path) -> Repository:
    """
    Builds the folder of a data set.

    Args:
        repo_id (`str`):
            `ORG/NAME-synthetic`.
        data (`Path`):
            What `micron-bert synthesize` wrote with `--faces-from`.
        folder (`Path`):
            Made here; anything in it is replaced.

    Raises:
        [`InputError`]: it is no such folder, it is not finished, somebody is in both splits, or there is a person in
        it of whom it is not known that they agreed.
    """
    settings = _settings(data)
    check_consent(data, settings["sources"])
    splits = [_describe(data, split) for split in (TRAIN, TEST)]
    if sum(split["clips"] for split in splits) != settings["clips"]:
        raise InputError(f"The data set `{data}` is not finished; run the same `micron-bert synthesize` again.")
    _check_people(splits, settings["sources"], data)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    for path in (data / "data").glob("*.parquet"):
        _link(path, folder / "data" / path.name)
    shutil.copy(data / SETTINGS_FILE, folder)
    counted = [{**split, "people": len(split["people"])} for split in splits]
    card = dataset_card(settings, counted, LABELS, repo_id)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return Repository("dataset", repo_id, folder, replaced=("data/*",))


def check_consent(data: Path, sources: list[str]) -> None:
    """Raises [`InputError`] unless all faces are from sets whose people agreed to altered pictures being published."""
    allowed = " or ".join(name for name, face_set in FACE_SETS.items() if face_set.altered)
    if not sources:
        raise InputError(
            f"The data set `{data}` does not say whose faces it shows; synthesize it from the sets {allowed}, with "
            "`--faces-from`, to publish it."
        )
    for name in sources:
        if name not in FACE_SETS or not FACE_SETS[name].altered:
            raise InputError(
                f"The data set `{data}` shows faces of the set `{name}`, whose people were not asked about altered "
                f"pictures of them; only sets that were ({allowed}) are published."
            )


def _check_people(splits: list[dict], sources: list[str], data: Path) -> None:
    both = splits[0]["people"] & splits[1]["people"]
    if both:
        raise InputError(f"`{min(both)}` is in both splits of `{data}`; synthesize it again.")
    for person in sorted(splits[0]["people"] | splits[1]["people"]):
        if not sets_of(person, sources):
            raise InputError(
                f"`{person}` in `{data}` is no name from {' or '.join(sources)}; leave out faces from elsewhere, "
                "whose people were not asked."
            )


def _settings(data: Path) -> dict:
    """What the data set was made with; each as [`DatasetSettings`] has it."""
    try:
        settings = json.loads((data / SETTINGS_FILE).read_text(encoding="utf-8"))
        low, high = settings["amplitude"]
        numbers = [settings[name] for name in ("clips", "size", "seed", "fps")] + [low, high]
        texts = [settings["version"], *settings["sources"]]
        if not isinstance(settings["sources"], list) or not all(isinstance(text, str) for text in texts):
            raise TypeError("`version` or `sources` is no text")
        if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
            raise TypeError("a number is none")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"`{data}` is no folder that `micron-bert synthesize` wrote (there is no readable `{SETTINGS_FILE}`)."
        ) from error
    return settings


def _describe(data: Path, split: str) -> dict:
    """Number of clips, names of the people and number of each label, from the two columns alone."""
    import pyarrow.parquet

    people, labels = set(), Counter()
    for path in sorted((data / "data").glob(f"{split}-*.parquet")):
        try:
            table = pyarrow.parquet.read_table(path, columns=["subject", "label"]).to_pydict()
            people.update(map(str, table["subject"]))
            labels.update(dict(enumerate(LABELS))[number] for number in table["label"])
        except (pyarrow.ArrowException, OSError, KeyError, TypeError) as error:
            raise InputError(
                f"`{path}` does not hold the clips of `micron-bert synthesize`; make them again."
            ) from error
    return {"name": split, "clips": labels.total(), "people": people, "labels": labels}


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy(source, target)
