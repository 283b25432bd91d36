import csv

import cv2
import numpy as np
import pytest
from PIL import Image

from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film_set import load_people, plan_films, read_films, write_films
from micron_bert.synthesis.portraits import load_portraits, split_identities
from micron_bert.video import open_video


@pytest.fixture(scope="module")
def faces(tmp_path_factory, photograph):
    """Three people; one of them twice."""
    folder = tmp_path_factory.mktemp("faces")
    for name, image in {
        "anna_1": photograph,
        "anna_2": photograph[:, ::-1],
        "ben": cv2.convertScaleAbs(photograph, alpha=0.8),
        "carla": cv2.convertScaleAbs(photograph[:, ::-1], alpha=0.7),
    }.items():
        Image.fromarray(image).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def people(faces):
    return load_people(faces, cache=False)


def test_everybody_sits_once(people):
    assert [person.subject for person in people] == ["anna", "ben", "carla"]
    assert people[0].path.name == "anna_1.png"


def test_films_take_turns_with_frame_rates(people):
    assert [plan.fps for plan in plan_films(people, 6, 3.0, (30, 200))] == [30, 200] * 3


def test_films_split_people_as_portraits_do(faces, people):
    films, portraits = (split_identities(loaded) for loaded in (people, load_portraits(faces, cache=False)))
    for side in (0, 1):
        assert {one.subject for one in films[side]} == {one.subject for one in portraits[side]}


def test_everybody_plays_before_anybody_plays_again(people):
    plans = plan_films(people, 6, 3.0)
    assert len({plan.person.subject for plan in plans[:3]}) == 3
    assert len({plan.name for plan in plans}) == 6
    first, other = plans[0].film(), plan_films(people, 1, 3.0, prefix="x")[0].film()
    assert first.others == plans[0].film().others != other.others


def test_written_films_are_there_with_their_truth(people, tmp_path):
    plans = plan_films(people, 2, 2.0, 20.0, EventRates(micro=30, macro=0, speech=0, turn=60))
    plans += plan_films(people, 1, 0.5, 20.0, EventRates(micro=0, macro=0, speech=0), "calm_")
    names = []
    path = write_films(plans, tmp_path, progress=names.append)
    assert names == [plan.name for plan in plans]
    truth = read_films(path.parent)
    for plan in plans:
        film = plan.film()
        written = truth[film.subject, plan.name]
        assert (written.frames, written.fps) == (len(film), film.fps)
        assert [(e.onset, e.apex, e.offset, e.emotion) for e in written.events] == [
            (e.onset, e.apex, e.offset, e.emotion) for e in film.events
        ]
        frames = [frame.image for frame in open_video(tmp_path / "videos" / f"{plan.name}.mp4")]
        assert len(frames) == len(film) == round(20 * plan.duration)
        assert np.abs(frames[7].astype(int) - next(film.frames(7))).mean() < 4
    with open(tmp_path / "truth.csv", newline="") as handle:
        assert next(csv.reader(handle))[:5] == ["subject", "video", "onset", "apex", "offset"]
    with open(tmp_path / "others.csv", newline="") as handle:
        assert {row["what"] for row in csv.DictReader(handle)} >= {"turn"}


def test_goes_on_where_it_stopped_and_nowhere_else(people, tmp_path):
    plans = plan_films(people, 2, 0.5, 20.0, EventRates(micro=0, macro=0, speech=0))
    write_films(plans, tmp_path)
    kept, lost = (tmp_path / "videos" / f"{plan.name}.mp4" for plan in plans)
    before, content = kept.stat().st_mtime_ns, lost.read_bytes()
    lost.unlink()
    write_films(plans, tmp_path)
    assert kept.stat().st_mtime_ns == before and lost.read_bytes() == content
    with pytest.raises(InputError, match="begun with"):
        write_films(plans[:1], tmp_path)


def test_refuses_other_tables_and_empty_rooms(tmp_path):
    with pytest.raises(InputError, match="no `"):
        read_films(tmp_path)
    (tmp_path / "films.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="films.csv"):
        read_films(tmp_path)
    with pytest.raises(InputError, match="nobody"):
        plan_films([], 1, 3.0)


def test_films_from_the_command_line_show_held_out_people(faces, people, tmp_path, capsys):
    _, test = split_identities(people)
    argv = ["synthesize", str(faces), str(tmp_path / "out"), "--films", "4", "--duration", "1", "--fps", "15"]
    assert main(argv) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "truth.csv")
    films = read_films(tmp_path / "out")
    assert sorted(video for _, video in films) == ["calm_000", "film_000", "film_001", "film_002"]
    assert {subject for subject, _ in films} <= {person.subject for person in test}
    assert main([*argv[:3], "--films", "0"]) == 2
