"""The one recogniser: movement without the eyes, probabilities, the longest clip, and what a runtime is asked."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.faces.alignment import canonical_eyes
from micron_bert.model.recognizer_micron_bert import (
    AROUND_EYES,
    Comparison,
    away_from_eyes,
    mean_movement,
    moment_of,
    no_longer,
    probabilities_of,
)
from micron_bert.model.runtime_micron_bert import TorchRuntime


class At(NamedTuple):
    time: float


@pytest.fixture
def runtime(mini_config):
    torch.manual_seed(0)
    return TorchRuntime(MicronBertForVideoClassification(mini_config).eval(), MicronBertImageProcessor(size=32))


@pytest.fixture
def frames():
    return np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)


def test_what_is_no_number_is_refused_and_not_taken_for_stillness(runtime, frames):
    """Weights that are finite, but overflow, as those of a narrow number format do."""
    with torch.no_grad():
        for weight in runtime.model.classifier.parameters():
            weight.fill_(3e38)
    with pytest.raises(ValueError, match="answer is not a number: its weights are damaged"):
        runtime.compare([runtime.encode(frames)])


def test_eyes_lie_where_faces_are_aligned_to():
    for grid in (7, 14, 28):
        away = away_from_eyes(grid)
        for x, y in (canonical_eyes(1000) + 0.5) / 1000:
            row, column = int(y * grid), int(x * grid)
            assert not away[row, column] and away[row, 0] and away[row, -1]
        assert away[-1].all() and away.mean() > 1 - 4.5 * 2 * AROUND_EYES[0] * AROUND_EYES[1] - 0.1


def test_movement_leaves_the_eyes_out():
    displacement = np.zeros((1, 1, 4, 14, 14), np.float32)
    displacement[:, :, 1] = np.where(away_from_eyes(14), 0.5, 9.0)
    nothing = np.zeros((1, 1, 14, 14), np.float32)
    assert mean_movement(Comparison(np.zeros((1, 4)), nothing, nothing, displacement)) == pytest.approx(0.5)
    assert mean_movement(Comparison(np.zeros((1, 4)), nothing + 0.25, nothing, None)) == pytest.approx(0.25)


def test_probabilities_are_sorted_and_sum_to_one_or_stand_alone():
    labels = {0: "negative", 1: "positive", 2: "none"}
    single = probabilities_of(np.array([1.0, 3.0, 2.0]), labels, multi_label=False)
    assert list(single) == ["positive", "none", "negative"] and sum(single.values()) == pytest.approx(1)
    several = probabilities_of(np.array([0.0, 50.0, -50.0]), labels, multi_label=True)
    assert several == {"positive": pytest.approx(1), "negative": 0.5, "none": pytest.approx(0)}


def test_large_logits_overflow_nothing():
    assert probabilities_of(np.array([1e4, -1e4]), {0: "a", 1: "b"}, False) == {"a": 1.0, "b": 0.0}


def test_a_minute_is_the_longest():
    assert len(list(no_longer(map(At, (5.0, 64.9, 65.0)), "cut it"))) == 3
    with pytest.raises(ValueError, match="longer than 60 s; cut it"):
        list(no_longer(map(At, (5.0, 65.1)), "cut it"))


def test_encoded_frames_compare_as_pixels_do(runtime, frames):
    encoded = runtime.encode(frames)
    told = runtime.compare([[encoded[0], encoded[3]], [encoded[1], encoded[4]]])
    for row, (first, later) in enumerate(((0, 3), (1, 4))):
        pixels = runtime.processor([frames[first], frames[later]], return_tensors="pt").pixel_values
        with torch.no_grad():
            expected = runtime.model(pixels)
        np.testing.assert_allclose(told.logits[row], expected.logits[0], atol=1e-5)
        np.testing.assert_allclose(told.micro_map[row], expected.micro_map[0], atol=1e-5)
        assert told.interest[row].shape == told.micro_map[row].shape


def test_each_frame_is_encoded_once(runtime, frames, monkeypatch):
    seen = []
    encode = runtime.model.micron_bert.encode_frames
    monkeypatch.setattr(
        runtime.model.micron_bert, "encode_frames", lambda pixels: seen.append(pixels.shape[1]) or encode(pixels)
    )
    moment = moment_of(runtime, frames, np.arange(5) / 25)
    assert sum(seen) == 5 and 0 <= moment.onset < moment.apex < 5


def test_a_pooled_head_tells_no_displacement(mini_sizes, frames):
    config = MicronBertConfig(**mini_sizes, classifier="pooled")
    runtime = TorchRuntime(MicronBertForVideoClassification(config).eval(), MicronBertImageProcessor(size=32))
    assert runtime.compare([runtime.encode(frames[:2])]).displacement is None
