import cv2
import numpy as np
import pytest
import torch

from micron_bert import MicronBertImageProcessor
from micron_bert.data.examples.synthetic import LabelledPairs
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.training import batches


@pytest.fixture
def pairs(portraits):
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})
    return LabelledPairs(SyntheticPairs(portraits, size=32, seed=0, length=7), processor, patch_size=8)


@pytest.fixture
def threads_of_opencv():
    """Threads that a process has once OpenCV has worked in it, as on every machine of several cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(5)
    cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (9, 9), 2)
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize("start", ["spawn", "fork"])
def test_workers_make_the_same_pairs_though_opencv_runs_threads(pairs, threads_of_opencv, start):
    """To end threads that only the parent has made a forked worker wait for ever, or crash."""
    loader = batches.batches_of(pairs, workers=1)
    assert loader.multiprocessing_context.get_start_method() == "spawn"
    loader.multiprocessing_context = start
    for made, expected in zip(loader, batches.batches_of(pairs), strict=True):
        assert made.keys() == expected.keys()
        assert all(torch.equal(made[name], expected[name]) for name in made)


def test_no_batch_reaches_into_two_parts(pairs, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 2)
    parts = [range(0, 3), range(5, 7)]
    shown = [batch["labels"].tolist() for batch in batches.batches_of(pairs, parts=parts)]
    labels = [int(pairs[index]["labels"]) for index in range(7)]
    assert shown == [labels[0:2], labels[2:3], labels[5:7]]
