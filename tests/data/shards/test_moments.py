"""Frames from shards: in an order that follows from the seed, whoever asks, and without those that are missing."""

import logging
import pickle

import numpy as np
import pytest

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import list_films
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.data.shards.plan import make_plan, write_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError


@pytest.fixture
def address(films, tmp_path):
    store = Store(str(tmp_path / "shards"))
    plan = make_plan(list_films([str(films)], person="folder"), ShardSettings(seconds=0.4), films_per_shard=1)
    write_plan(store, plan)
    for shard in (0, 2, 4):  # one of each person, and one of nobody
        make_shard(store, plan, shard)
    return store.address


def test_every_clip_once_in_each_pass(address):
    clips = ShardedClips(address)
    assert [(clip.subject, clip.row) for clip in clips.clips] == [(p, n) for p in ("ann", "ben") for n in range(3)]
    moments = ShardMoments(clips, clips.clips, (0.1, 0.3), seed=5)
    passes = [[moments.clip_of(index) for index in range(first, first + 6)] for first in (0, 6)]
    assert all(set(one) == set(clips.clips) for one in passes) and passes[0] != passes[1]
    # amid a pass, in another process, the order is the same
    again = pickle.loads(pickle.dumps(moments))
    assert again.clip_of(9) == passes[1][3]


def test_distances_are_in_seconds_and_courses_even(address):
    clips = ShardedClips(address)
    row = clips.read(clips.clips[4])
    assert len(row["frames"]) == len(row["times"]) == 10
    course = ShardMoments(clips, clips.clips, (0.2, 0.2), seed=5, later_frames=5)
    frames = course.draw(0, np.random.default_rng(0))
    assert len(frames) == 6 and all(frame.shape == (112, 112, 3) for frame in frames)
    for one, other in zip(frames, course.draw(0, np.random.default_rng(0)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_missing_and_damaged_shards(address, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        clips = ShardedClips(address)
    assert "3 of 6 shards" in caplog.text and "the others are used" in caplog.text
    (tmp_path / "shards" / clips.plan.clips_path(0)).write_bytes(b"PAR1")
    with pytest.raises(InputError, match="cannot be read: .* looks over all shards"):
        clips.read(clips.clips[0])
    (tmp_path / "shards" / clips.plan.clips_path(2)).unlink()
    (tmp_path / "shards" / clips.plan.clips_path(0)).unlink()
    with pytest.raises(InputError, match="holds no clips yet"):
        ShardedClips(address)


def drawn(clips, items):
    moments = ShardMoments(clips, clips.clips, (0.1, 0.3), seed=5)
    return {item: moments.draw(item, np.random.default_rng(item)) for item in items}


def test_other_clips_are_shown_in_place_of_a_broken_shard_whoever_asks(address, tmp_path, caplog):
    clips = ShardedClips(address)
    path = tmp_path / "shards" / clips.plan.clips_path(2)
    path.write_bytes(path.read_bytes()[:-400])
    with caplog.at_level(logging.WARNING):
        all_of_them = drawn(clips, range(6))
    assert ["Other clips are shown" in said and path.name in said for said in caplog.messages[1:]] == [True]
    for items in ([5, 2], [4, 0]):  # of other workers
        for item, frames in drawn(pickle.loads(pickle.dumps(clips)), items).items():
            np.testing.assert_array_equal(frames, all_of_them[item])
    (tmp_path / "shards" / clips.plan.clips_path(0)).unlink()
    with pytest.raises(InputError, match="None of the clips"):
        drawn(pickle.loads(pickle.dumps(clips)), [0])  # a process that has opened none


def test_broken_picture_is_passed_over(address, monkeypatch):
    clips = ShardedClips(address)
    whole = clips.read

    def read(clip):
        row = whole(clip)
        if (clip.shard, clip.row) == (2, 1):
            row["frames"] = [{"bytes": frame["bytes"][:300]} for frame in row["frames"]]
        return row

    monkeypatch.setattr(clips, "read", read)
    moments = ShardMoments(clips, clips.clips, (0.1, 0.3), seed=5)
    assert all(len(moments.draw(item, np.random.default_rng(item))) == 2 for item in range(6))
    assert clips.broken.tolist() == [0, 0, 1, 0, 0, 0]
