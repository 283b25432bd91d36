from pathlib import Path

import numpy as np

from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.films.film_set import Person
from micron_bert.training.course import films as fitting_films
from micron_bert.training.course.examples import Example
from micron_bert.training.course.films import FAST, compressed, example_at, example_of, fitting_plans

EVENTS = np.array([[0.0, 0.04, 0.08, 1, 1.0, 0]])
PEOPLE = [Person(f"person{number}", Path(f"{number}.jpg"), np.zeros((468, 2))) for number in range(5)]


def test_more_films_leave_the_first_ones_as_they_are():
    plans = fitting_plans(PEOPLE, 14, 45.0)
    assert fitting_plans(PEOPLE, 9, 45.0) == plans[:9]
    assert len({(plan.name, plan.seed) for plan in plans}) == 14
    fast = [plan for plan in plans if plan.fps == FAST]
    assert len(fast) == 2 and all(plan.duration < 45 for plan in fast)


def test_what_was_worked_out_is_not_worked_out_again(tmp_path, monkeypatch, other_code):
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_text("weights")
    aligned = {name: np.ones(1) for name in ("stretch", "image", "time", "events")}
    done, made = [], Example(*(np.ones((3, *shape), np.float32) for shape in ((4, 2, 2), (2, 2, 2), (3, 4))), EVENTS)
    monkeypatch.setattr(fitting_films, "align_film", lambda plan, size: done.append("faces") or aligned)
    monkeypatch.setattr(fitting_films, "example_of", lambda film, who, recognizer: done.append("course") or made)
    monkeypatch.setattr(fitting_films.Recognizer, "from_pretrained", lambda *model: None)
    (tmp_path / "face.jpg").write_text("photograph")
    plan = fitting_plans([Person("somebody", tmp_path / "face.jpg", np.zeros((468, 2)))], 1, 45.0)[0]
    for _ in range(2):
        assert len(example_at(tmp_path, plan, 112, str(model))) == 3
    assert done == ["faces", "course"]
    (model / "model.safetensors").write_text("other weights")
    example_at(tmp_path, plan, 112, str(model))
    assert done == ["faces", "course", "course"], "faces do not depend on the model"
    (tmp_path / "face.jpg").write_text("another photograph")
    example_at(tmp_path, plan, 112, str(model))
    assert done[3:] == ["faces", "course"]
    other_code("micron_bert.synthesis.films.renderer")
    example_at(tmp_path, plan, 112, str(model))
    assert done[5:] == ["faces", "course"]


def test_the_longest_stretch_is_learned_from():
    rng = np.random.default_rng(0)
    film = {
        "image": rng.integers(0, 255, (40, 112, 112, 3), np.uint8),
        "time": np.arange(40) / 30,
        "stretch": np.repeat([1, 2], [10, 30]),
        "events": np.array([[0.1, 0.2, 0.3, 0, 1.0, 0], [0.6, 0.8, 1.0, 2, 1.0, 0]]),
    }
    example = example_of(film, "somebody", Recognizer.from_pretrained(device="cpu"))
    assert len(example) == 25 and example.person == "somebody"
    assert np.allclose(example.events, [[0.6 - 1 / 3, 0.8 - 1 / 3, 1.0 - 1 / 3, 2, 1.0, 0]])


def test_frames_come_out_of_the_codec_as_many_and_nearly_as_they_went_in():
    rows = np.linspace(40, 200, 64)[:, None, None]
    frames = [np.broadcast_to(rows + shift, (64, 96, 3)).astype(np.uint8) for shift in range(0, 20, 2)]
    seen = list(compressed(frames, 200.0))
    assert len(seen) == len(frames)
    assert all(np.abs(one.astype(int) - other).mean() < 3 for one, other in zip(frames, seen, strict=True))
