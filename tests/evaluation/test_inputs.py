"""Clips are read and described once; what is kept is found again as long as nothing changes."""

import numpy as np

from micron_bert.evaluation.baselines.linear import FlowRidge, LbpTop, Majority
from micron_bert.evaluation.clips import read_clips
from micron_bert.evaluation.inputs import inputs_key, store_inputs
from tests.evaluation.conftest import write_prepared


def test_key_is_that_of_pictures_and_settings(prepared, tmp_path):
    clips = read_clips(prepared[:1])
    key = inputs_key(clips, FlowRidge(), 32, True)
    assert key == inputs_key(read_clips(prepared[:1]), FlowRidge(), 32, True)
    others = [
        inputs_key(clips, FlowRidge(), 56, True),
        inputs_key(clips, FlowRidge(), 32, False),
        inputs_key(clips, Majority(), 32, True),
        inputs_key(clips, LbpTop(4), 32, True),
        inputs_key(clips.subset(range(3)), FlowRidge(), 32, True),
        inputs_key(read_clips(prepared[1:]), FlowRidge(), 32, True),
        # the same clips by their names, with other pictures
        inputs_key(read_clips([write_prepared(tmp_path, "casme2", ["s1", "s2", "s3"], 6, 5)]), FlowRidge(), 32, True),
    ]
    assert len({key, *others}) == 8


def test_any_number_of_threads_and_only_once(prepared, tmp_path):
    clips, said = read_clips(prepared[:1]), []
    one, three = (
        store_inputs(clips, FlowRidge(), 32, True, tmp_path / f"{threads}.npy", threads, said.append)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(np.load(one), np.load(three))
    assert np.load(one).shape == (18, 28, 28, 2) and said == [*range(1, 19)] * 2
    store_inputs(clips, None, 32, True, one)  # nobody is asked to describe anything
    whole = one.read_bytes()
    one.write_bytes(whole[:-5])
    store_inputs(clips, FlowRidge(), 32, True, one, 1)
    assert one.read_bytes() == whole
