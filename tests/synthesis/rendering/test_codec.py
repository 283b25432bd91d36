from dataclasses import replace

import cv2
import numpy as np
import pytest

from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.rendering.codec import ENCODERS, Codec


@pytest.fixture
def codec():
    still = Codec.draw(np.random.default_rng(0), 64, Nuisances(crf=(12, 12), video_scale=(1.0, 1.0)))
    return replace(still, head=np.eye(2, 3))


@pytest.fixture
def pair():
    """Two smooth pictures with a little noise, the second a tenth of a pixel further."""
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (64, 64, 3)).astype(np.float32), (0, 0), 3)
    texture = (texture - texture.min()) / np.ptp(texture) * 200 + 20
    moved = cv2.warpAffine(texture, np.array([[1, 0, 0.1], [0, 1, 0]]), (64, 64), borderMode=cv2.BORDER_REFLECT)
    return np.stack([texture, moved]).round().astype(np.uint8)


def test_the_same_film_is_the_same_bits_whatever_lies_in_memory(portrait):
    codec = Codec.draw(np.random.default_rng(1), 112, Nuisances())
    film = codec.film(np.stack([portrait.image[::2, ::2], portrait.image[::2, ::-2]]))
    results, kept = [], []
    for number in range(16):
        kept.append(bytes(100_001 * (number + 1)))
        results.append(codec.compress(film, np.eye(2, 3)))
        kept = kept[number % 2 :]
    assert all(np.array_equal(one, results[0]) for one in results)


@pytest.mark.parametrize(("encoder", "decoder"), sorted(set(ENCODERS)))
@pytest.mark.parametrize("scale", [0.6, 1.0, 1.8])
def test_pair_comes_back_as_it_was_but_for_compression(encoder, decoder, scale, codec, pair):
    codec = replace(codec, encoder=encoder, decoder=decoder, loss=0.0, crf=12, scale=scale)
    film = codec.film(pair)
    assert len(film) == codec.before + 2 + codec.between
    result = codec.compress(film, np.eye(2, 3))
    assert result.shape == pair.shape and result.dtype == np.uint8
    difference = np.abs(result.astype(float) - pair)
    assert 0 < difference.mean() < 6  # chroma is halved, and the small ones are enlarged again


@pytest.mark.parametrize(("encoder", "decoder"), sorted(set(ENCODERS)))
def test_more_loss_more_difference(encoder, decoder, codec, pair):
    def error(crf, loss):
        worse = replace(codec, encoder=encoder, decoder=decoder, crf=crf, loss=loss)
        return np.abs(worse.compress(worse.film(pair), np.eye(2, 3)).astype(float) - pair).mean()

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


def test_what_the_film_swallowed_is_no_expression(portrait):
    """Faint expressions in bad film are labelled none, as nobody could see them; clear ones are not."""
    bad = Nuisances(video=1.0, crf=(38, 40), video_scale=(0.6, 0.7))

    def kept(amplitude, nuisances):
        pairs = SyntheticPairs([portrait], seed=2, amplitude=amplitude, labels=("positive",), nuisances=nuisances)
        made = [pairs[k] for k in range(12)]
        for pair in made:
            assert (pair.amplitude > 0) == (pair.emotion != "none") == bool(pair.expression.any())
        return np.mean([pair.amplitude > 0 for pair in made])

    good = Nuisances(video=1.0, crf=(8, 8), video_scale=(1.0, 1.0), noise=(0.3, 0.3))
    assert kept((0.3, 0.3), bad) < 0.7 < 0.9 < kept((1.4, 1.4), good)
    assert kept((1.5, 1.5), bad) == 1


def test_alignment_takes_the_head_movement_back(codec, pair):
    """However the head moved in the film, the crops differ by what the alignment leaves and the expression alone."""
    head = np.array([[1, 0, 1.5], [0, 1, -0.7]])
    codec = replace(codec, head=head, encoder="libx264", decoder="h264", crf=8)
    still = np.repeat(cv2.cvtColor(pair[0], cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    moved = np.stack([still, cv2.warpAffine(still, head, (64, 64), borderMode=cv2.BORDER_REFLECT)])
    onset, apex = codec.compress(codec.film(moved), np.eye(2, 3)).astype(float)
    inside = np.s_[6:-6, 6:-6]
    assert np.abs(onset - apex)[inside].mean() < 0.4 * np.abs(moved[0].astype(float) - moved[1])[inside].mean()


def test_pairs_without_film_stay_what_they_were(portrait):
    """A share of zero draws nothing, so that benchmarks keep their pairs."""
    before = SyntheticPairs([portrait], seed=3)[7]
    hardly = SyntheticPairs([portrait], seed=3, nuisances=Nuisances(video=1e-12))[7]
    assert (hardly.frames != before.frames).any()  # whether there is a film is drawn, and what follows is another draw
    filmed = SyntheticPairs([portrait], seed=3, nuisances=Nuisances(video=1.0))
    assert (filmed[7].frames == filmed[7].frames).all()
    assert (filmed[7].frames != before.frames).any()
    assert (filmed[7].expression == before.expression).all()
