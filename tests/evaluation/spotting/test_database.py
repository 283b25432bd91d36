import csv
import json

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.evaluation.spotting.baselines import Peak
from micron_bert.evaluation.spotting.database import cut_by_others, evaluate_spotting, megc_table, tune_on_others
from micron_bert.evaluation.spotting.long_videos import LongVideo, read_long_videos
from micron_bert.evaluation.spotting.scores import Candidate, Spotted, TrueExpression
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film_set import load_people, plan_films, write_films


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """Two people in a second and a half each."""
    folder = tmp_path_factory.mktemp("films")
    for name, image in (("anna", astronaut()), ("ben", astronaut()[:, ::-1])):
        Image.fromarray(np.ascontiguousarray(image)).save(folder / f"{name}.png")
    rates = EventRates(micro=40, macro=0, speech=0, blink=0, micro_size=(2.0, 2.5))
    plans = plan_films(load_people(folder, cache=False), 2, 2.0, 15.0, rates, "film_")
    write_films(plans, folder / "set")
    return folder / "set"


def test_films_from_the_command_line_to_the_table_and_on_again(films, tmp_path, capsys):
    argv = ["evaluate-spotting", "films", str(films), "--output", str(tmp_path / "out")]
    assert main(argv) == 0
    said = capsys.readouterr()
    assert "μ-BERT" in said.out and "MDMD" in said.out and "report.md" in said.out
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["videos"] == report["subjects"] == 2
    for scores in report["scores"].values():
        assert scores["micro"]["truth"] == 2 and scores["minutes"] == pytest.approx(4 / 60)
    with open(tmp_path / "out" / "spotted.csv", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == sum(report["scores"]["μ-BERT"][kind]["spotted"] for kind in ("micro", "macro"))
    kept = sorted((tmp_path / "out" / "found").iterdir())
    assert len(kept) == 6
    times = [path.stat().st_mtime_ns for path in kept]
    assert main(argv) == 0
    assert [path.stat().st_mtime_ns for path in kept] == times


def test_thresholds_come_from_the_other_subjects():
    """Anna's candidates would ask for a low threshold, those of the others for a high one."""

    def film(subject, score_of_hit, score_of_miss):
        candidates = [
            Candidate(10, 15, 20, "micro", score_of_hit),
            Candidate(100, 105, 110, "micro", score_of_miss),
        ]
        return Spotted(subject, "v", 1.0, [TrueExpression(10, 20, "micro")], candidates)

    videos = [film("anna", 0.3, 0.2), film("ben", 0.8, 0.5), film("carla", 0.8, 0.5)]
    kept = {video.subject: [one.score for one in video.candidates] for video in cut_by_others(videos)}
    # anna's low scores lower the threshold for the others, but not her own
    assert kept == {"anna": [], "ben": [0.8, 0.5], "carla": [0.8, 0.5]}
    peaks = [
        [Peak(15, "micro", 0.3), Peak(105, "micro", 0.2)],
        *[[Peak(15, "micro", 0.8), Peak(105, "micro", 0.5)]] * 2,
    ]
    found = tune_on_others([Spotted(v.subject, v.video, 1.0, v.truth, ()) for v in videos], peaks, [30.0] * 3)
    assert found[0] == [] and [one.apex for one in found[1]] == [15, 105]


def test_one_subject_is_not_enough_to_choose_on(films, tmp_path):
    videos, _ = read_long_videos("films", films)
    with pytest.raises(InputError, match="one subject"):
        evaluate_spotting(videos[:1], tmp_path)


def test_frames_are_told_in_the_numbers_of_the_dataset(tmp_path):
    video = LongVideo("s1", "v", tmp_path, 30.0, [7, 8, 9, 12, 13], [])
    table = megc_table([video], [Spotted("s1", "v", 1.0, [], [Candidate(1, 3, 9, "micro", 0.75, "surprise")])])
    assert table.splitlines()[1] == "s1,v,8,12,13,micro,surprise,0.750"
