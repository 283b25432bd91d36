"""
The grand challenge's questions about synthetic pairs of people held out, answered and scored.

    python -m benchmarks.questions --faces FOLDER [FOLDER ...] [--model DIR] [--pairs 400] [--output DIR]

Every pair shows an expression, as the challenge's clips do. All questions of both years about single expressions are
asked; `--output` keeps them with their true answers and with those that were given, as JSON lines of both forms.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.action_units import open_recognizer
from micron_bert.errors import InputError
from micron_bert.labels.action_units import UNIT_NAMES
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics import unweighted_f1
from micron_bert.metrics.vqa import score_answers
from micron_bert.questions.answer import Measured, answer
from micron_bert.questions.question import COARSE, FINE, TEMPLATES, UNITS, UNITS_AND_CLASSES, understand
from micron_bert.synthesis.pairs import SyntheticPair, SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits
from micron_bert.training.calibrate import split_held_out

TEST_SEED = 9100
CLASSES = (TEMPLATES[COARSE], TEMPLATES[FINE], TEMPLATES[UNITS_AND_CLASSES])
SHOWN, SIDE = "Is the action unit {} shown on the face?", "Is the action unit {} located on the left or right face?"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__.splitlines()[1])
    parser.add_argument("--faces", nargs="+", required=True, help="folders with photographs of faces")
    parser.add_argument("--model", help="folder or Hub id (default: the one in the package)")
    parser.add_argument("--pairs", type=int, default=400, help="that are asked about")
    parser.add_argument("--output", type=Path, help="folder for the questions and answers as JSON lines")
    args = parser.parse_args(argv)
    try:
        run(args)
    except InputError as error:
        print(f"benchmarks.questions: {error}", file=sys.stderr)
        return 2
    return 0


def run(args: argparse.Namespace) -> None:
    recognizer = open_recognizer(args.model)
    names = list(recognizer.runtime.action_units)
    _, clean = split_held_out(load_portraits(args.faces, size=recognizer.size))
    pairs = SyntheticPairs(clean, recognizer.size, TEST_SEED, length=args.pairs, labels=LABELS[:3])
    rng, rows, truth, named = np.random.default_rng(TEST_SEED), [], [], []
    for number in range(args.pairs):
        pair = pairs[number]
        told = recognizer.recognize_pair(*pair.frames, cropped=True)
        measured = Measured(told, assumed=True)
        truth.append(pair.label)
        named.append(LABELS.index(measured.coarse))
        for question, right in questions(pair, names, rng):
            said = answer(understand(question), measured).text
            rows.append((f"{number:05d}", pair.subject, question, right, said))
    asked, right, said = (list(column) for column in zip(*(row[2:] for row in rows), strict=True))
    scores = score_answers(asked, right, said)
    print(f"{args.pairs} pairs of {len(clean)} people, {len(rows)} questions\n")
    for name, value in scores.items():
        print(f"{name:<16}{value:.4f}" if isinstance(value, float) else f"{name:<16}{value}")
    print(f"{'classifier, UF1':<16}{unweighted_f1(np.array(truth), np.array(named), 3):.4f}\n")
    for kind in ("What are the action units?", "shown on the face", "left or right"):
        chosen = [right[k] == said[k] for k, question in enumerate(asked) if kind in question]
        print(f"{kind:<28}exact {np.mean(chosen):.3f} of {len(chosen)}")
    of_units = [right[k] == said[k] for k, question in enumerate(asked) if question not in CLASSES]
    print(f"{'all about units':<28}exact {np.mean(of_units):.3f} of {len(of_units)}")
    if args.output:
        write(rows, args.output)


def questions(pair: SyntheticPair, names: list[str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """What the challenges ask about one expression, each with the true answer."""
    coarse, numbers = LABELS[pair.label], sorted(str(unit.number) for unit in pair.action_units)
    units = ", ".join(UNIT_NAMES[number] for number in sorted(numbers, key=int))
    one = pair.action_units[int(rng.integers(len(pair.action_units)))]
    other = str(rng.choice([name for name in names if name not in numbers]))
    several = len(numbers) > 1
    return [
        (TEMPLATES[COARSE], coarse),
        (TEMPLATES[FINE], pair.emotion),
        (TEMPLATES[UNITS], units),
        (SHOWN.format(UNIT_NAMES[str(one.number)]), "yes"),
        (SHOWN.format(UNIT_NAMES[other]), "no"),
        (SIDE.format(UNIT_NAMES[str(one.number)]), one.side),
        (
            TEMPLATES[UNITS_AND_CLASSES],
            f"The action unit{'s' if several else ''} present {'are' if several else 'is'}: {units}. Therefore, the "
            f"fine-grained expression class is {pair.emotion}, and the coarse expression class is {coarse}.",
        ),
    ]


def write(rows: list[tuple], folder: Path) -> None:
    """Questions and answers in the forms of both years."""
    folder.mkdir(parents=True, exist_ok=True)
    forms = {"2025": [], "2026": []}
    for number, (clip, subject, question, right, said) in enumerate(rows):
        about = {"dataset": "synthetic", "image_id": clip, "subject": subject, "filename": clip}
        forms["2025"].append({"id": number, **about, "question": question, "answer": right, "said": said})
        forms["2026"].append({"video_id": clip, "video": clip, "question": question, "answer": right, "said": said})
    for year, lines in forms.items():
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / f"questions-{year}.jsonl").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
