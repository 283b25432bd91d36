"""A head that learns one person: what that person does is no longer told, what is injected still is."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from skimage.data import astronaut

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.faces.photograph import align_image
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.training.course import adaptation
from micron_bert.training.course.adaptation import LEAST_SECONDS, adapt
from micron_bert.training.course.choice import Ranking, tell
from micron_bert.training.course.examples import Example
from micron_bert.training.course.fit import new_head
from micron_bert.training.course.injection import FieldBank
from micron_bert.training.course.learning import learn

STEP = 0.04


def course(rng, habit: bool, expressions: bool, source: str):
    """Eight seconds on 4 x 4 patches: expressions move one of three rows, a habit of the person moves a column."""
    times = STEP * np.arange(200)
    position, rows = 0.02 * rng.standard_normal((200, 4, 4, 4)).astype(np.float32), []

    def bump(onset):
        return np.clip(np.minimum((times - onset) / 0.2, (onset + 0.44 - times) / 0.24), 0, 1)[:, None]

    for begin in (1.0, 5.0) if expressions else ():
        onset, label = begin + rng.uniform(0, 0.6), int(rng.integers(3))
        position[:, 0, label] += 2 * bump(onset)
        rows.append([onset, onset + 0.2, onset + 0.44, label, 2.0, 0])
    for begin in (0.5, 3.0, 6.5) if habit else ():
        position[:, 0, :, 3] += 2 * bump(begin + rng.uniform(0, 0.6))
    maps, logits = np.zeros((200, 2, 4, 4), np.float32), np.zeros((200, 3, 4), np.float32)
    return Example(position, maps, logits, np.array(rows, float).reshape(-1, 6), "somebody", source)


def test_habits_of_a_person_are_no_longer_told():
    rng = np.random.default_rng(0)
    config = MicronBertConfig.preset("tiny", num_labels=4, image_size=32, course_hidden_size=24)
    head = new_head(config, 0)
    learn(
        head, [course(rng, False, n % 4 > 0, "real") for n in range(24)], {"real": 1.0}, 150, report=lambda line: None
    )
    courses = [course(rng, True, True, "own") for _ in range(8)]
    before = Ranking.of([(one, tell(head, one)) for one in courses], "micro").at(0.3)

    fields = np.zeros((3, 2, 4, 4), np.float32)
    fields[range(3), 0, range(3)] = 1
    own = [course(rng, True, False, "own") for _ in range(4)]
    learn(head, own, {"own": 1.0}, 100, FieldBank(fields, np.arange(3)), 0, lambda line: None, 1e-3, 0.7)
    after = Ranking.of([(one, tell(head, one)) for one in courses], "micro").at(0.3)
    assert before["alarms a minute"] > 5 and after["alarms a minute"] < before["alarms a minute"] / 3
    assert after["recall"] > 0.6


@pytest.fixture
def film(film):
    """The film at five pictures a second: ten seconds of it."""
    return replace(film, times=np.arange(len(film)) / 5)


def test_the_head_alone_changes_and_a_seed_repeats_it(film, monkeypatch, tmp_path):
    monkeypatch.setattr(adaptation, "load_real_films", lambda films, size, cache: [film])
    monkeypatch.setattr(adaptation, "FIELDS", 20)
    monkeypatch.setattr(adaptation, "MOST", 3)
    told = [adapt(["x"], tmp_path / name, steps=2, seed=3, report=lambda line: None) for name in ("one", "other")]
    assert told[0] == told[1] == json.loads((tmp_path / "one" / "adaptation.json").read_text(encoding="utf-8"))
    assert told[0] == {"films": ["still"], "seconds": 9.8, "steps": 2, "seed": 3}
    before = load_file(shipped_checkpoint() / "model.safetensors")
    one, other = (load_file(tmp_path / name / "model.safetensors") for name in ("one", "other"))
    assert before.keys() == one.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name])
        assert name.startswith("course.") or torch.equal(tensor, before[name]), name
    assert any(not torch.equal(tensor, before[name]) for name, tensor in one.items())


def test_a_film_gives_itself_and_expressions_in_its_pictures(film, monkeypatch):
    monkeypatch.setattr(adaptation, "MOST", 3)
    recognizer = Recognizer.from_pretrained(device="cpu")
    examples = adaptation.examples_of([film], recognizer, report=lambda line: None)
    rest, *shown = examples
    assert rest.source == "own" and not len(rest.events) and len(rest) == pytest.approx(9.8 / STEP, abs=2)
    assert len(shown) == 3 and {one.source for one in shown} == {"real"}
    assert sum(len(one.events) for one in shown) >= 2
    again = adaptation.examples_of([film], recognizer, report=lambda line: None)
    assert all((one.position == other.position).all() for one, other in zip(examples, again, strict=True))


def test_of_less_film_it_learns_less_long(monkeypatch):
    taken = []
    monkeypatch.setattr(adaptation, "learn", lambda head, examples, shares, steps, *rest: taken.append(steps))
    monkeypatch.setattr(adaptation, "FIELDS", 1)
    recognizer = Recognizer.from_pretrained(device="cpu")
    rng = np.random.default_rng(0)
    eight = course(rng, True, False, "own")
    faces = [align_image(astronaut(), size=112).landmarks.astype(np.float32)]
    for count in (1, 2, 30):
        steps = adaptation.teach(recognizer, [eight] * count, faces, report=lambda line: None)
        assert steps == taken[-1] == min(400, round(400 * 8 * count / 30))


def test_what_cannot_be_learned_from_is_refused(film, monkeypatch, tmp_path):
    short = RealFilm("a", "b", film.frames[:40], film.times[:40], film.landmarks[:40], film.light[:40])
    assert short.times[-1] < LEAST_SECONDS
    monkeypatch.setattr(adaptation, "load_real_films", lambda films, size, cache: [short])
    with pytest.raises(InputError, match="show the face for 7.8 s; give 9 s or more"):
        adapt(["x"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        adapt(["x"], tmp_path / "taken")
