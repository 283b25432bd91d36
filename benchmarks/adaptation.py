"""
What `micron-bert adapt` gives on a person whom the model has not learned from.

    python -m benchmarks.adaptation FOLDER --model MODEL [--counts 1 3 10 30] [--tests 150]

FOLDER holds films of one person without expressions. Every other film is tested on: expressions are warped into its
pictures, which are compressed anew. From the rest the model learns, as many films as `--counts` says. Prints recall of
micro-expressions from 0.5 % IOD at given false alarms a minute, and both at the model's own threshold.
"""

import argparse
import copy
import tempfile
from pathlib import Path

import numpy as np

from micron_bert.data.examples.real_films import load_real_films
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.decision import Calibration
from micron_bert.training.course.adaptation import examples_of, teach
from micron_bert.training.course.choice import CLEAR, Ranking, tell
from micron_bert.training.course.examples import Example
from micron_bert.training.course.real_films import draw_example

ALARMS = (0.15, 0.3, 0.6, 1.2)  # false alarms a minute


def row(name: str, head, tests: list[Example], calibration: Calibration) -> str:
    """A line of the table."""
    ranking = Ranking.of([(example, tell(head, example)) for example in tests], "micro")
    cells = []
    for most in ALARMS:
        bearable = [score for score in ranking.scores if ranking.at(score)["alarms a minute"] <= most]
        cells.append(f"{ranking.at(min(bearable, default=1.0), CLEAR['micro'])['recall']:.2f}")
    told = [score for score in ranking.scores if calibration.confidence(score) >= calibration.best]
    at = ranking.at(min(told, default=1.0), CLEAR["micro"])
    cells += [f"{at['recall']:.2f}", f"{at['alarms a minute']:.2f}"]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--model", required=True, help="folder of a model that has not learned from the person")
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 3, 10, 30])
    parser.add_argument("--tests", type=int, default=150, help="courses to test on (default: 150)")
    parser.add_argument("--most", type=int, default=120, help="films of the folder that are read (default: 120)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    recognizer = Recognizer.from_pretrained(args.model, "cpu", runtime="torch")
    calibration = Calibration(*recognizer.model.config.course_calibration[0])
    paths = [str(path) for path in sorted(Path(args.folder).iterdir())][: args.most]
    with tempfile.TemporaryDirectory() as cache:
        films = load_real_films(paths, recognizer.size, cache)
        own, others = films[::2], films[1::2]
        tests = [
            draw_example("real", np.random.default_rng([args.seed, number]), others, [], recognizer, {})
            for number in range(args.tests)
        ]
        order = np.random.default_rng(args.seed).permutation(len(own))[: max(args.counts)]
        learned = [examples_of([own[number]], recognizer, int(number), lambda line: None) for number in order]
        faces = [own[number].landmarks[own[number].typical] for number in order]
    minutes, events = sum(one.minutes for one in tests), sum(len(one.events) for one in tests)
    print(f"{len(tests)} courses, {minutes:.1f} minutes, {events} expressions\n")
    print(f"| learned from | {' | '.join(f'at {most}' for most in ALARMS)} | as calibrated | alarms a minute |")
    print("|---" * (len(ALARMS) + 3) + "|")
    print(row("nothing", recognizer.model.course, tests, calibration), flush=True)
    untaught = recognizer.model.course
    for count in args.counts:
        recognizer.model.course = copy.deepcopy(untaught)
        teach(recognizer, sum(learned[:count], []), faces[:count], seed=args.seed, report=lambda line: None)
        seconds = sum(60 * film[0].minutes for film in learned[:count])
        print(row(f"{count} films, {seconds:.0f} s", recognizer.model.course, tests, calibration), flush=True)


if __name__ == "__main__":
    main()
