"""From a film on the disk to pairs and to a bank of movement."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.arguments.data import DataArguments
from micron_bert.cli.main import main
from micron_bert.data.examples.mixture import MixedPairs, mix
from micron_bert.data.examples.real_films import load_real_films, stored_path
from micron_bert.errors import InputError
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits
from micron_bert.synthesis.real.course import load_courses
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A folder of a person with a film of a second, in which the head drifts."""
    folder = tmp_path_factory.mktemp("films") / "nasa"
    folder.mkdir()
    picture = np.ascontiguousarray(astronaut()[:256, 96:352])
    shifts = [np.array([[1, 0, 0.2 * k], [0, 1, 0.1 * k]]) for k in range(25)]
    frames = [cv2.warpAffine(picture, shift, (256, 256), borderMode=cv2.BORDER_REPLICATE) for shift in shifts]
    write_video(folder / "one.mp4", frames, 25)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faces")
    cv2.imwrite(str(folder / "nasa.png"), astronaut()[..., ::-1])
    return folder


def test_a_film_becomes_registered_crops_once(films, cache, monkeypatch):
    (film,) = load_real_films([str(films)], 112, cache)
    assert film.subject == "nasa" and film.frames.shape == (25, 112, 112, 3) and film.landmarks.shape == (25, 468, 2)
    assert np.abs(film.frames[20].astype(float) - film.frames[4])[20:90, 20:90].mean() < 4  # the drift is gone
    # the second time it is not followed
    monkeypatch.setattr("micron_bert.data.examples.real_films.followed_film", None)
    assert np.array_equal(load_real_films([str(films)], 112, cache)[0].frames, film.frames)


def test_a_film_is_followed_anew_by_other_code(films, cache, other_code):
    before = stored_path(films / "one.mp4", 112, cache)
    other_code("micron_bert.model.modeling_micron_bert")  # has no part in it
    assert stored_path(films / "one.mp4", 112, cache) == before
    other_code("micron_bert.faces.registration")
    assert stored_path(films / "one.mp4", 112, cache) != before


def test_a_folder_without_a_face_is_refused(tmp_path, cache):
    with pytest.raises(InputError, match="no folder"):
        load_real_films([str(tmp_path / "nothing")], 112, cache)
    with pytest.raises(InputError, match="shows a face"):
        load_real_films([str(tmp_path)], 112, cache)


def test_a_bank_is_measured_by_the_command_and_feeds_a_mixture(films, cache, faces, tmp_path, capsys):
    credit = ["--source", "NASA", "--licence", "public domain", "--cache", str(cache)]
    assert main(["measure-courses", str(films), str(tmp_path / "bank"), *credit]) == 0
    assert "1 courses" in capsys.readouterr().out
    assert load_courses(tmp_path / "bank")[0].licence == "public domain"
    portraits = load_portraits(faces, cache=False)
    data = DataArguments(
        faces=[str(faces)], films=[str(films)], courses=str(tmp_path / "bank"), cache=str(cache),
        mixture={"synthetic": 1, "injected": 1, "retargeted": 1},
    )  # fmt: skip
    pairs = mix(SyntheticPairs(portraits, length=30, seed=3), portraits, data, Habits())
    made = [pairs[index] for index in range(30)]
    assert len(pairs) == 30 and all(pair.frames.shape == (2, 112, 112, 3) for pair in made)
    unknown = sum(bool(np.isnan(pair.total).any()) for pair in made)
    assert 3 < unknown < 20


def test_films_go_beside_faces_alone(films):
    with pytest.raises(InputError, match="beside `faces`"):
        DataArguments(dataset="somewhere", films=[str(films)]).source(("faces", "dataset"))
    with pytest.raises(InputError, match="mixture"):
        DataArguments(faces=["x"], mixture={"synthesised": 1})


def test_shares_of_a_mixture():
    class Pairs(list):
        size = 112

    sources = [Pairs([name] * 80) for name in ("synthetic", "injected")]
    mixed = MixedPairs(sources, [3, 1])
    shown = [mixed[index] for index in range(80)]
    assert len(mixed) == 80 and 8 < shown.count("injected") < 34
    with pytest.raises(InputError, match="as many shares"):
        MixedPairs(sources, [1, 2, 3])
