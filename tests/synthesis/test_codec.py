from dataclasses import replace

import cv2
import numpy as np
import pytest

from micron_bert.synthesis.codec import ENCODERS, Codec
from micron_bert.synthesis.nuisance import Nuisances
from micron_bert.synthesis.pairs import SyntheticPairs


@pytest.fixture
def codec():
    return Codec.draw(np.random.default_rng(0), (12, 12), (1.0, 1.0))


@pytest.fixture
def pair():
    """Two smooth pictures with a little noise, the second a tenth of a pixel further."""
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (64, 64, 3)).astype(np.float32), (0, 0), 3)
    texture = (texture - texture.min()) / np.ptp(texture) * 200 + 20
    moved = cv2.warpAffine(texture, np.array([[1, 0, 0.1], [0, 1, 0]]), (64, 64), borderMode=cv2.BORDER_REFLECT)
    return np.stack([texture, moved]).round().astype(np.uint8)


@pytest.mark.parametrize(("encoder", "decoder"), sorted(set(ENCODERS)))
@pytest.mark.parametrize("scale", [0.6, 1.0, 1.8])
def test_pair_comes_back_as_it_was_but_for_compression(encoder, decoder, scale, codec, pair):
    codec = replace(codec, encoder=encoder, decoder=decoder, loss=0.0, crf=12, scale=scale)
    film = codec.film(pair)
    assert len(film) == codec.before + 2 + codec.between
    result = codec.compress(film)
    assert result.shape == pair.shape and result.dtype == np.uint8
    difference = np.abs(result.astype(float) - pair)
    assert 0 < difference.mean() < 6  # chroma is halved, and the small ones are enlarged again


@pytest.mark.parametrize(("encoder", "decoder"), sorted(set(ENCODERS)))
def test_more_loss_more_difference(encoder, decoder, codec, pair):
    def error(crf, loss):
        worse = replace(codec, encoder=encoder, decoder=decoder, crf=crf, loss=loss)
        return np.abs(worse.compress(worse.film(pair)).astype(float) - pair).mean()

    assert error(12, 0.0) < error(24, 0.5) < error(36, 1.0)


def test_film_fades_from_onset_to_apex(codec, pair):
    film = replace(codec, before=2, between=3).film(pair.astype(np.float32))
    assert (film[:3] == pair[0]).all() and (film[-1] == pair[1]).all()
    np.testing.assert_allclose(film[4], pair.mean(axis=0), atol=0.01)


def test_still_faces_show_blocks_that_were_not_sent_again(portrait):
    """What makes compressed film hard: of a face that rests, some blocks are copied and others renewed."""
    still = Nuisances.none(video=1.0, noise=(1.0, 1.0), crf=(24, 24), video_scale=(1.0, 1.0))
    pairs = SyntheticPairs([portrait], seed=5, residue=0, labels=("none",), nuisances=still)
    unchanged = [np.mean(np.abs(np.diff(pairs[k].frames.astype(int), axis=0)) <= 1) for k in range(6)]
    noisy = SyntheticPairs([portrait], seed=5, residue=0, labels=("none",), nuisances=replace(still, video=0.0))
    without = np.mean(np.abs(np.diff(noisy[0].frames.astype(int), axis=0)) <= 1)
    assert max(unchanged) > without + 0.15


def test_pairs_without_film_stay_what_they_were(portrait):
    """A share of zero draws nothing, so that benchmarks keep their pairs."""
    before = SyntheticPairs([portrait], seed=3)[7]
    after = SyntheticPairs([portrait], seed=3, nuisances=Nuisances(video=0.0, crf=(1, 2)))[7]
    assert (before.frames == after.frames).all()
    filmed = SyntheticPairs([portrait], seed=3, nuisances=Nuisances(video=1.0))
    assert (filmed[7].frames == filmed[7].frames).all()
    assert (filmed[7].frames != before.frames).any()
    assert (filmed[7].expression == before.expression).all()
