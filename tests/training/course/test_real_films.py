from dataclasses import replace

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.portraits import Portrait
from micron_bert.synthesis.real.film import RealFilm
from micron_bert.training.course.real_films import LONGEST, draw_example, leave_out, part_of


def test_what_is_put_in_is_in_the_course(film):
    recognizer = Recognizer.from_pretrained(device="cpu")
    made = [draw_example("real", np.random.default_rng(seed), [film], [], recognizer, {}) for seed in range(3)]
    for example in made:
        assert len(example) == 50 and example.person == "somebody" and example.source == "real"
    events = [(example, event) for example in made for event in example.events]
    assert events
    for example, (onset, apex, _, _, amplitude, macro) in events:
        rise = example.position[round(apex * 25), 2:] - example.position[int(onset * 25), 2:]
        if not macro and amplitude > 1.5:
            assert np.linalg.norm(rise, axis=0).max() > 0.3 * amplitude


def test_a_photograph_moves_as_the_film_does(film, face):
    recognizer = Recognizer.from_pretrained(device="cpu")
    portrait = Portrait.from_photograph("another", *face, 112)
    motions = {}
    for kind in ("carried", "none"):
        example = draw_example(kind, np.random.default_rng(3), [film], [portrait], recognizer, motions)
        assert len(example) == 50 and np.isfinite(example.position).all()
        assert len(example.events) == 0 or kind == "carried"
    assert list(motions) == ["still"]


def test_a_seed_gives_the_same_course(film):
    recognizer = Recognizer.from_pretrained(device="cpu")
    example = draw_example("real", np.random.default_rng(1), [film], [], recognizer, {})
    again = draw_example("real", np.random.default_rng(1), [film], [], recognizer, {})
    assert np.array_equal(example.position, again.position) and np.array_equal(example.events, again.events)


def test_long_films_are_taken_in_parts(film):
    count = 500
    long = RealFilm(
        "long", "somebody", np.zeros((count, 8, 8, 3), np.uint8), np.arange(count) / 25,
        np.zeros((count, 468, 2), np.float32), np.ones(count, np.float32),
    )  # fmt: skip
    parts = [part_of(long, np.random.default_rng(seed)) for seed in range(5)]
    assert all(abs(part.times[-1] - part.times[0] - LONGEST) < 0.1 for part in parts)
    assert len({part.name for part in parts}) == 5
    assert part_of(film, np.random.default_rng(0)) is film


def test_people_are_left_out_by_name(film):
    other = replace(film, subject="other")
    assert leave_out([film, other], ["other"]) == [film]
    with pytest.raises(InputError, match="no film of `nobody`"):
        leave_out([film], ["nobody"])
