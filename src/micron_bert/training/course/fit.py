"""
Trains the course head of a model, and calibrates its scores.

    python -m micron_bert.training.course --faces FOLDER … [--real FOLDER …] [--model FOLDER] --output FOLDER

Courses come from synthetic films of the people in `--faces`. With `--real`, films of people who show no expression,
they also come from these films, as they are and with expressions injected, and from photographs in `--faces` that move
as the films do. `--cache` keeps all of it: an interrupted run continues, and another model only measures the movements
again. Every seventh person is held out; calibration and thresholds are fitted on them.
"""

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.decision import AROUND, Calibration
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film_set import load_people
from micron_bert.synthesis.portraits import load_portraits, split_identities, working_landmarks
from micron_bert.training.course.choice import CLEAR, RANGE, Ranking, calibrate, choose, tell
from micron_bert.training.course.examples import Example
from micron_bert.training.course.films import example_at, fitting_plans
from micron_bert.training.course.injection import FieldBank
from micron_bert.training.course.learning import learn
from micron_bert.workers import run_jobs

WIDTH = 96
FIELDS = 3000  # expressions in the bank
HELD_OUT = 7  # one person in so many is held out
SHARES = {"synthetic": 0.25, "real": 0.3, "carried": 0.3, "none": 0.15}  # how often courses of each kind are drawn


def is_held_out(person: str) -> bool:
    """Whether a person is held out of the training; a hash of the name decides, so every run agrees."""
    return int(hashlib.sha256(person.encode()).hexdigest(), 16) % HELD_OUT == 0


def new_head(config: MicronBertConfig, seed: int) -> MicronBertCourseHead:
    """A head with random weights from a seed."""
    torch.manual_seed(seed)
    head = MicronBertCourseHead(config)
    MicronBertForVideoClassification._init_by_fan_in(head)
    return head


def judge(
    head: MicronBertCourseHead, examples: Sequence[Example], report: Callable[[str], None] = print
) -> list[list[float]]:
    """
    Calibration and thresholds of a head, as `config.course_calibration` holds them.

    Args:
        head ([`MicronBertCourseHead`]): in evaluation mode.
        examples (`Sequence[Example]`): of people held out of the training.
        report (`Callable`): called with one line about each kind of expression.
    """
    courses = [(example, tell(head, example)) for example in examples]
    usual, found = EventRates(), []
    for kind in AROUND:
        ranking = Ranking.of(courses, kind)
        rate = getattr(usual, kind) * ranking.minutes / max(len(ranking.events), 1)
        slope, intercept = calibrate(ranking, rate)
        score = choose(ranking, kind)
        best = min(max(float(Calibration(slope, intercept, 0.5).confidence(score)), RANGE[0]), RANGE[1])
        found.append([slope, intercept, best])
        scores = ", ".join(f"{name} {value:.2f}" for name, value in ranking.at(score, CLEAR[kind]).items())
        report(
            f"{kind} of people held out ({ranking.minutes:.1f} minutes, {len(ranking.events)} expressions): {scores}; "
            f"asked for {best:.2f}"
        )
    return found


def fit(
    recognizer: Recognizer,
    examples: Sequence[Example],
    bank: FieldBank,
    steps: int,
    seed: int,
    report: Callable[[str], None] = print,
) -> MicronBertForVideoClassification:
    """
    The model with a course head trained on examples.

    Args:
        recognizer ([`Recognizer`]): its model measured the examples' movements.
        examples (`Sequence[Example]`): of people to train on, and of people held out.
        bank ([`FieldBank`]): expressions to inject into courses during training.
        steps (`int`): number of batches.
        seed (`int`): of all that is random.
        report (`Callable`): called with lines about the progress.
    """
    unseen = [example for example in examples if is_held_out(example.person)]
    known = [example for example in examples if not is_held_out(example.person)]
    if not unseen or not known:
        raise InputError("The people of the films are all to be learned from, or all held out; give more of them.")
    model = recognizer.model
    model.config.course_hidden_size = WIDTH
    head = new_head(model.config, seed)
    learn(head, known, SHARES, steps, bank, seed, report)
    model.config.course_calibration = judge(head, unseen, report)
    model.course = head
    return model


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Fit the course head of a model.")
    parser.add_argument("--faces", nargs="+", required=True, help="folders of photographs of faces")
    parser.add_argument("--real", nargs="*", default=[], help="folders of real films without expressions")
    parser.add_argument("--without", nargs="*", default=[], help="people (folders) of --real to leave out and test on")
    parser.add_argument("--model", default=str(shipped_checkpoint()), help="folder of a fine-tuned μ-BERT")
    parser.add_argument("--films", type=int, default=24, help="how many of the package's own (default: 24)")
    parser.add_argument("--seconds", type=float, default=45.0, help="of each of these (default: 45)")
    parser.add_argument("--courses", type=int, default=600, help="of each kind from real films (default: 600)")
    parser.add_argument("--steps", type=int, default=4000, help="batches to learn from (default: 4000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1, help="processes that make films")
    parser.add_argument("--cache", type=Path, default=Path("courses"), help="folder for films and courses")
    parser.add_argument("--output", type=Path, required=True, help="folder for the model with its course head")
    args = parser.parse_args(arguments)

    recognizer = Recognizer.from_pretrained(args.model, "cpu")
    args.cache.mkdir(parents=True, exist_ok=True)
    people, _ = split_identities(load_people(args.faces))
    portraits, _ = split_identities(load_portraits(args.faces, size=recognizer.size))
    plans = fitting_plans(people, args.films, args.seconds, args.seed)
    jobs = ((args.cache, plan, recognizer.size, args.model) for plan in plans)
    made = {}
    for (_, plan, *_), example in run_jobs(example_at, jobs, args.processes):
        made[plan.name] = example
        print(f"film {len(made)} of {len(plans)}", flush=True)
    examples = [made[plan.name] for plan in plans]  # whichever was done first
    if args.real:
        from micron_bert.data.examples.real_films import load_real_films
        from micron_bert.training.course.real_films import leave_out, real_examples

        films = load_real_films(args.real, recognizer.size, args.cache)
        films = leave_out(films, args.without)
        examples += real_examples(films, portraits, args.courses, recognizer, args.cache, args.model, args.seed)
    faces, grid = [working_landmarks(portrait) for portrait in portraits], recognizer.model.config.grid_size
    bank = FieldBank.draw(faces, recognizer.size, FIELDS, grid, np.random.default_rng(args.seed))
    model = fit(recognizer, examples, bank, args.steps, args.seed)
    model.save_pretrained(args.output)
    recognizer.processor.save_pretrained(args.output)
    print(args.output)
