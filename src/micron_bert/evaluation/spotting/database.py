"""Spotting over a database of long videos: μ-BERT beside the baselines, as the MEGC scores it."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from micron_bert import __version__
from micron_bert.arguments.strictness import STRICTNESS
from micron_bert.errors import InputError
from micron_bert.escaping import for_csv, for_markdown
from micron_bert.evaluation.spotting.baselines import BASELINES, Peak, Trials, Tuning
from micron_bert.evaluation.spotting.long_videos import LongVideo
from micron_bert.evaluation.spotting.runs import BASELINE, SPOTTER, Found, Job, find_all, key_of, read_found
from micron_bert.evaluation.spotting.scores import (
    AMPLITUDES,
    KINDS,
    Candidate,
    Ranking,
    Spotted,
    best_cut,
    score_videos,
)
from micron_bert.evaluation.spotting.submission import (
    official_strs,
    place_predictions,
    predictions_of,
    read_predictions,
    write_predictions,
)
from micron_bert.output_folder import json_text, write_text

MICRON_BERT = "μ-BERT"
LEARNED = "μ-BERT, thresholds leave-one-subject-out"
LOOSE = 0.0  # strictness at which every candidate is reported
HEADER = (
    "| method | F1 micro | F1 macro | F1 all | F1 micro ≥ .5 % | recall .2-.5 % | .5-1 % | 1-2 % | false alarms/min | "
    "calm videos | STRS | micro: hits, spotted, true |"
)


def evaluate_spotting(
    videos: Sequence[LongVideo],
    output: Path,
    model: str | None = None,
    strictness: float = STRICTNESS,
    learn: bool = True,
    baselines: bool = True,
    processes: int = 1,
    progress: Callable[[str], None] = lambda said: None,
    predictions: str = "pred.csv",
) -> dict:
    """
    Spots in all videos, scores, and writes `report.md`, `report.json`, `spotted.csv` and the challenge's file of
    predictions to a folder.

    What a method finds in a video is kept there, so that an interrupted run goes on. Nothing is learned on a person
    who is tested: μ-BERT runs as it comes, and thresholds that are chosen on this database are chosen on the other
    subjects, one fold for every subject.

    Args:
        videos (`Sequence[LongVideo]`):
            The database.
        output (`Path`):
            Folder for the report.
        model (`str`, *optional*):
            Folder or Hub id; the shipped one if left out.
        strictness (`float`, defaults to 0.5):
            Of the spotter as it comes.
        learn (`bool`, defaults to `True`):
            Whether μ-BERT is also run with thresholds chosen on the other subjects.
        baselines (`bool`, defaults to `True`):
            Whether the baselines run too.
        processes (`int`, defaults to 1):
            At work.
        progress (`Callable[[str], None]`):
            Called with a sentence for every video.
        predictions (`str`, defaults to `"pred.csv"`):
            What the challenge calls the predictions; see [`prediction_file`].

    Returns:
        `dict`: the content of `report.json`.

    Raises:
        [`InputError`]: there is nothing to choose thresholds on.
    """
    if (learn or baselines) and len({video.subject for video in videos}) < 2:
        raise InputError(
            "The videos show one subject; thresholds are chosen on others. Leave out what is chosen (`learn`, "
            "`baselines`), or add videos."
        )
    wanted = [(SPOTTER, strictness)] + [(SPOTTER, LOOSE)] * learn + [(BASELINE, 0.0)] * baselines
    jobs = {
        (place, method, level): Job(
            video.source,
            video.fps,
            method,
            output / "found" / f"{video.subject}-{video.video}-{method}-{key_of(method, model, level)}.json",
            model,
            level,
        )
        for method, level in dict.fromkeys(wanted)
        for place, video in enumerate(videos)
    }
    find_all(list(jobs.values()), processes, progress)
    found = {key: read_found(job.path) for key, job in jobs.items()}

    def results(method: str, level: float) -> list[Found]:
        return [found[place, method, level] for place in range(len(videos))]

    def spotted(candidates: Sequence[Sequence[Candidate]]) -> list[Spotted]:
        return [Spotted(v.subject, v.video, v.minutes, v.truth, c) for v, c in zip(videos, candidates, strict=True)]

    methods = {MICRON_BERT: spotted([one.candidates for one in results(SPOTTER, strictness)])}
    if learn:
        methods[LEARNED] = cut_by_others(spotted([one.candidates for one in results(SPOTTER, LOOSE)]))
    for name in BASELINES if baselines else ():
        peaks = [one.peaks[name] for one in results(BASELINE, 0.0)]
        methods[name] = spotted(tune_on_others(spotted([()] * len(videos)), peaks, [v.fps for v in videos]))
    write_text(output / "spotted.csv", megc_table(videos, methods[MICRON_BERT]))
    write_predictions(output / predictions, predictions_of(videos, methods[MICRON_BERT]))
    return _write_report(output, videos, methods, {"model": model or "shipped", "strictness": strictness})


def evaluate_predictions(videos: Sequence[LongVideo], path: Path, output: Path) -> dict:
    """
    Scores a file of predictions by any method, and writes `report.md` and `report.json` to a folder.

    Args:
        videos (`Sequence[LongVideo]`):
            The database.
        path (`Path`):
            The file; see [`read_predictions`].
        output (`Path`):
            Folder for the report.

    Returns:
        `dict`: the content of `report.json`. `official_strs` counts as the challenge's own scorer does.

    Raises:
        [`InputError`]: it is no such file, or names videos that are not there.
    """
    placed = place_predictions(videos, read_predictions(path))
    output.mkdir(parents=True, exist_ok=True)
    return _write_report(output, videos, {path.name: placed}, {"official_strs": official_strs(placed)})


def _write_report(output: Path, videos: Sequence[LongVideo], methods: dict[str, list[Spotted]], more: dict) -> dict:
    report = {
        "videos": len(videos),
        "subjects": len({video.subject for video in videos}),
        "minutes": sum(video.minutes for video in videos),
        "version": __version__,
        **more,
        "scores": {name: score_videos(results) for name, results in methods.items()},
    }
    write_text(output / "report.md", markdown(report))
    write_text(output / "report.json", json_text(report))  # last: where it is, the rest is too
    return report


def cut_by_others(videos: Sequence[Spotted]) -> list[Spotted]:
    """Each subject's candidates above the scores that are best on all other subjects."""
    rankings = {kind: [Ranking.of(video, kind) for video in videos] for kind in KINDS}
    cuts = {
        subject: {kind: best_cut([rankings[kind][place] for place in places])[0] for kind in KINDS}
        for subject, places in _places_of_others(videos).items()
    }
    return [video.above(cuts[video.subject]) for video in videos]


def tune_on_others(
    videos: Sequence[Spotted], peaks: Sequence[Sequence[Peak]], rates: Sequence[float]
) -> list[list[Candidate]]:
    """A baseline's candidates in each video, by what is best on the videos of all other subjects."""
    rows = list(zip(videos, peaks, rates, strict=True))
    trials = [Trials.of(*row) for row in rows]
    tunings = {
        subject: Tuning.choose([trials[place] for place in places])
        for subject, places in _places_of_others(videos).items()
    }
    return [tunings[video.subject].apply(found, fps) for video, found, fps in rows]


def _places_of_others(videos: Sequence[Spotted]) -> dict[str, list[int]]:
    """For each subject, where the videos of all others are."""
    return {
        subject: [place for place, video in enumerate(videos) if video.subject != subject]
        for subject in {video.subject for video in videos}
    }


def markdown(report: dict) -> str:
    """The report for people."""
    lines = [
        "# Spotting",
        "",
        f"{report['videos']} videos of {report['subjects']} subjects, {report['minutes']:.1f} minutes. A hit overlaps "
        "its expression by half of their union at least, both end frames included; counts of all videos are added up "
        "before anything is divided (MEGC 2019). False alarms are micro-expressions that hit nothing.",
        "",
        *score_table(report["scores"]),
        "",
    ]
    return "\n".join(lines)


def score_table(scores: dict[str, dict]) -> list[str]:
    """One row for each method."""
    rows = [HEADER, "| --- " * (HEADER.count("|") - 1) + "|"]
    for name, score in scores.items():
        recalls = score.get("recall_by_amplitude", {})
        strs = score["strs"].get("micro")
        cells = [
            *(_number(score[kind]["f1"] if score[kind]["truth"] else None) for kind in (*KINDS, "all")),
            _number(score["clear"]["f1"] if "clear" in score else None),
            *(_number(recalls.get(f"{low:g}-{high:g}", {}).get("recall"), 2) for low, high in AMPLITUDES),
            _number(score["false_alarms_per_minute"], 2),
            _number(score.get("calm_false_alarms_per_minute"), 2),
            _number(strs and strs["strs"]),
            ", ".join(str(score["micro"][count]) for count in ("hits", "spotted", "truth")),
        ]
        rows.append(f"| {for_markdown(name)} | " + " | ".join(cells) + " |")
    return rows


def _number(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def megc_table(videos: Sequence[LongVideo], spotted: Iterable[Spotted]) -> str:
    """What was spotted, in the dataset's numbers of frames, as the challenge's scorers read it."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("subject", "video", "onset", "apex", "offset", "kind", "emotion", "confidence"))
    for video, result in zip(videos, spotted, strict=True):
        for one in result.candidates:
            frames = [video.numbers[min(place, len(video.numbers) - 1)] for place in (one.onset, one.apex, one.offset)]
            row = (video.subject, video.video, *frames, one.kind, one.label or "", f"{one.score:.3f}")
            table.writerow([for_csv(cell) for cell in row])
    return text.getvalue()
