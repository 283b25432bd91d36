"""The files of the pipeline that are saved with a recognition model, beside those that its own code imports."""

import os
import shutil
from pathlib import Path

TASK = "micro-expression-recognition"
# what every folder of a recognition model says about its pipeline
CUSTOM_PIPELINES = {
    TASK: {
        "impl": "pipeline_micron_bert.MicroExpressionRecognitionPipeline",
        "pt": ["AutoModelForVideoClassification"],
        "type": "video",
    }
}
# part of the name of weights in older files, and what it is today: PEFT takes every layer whose name ends in `score`
# for a classifier
RENAMED = {"clip.frame_score": "clip.frame_weighting"}
PIPELINE_FILES = (
    "pipeline_micron_bert.py",
    "clip_micron_bert.py",
    "container_micron_bert.py",
    "description_micron_bert.py",
    "film_micron_bert.py",
    "frames_micron_bert.py",
    "heat_map_micron_bert.py",
    "picture_micron_bert.py",
    "moment_micron_bert.py",
    "package_micron_bert.py",
    "recognizer_micron_bert.py",
    "runtime_micron_bert.py",
    "saving_micron_bert.py",
    "unit_reading_micron_bert.py",
)


def name_today(name: str) -> str:
    """The name that a weight of an older file has in the model."""
    for before, today in RENAMED.items():
        name = name.replace(before, today)
    return name


def copy_pipeline(folder: str | os.PathLike, source: str = "") -> None:
    """
    Puts the pipeline's code into the folder of a saved model.

    Args:
        folder (`str` or `os.PathLike`): where the model was saved.
        source (`str`, defaults to `""`):
            Folder or Hub id that the model came from: code from the Hub finds there what was not needed until now.
    """
    for name in PIPELINE_FILES:
        path = Path(__file__).with_name(name)
        if not path.is_file() and source:
            from transformers.utils import cached_file

            found = cached_file(source, name, _raise_exceptions_for_missing_entries=False)
            path = Path(found) if found else path
        if path.is_file() and path.resolve() != (Path(folder) / name).resolve():
            shutil.copy(path, folder)


__all__ = ["CUSTOM_PIPELINES", "PIPELINE_FILES", "RENAMED", "TASK", "copy_pipeline", "name_today"]
