"""
How well a model does for people of different age, sex and skin type, on people held out of its training and of its
calibration. Everybody's face makes the same synthetic expressions, under the same light, noise and movements of the
head: what differs is the face alone.

    python -m benchmarks.groups FACES [FACES ...] [--model DIR] [--pairs 32] [--write]

Age and sex are those of the London set's table (`london_info.csv`, in a folder of faces or beside it), and the sex
that names of the set from Canada end with. Skin type is the individual typology angle of the cheeks in the
photograph, which also depends on light and camera. `--write` puts the table into the model's `evaluation.json`, from
which `micron-bert publish` fills its card.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.bootstrap import FEWEST
from benchmarks.evidence.faces import read_groups
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.faces.registration import register
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics.bootstrap import class_scores, confusions_by_person, interval, resample
from micron_bert.output_folder import write_text
from micron_bert.publishing.results import ATTRIBUTES, RESULTS_FILE
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import Portrait, load_portraits
from micron_bert.training.calibrate import split_held_out

SUMMARY = (
    "{people} people held out from training and calibration, {pairs} synthetic pairs of each: everybody's face makes "
    "the same expressions, under the same light, noise and movements of the head (`python -m benchmarks.groups FACES "
    "--pairs {pairs}`). The intervals are of a bootstrap over people. Skin type is the individual typology angle "
    "(ITA) of the cheeks in the photograph, which light and camera change as well; age and sex are known of some of "
    "the people only."
)
CHEEKS = (50, 280)  # of the face mesh, right and left
CHEEK = 0.06  # half the side of the square that is looked at, in sides of the portrait
# degrees of the individual typology angle; after Del Bino & Bernerd (2013), two types in a group
SKIN_TYPES = ((41.0, "light (ITA over 41°)"), (10.0, "intermediate or tan (10 to 41°)"))
DARKEST = "brown or dark (ITA under 10°)"
SEX_OF_SUFFIX = {"f": "female", "m": "male"}  # of names in the set from Canada
RESAMPLED = 1000  # times, for an interval
SIZE = 112  # of the crops in pixels


def typology_angle(portrait: Portrait) -> float:
    """Individual typology angle of the cheeks in degrees: large for light skin, negative for dark skin."""
    lab = cv2.cvtColor(np.float32(portrait.image) / 255, cv2.COLOR_RGB2LAB)
    reach = round(CHEEK * len(lab))
    patches = []
    for x, y in np.round(portrait.landmarks[list(CHEEKS)]).astype(int):
        patches.append(lab[y - reach : y + reach, x - reach : x + reach].reshape(-1, 3))
    lightness, _, yellowness = np.median(np.concatenate(patches), axis=0)
    return float(np.degrees(np.arctan2(lightness - 50, yellowness)))


def skin_type(angle: float) -> str:
    """Group of an individual typology angle in degrees."""
    return next((name for least, name in SKIN_TYPES if angle > least), DARKEST)


def attributes_of(portrait: Portrait, table: dict[str, dict[str, str]]) -> dict[str, str]:
    """What is known of a person: `age`, `sex`, `skin type`."""
    told = table.get(portrait.subject, {})
    known = {name: told[name] for name in ("age", "sex") if told.get(name, "unknown") != "unknown"}
    if match := re.fullmatch(r"\d{3}([fm])", portrait.subject):
        known["sex"] = SEX_OF_SUFFIX[match[1]]
    return {**known, "skin type": skin_type(typology_angle(portrait))}


def one_each(portraits: list[Portrait]) -> list[Portrait]:
    """The first portrait of each person, so that everybody gets the same draws."""
    first: dict[str, Portrait] = {}
    for portrait in portraits:
        first.setdefault(portrait.subject, portrait)
    return list(first.values())


def name_pairs(checkpoint: Checkpoint, portrait: Portrait, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True and named classes `(count,)` of synthetic pairs of one face, as indices into `LABELS`."""
    pairs = SyntheticPairs([portrait], seed=seed)
    chosen = [pairs[index] for index in range(count)]
    frames = np.stack([[onset, register(apex, onset).frame] for onset, apex in (pair.frames for pair in chosen)])
    return np.array([pair.label for pair in chosen]), checkpoint.look(frames).logits.argmax(axis=1)


def table_of(people: list[dict[str, str]], truth: np.ndarray, named: np.ndarray) -> Iterator[dict]:
    """
    Rows of the table, as `evaluation.json` has them.

    Args:
        people (`list[dict[str, str]]` of length `P`):
            What is known of each person.
        truth, named (`np.ndarray` of shape `(P, N)`):
            Classes of everybody's pairs.
    """
    for attribute in ATTRIBUTES:
        for group in sorted({person[attribute] for person in people if attribute in person}):
            members = np.array([n for n, person in enumerate(people) if person.get(attribute) == group])
            shown = np.repeat(np.arange(len(members)), truth.shape[1])
            confusions = confusions_by_person(
                truth[members].ravel(), named[members].ravel(), shown, len(LABELS), len(members)
            )
            scores = class_scores(np.ones((1, len(members))), confusions)
            row = {"attribute": attribute, "group": group, "people": len(members), "samples": len(shown)}
            row |= {name: round(float(scores[name][0]), 3) for name in ("uf1", "uar")}
            if len(members) >= FEWEST:
                drawn = class_scores(resample(shown, RESAMPLED), confusions)["uf1"]
                row["interval"] = [round(bound, 3) for bound in interval(drawn)]
            yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="+", help="folders with photographs of faces")
    parser.add_argument("--model", help="folder of a fine-tuned μ-BERT (default: the one in the package)")
    parser.add_argument("--pairs", type=int, default=32, help="pairs of each person (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2000, help="of the pairs; finetune uses small ones")
    parser.add_argument("--write", action="store_true", help="put the table into the model's evaluation.json")
    args = parser.parse_args()

    folder = Path(args.model or shipped_checkpoint())
    checkpoint = Checkpoint(str(folder), SIZE)
    portraits = one_each(split_held_out(load_portraits(args.faces, size=SIZE))[1])
    table = read_groups(args.faces)
    answers = []
    for number, portrait in enumerate(portraits, 1):
        answers.append(name_pairs(checkpoint, portrait, args.pairs, args.seed))
        print(f"\r{number} of {len(portraits)} people", end="", flush=True)
    truth, named = (np.stack(column) for column in zip(*answers, strict=True))
    people = [attributes_of(portrait, table) for portrait in portraits]
    rows = list(table_of(people, truth, named))

    print("\n\n| | group | people | samples | UF1 / UAR | 95 % interval of UF1 |\n|---|---|---|---|---|---|")
    for row in rows:
        interval = " to ".join(f"{bound:.3f}" for bound in row.get("interval", ())) or "too few people"
        cells = "{attribute} | {group} | {people} | {samples} | {uf1:.3f} / {uar:.3f}".format(**row)
        print(f"| {cells} | {interval} |")
    if args.write:
        path = folder / RESULTS_FILE
        summary = SUMMARY.format(people=len(people), pairs=args.pairs)
        results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        results |= {"groups_summary": summary, "groups": rows}
        write_text(path, json.dumps(results, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
