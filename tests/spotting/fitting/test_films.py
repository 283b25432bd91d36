from pathlib import Path

import numpy as np

from micron_bert.spotting.fitting import films as fitting_films
from micron_bert.spotting.fitting.films import FAST, candidates_at, compressed, fitting_plans
from micron_bert.synthesis.films.film_set import Person

PEOPLE = [Person(f"person{number}", Path(f"{number}.jpg"), np.zeros((468, 2))) for number in range(5)]


def test_more_films_leave_the_first_ones_as_they_are():
    plans = fitting_plans(PEOPLE, 14, 45.0)
    assert fitting_plans(PEOPLE, 9, 45.0) == plans[:9]
    assert len({(plan.name, plan.seed) for plan in plans}) == 14
    fast = [plan for plan in plans if plan.fps == FAST]
    assert len(fast) == 2 and all(plan.duration < 45 for plan in fast)


def test_what_was_worked_out_is_not_worked_out_again(tmp_path, monkeypatch):
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_text("weights")
    done = []
    monkeypatch.setattr(fitting_films, "align_film", lambda plan, size: done.append("faces") or {"fps": np.ones(1)})
    monkeypatch.setattr(fitting_films, "candidates_of", lambda film, model: done.append("candidates") or dict(film))
    plan = fitting_plans(PEOPLE, 1, 45.0)[0]
    for _ in range(2):
        assert candidates_at(tmp_path, plan, 112, str(model))["fps"] == 1
    assert done == ["faces", "candidates"]
    (model / "model.safetensors").write_text("other weights")
    candidates_at(tmp_path, plan, 112, str(model))
    assert done == ["faces", "candidates", "candidates"], "faces do not depend on the model"


def test_frames_come_out_of_the_codec_as_many_and_nearly_as_they_went_in():
    rows = np.linspace(40, 200, 64)[:, None, None]
    frames = [np.broadcast_to(rows + shift, (64, 96, 3)).astype(np.uint8) for shift in range(0, 20, 2)]
    seen = list(compressed(frames, 200.0))
    assert len(seen) == len(frames)
    assert all(np.abs(one.astype(int) - other).mean() < 3 for one, other in zip(frames, seen, strict=True))
