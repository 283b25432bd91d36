from dataclasses import replace

import cv2
import numpy as np
import pytest

from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.motion.displacement import pixel_grid
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.real.course import measure_course
from micron_bert.synthesis.real.pairs import InjectedPairs, RealPairSettings, RetargetedPairs
from micron_bert.synthesis.real.smile_pairs import SmilePairs
from micron_bert.synthesis.smile import Smile

QUIET = RealPairSettings(none=0.0, amplitude=(4.0, 5.0), broad=0.0, interval=(0.04, 0.1), still=1.0,
                         nuisances=Nuisances.none(crop=(0.015, 1.5, 0.02), flip=0.5))  # fmt: skip


@pytest.fixture(scope="module")
def sources(film, portrait):
    smile = Smile(portrait, 6 * np.ones((2, 112, 112), np.float32), 8.0)
    return [InjectedPairs([film]), RetargetedPairs([portrait], [measure_course(film)]), SmilePairs([smile])]


@pytest.mark.parametrize("which", range(3))
def test_a_pair_follows_from_seed_and_index_alone(sources, which):
    pairs = sources[which]
    one, other = pairs[5], pairs[5]
    assert np.array_equal(one.frames, other.frames) and np.array_equal(one.expression, other.expression)
    assert (pairs[6].frames != one.frames).any()
    with pytest.raises(IndexError):
        pairs[len(pairs)]


@pytest.mark.parametrize("which", range(3))
def test_only_expressions_have_an_expression(sources, which):
    for index in range(24):
        pair = sources[which][index]
        none = pair.label == LABELS.index("none")
        assert none == (pair.amplitude == 0) == (not pair.expression.any()) == (not pair.mask.any())
        assert none == (not pair.action_units)


@pytest.mark.parametrize("mirrored", [0.0, 1.0])
def test_the_truth_of_an_injected_pair_brings_the_later_frame_back(film, mirrored):
    settings = replace(QUIET, nuisances=replace(QUIET.nuisances, flip=mirrored))
    pairs = InjectedPairs([replace(film, frames=np.repeat(film.frames[:1], 25, axis=0))], settings=settings)
    for index in range(4):
        pair = pairs[index]
        x, y = pixel_grid(112, 112) + pair.expression
        back = cv2.remap(pair.frames[1], x, y, cv2.INTER_CUBIC)
        apart = [np.abs(one.astype(float) - pair.frames[0])[pair.mask].mean() for one in (back, pair.frames[1])]
        assert apart[0] < 0.6 * apart[1]


def test_nobody_knows_how_the_face_of_a_film_moved(sources):
    assert np.isnan(sources[0][0].total).all()


def test_faint_twitches_are_none(film):
    settings = replace(QUIET, none=1.0, faint=1.0)
    still = [replace(film, frames=np.repeat(film.frames[:1], 25, axis=0))]
    pair, rest = (
        InjectedPairs(still, settings=settings)[0],
        InjectedPairs(still, settings=replace(settings, faint=0))[0],
    )
    assert pair.label == LABELS.index("none") and not pair.expression.any()
    assert np.abs(pair.frames[1].astype(float) - pair.frames[0]).mean() > 0.02
    assert np.array_equal(rest.frames[0], rest.frames[1])
