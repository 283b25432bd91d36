"""A calibration in the folder of its model: the changed weights and the record of what was found, both or neither."""

import json
import os
import shutil
from pathlib import Path

from micron_bert.checkpoints.loading import load_checkpoint
from micron_bert.errors import InputError
from micron_bert.output_folder import write_text

RECORD, UNIT_RECORD = "calibration.json", "action_units.json"  # of the classes, and of the action units
CALIBRATED = ".calibrated"  # folder of a complete calibration, until its files are in their places


def to_calibrate(folder: Path, record: str):
    """
    The model that a folder holds, or None where the calibration is complete already but had not reached its place.

    Raises:
        InputError: there is no model, or it was calibrated before.
    """
    if not (folder / "config.json").is_file():
        raise InputError(f"There is no model in `{folder}`; name the folder that `micron-bert finetune` wrote.")
    if take_over(folder, record):
        return None
    if (folder / record).exists():
        raise InputError(f"`{folder}` is calibrated already; see its `{record}`.")
    return load_checkpoint(folder)[0].eval()


def write_back(network, folder: Path, record: str, result: dict) -> dict:
    """Puts a calibrated model and the record of its calibration into its folder: both, or nothing at all."""
    draft = folder / f".calibrating.{os.getpid()}"
    try:
        network.save_pretrained(draft)
        write_text(draft / record, json.dumps(result, indent=2) + "\n")
        os.replace(draft, folder / CALIBRATED)  # the one step: from here on it is done, whatever happens
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    take_over(folder, record)
    return read_record(folder, record)


def take_over(folder: Path, record: str) -> bool:
    """
    Moves weights and record of a complete calibration to their places, the record last, also of one that was killed
    meanwhile; whether it was one of this record.
    """
    done = folder / CALIBRATED
    if not done.is_dir():
        return False
    of_record = (done / record).is_file() or (folder / record).is_file()
    records = (RECORD, UNIT_RECORD)
    for path in sorted(done.iterdir(), key=lambda path: path.name in records):
        os.replace(path, folder / path.name)
    done.rmdir()
    return of_record


def read_record(folder: Path, record: str) -> dict:
    """What a calibration found, as it stands beside the weights; raises [`InputError`] for a damaged one."""
    try:
        return dict(json.loads((folder / record).read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"`{folder / record}` is damaged; delete it and calibrate again.") from error
