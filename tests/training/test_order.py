"""Pairs from a bucket's shards: each clip once a pass, in one order for any number of machines and workers."""

import json

import fsspec
import pytest
import torch
from accelerate.data_loader import prepare_data_loader, skip_first_batches
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from micron_bert import MicronBertImageProcessor
from micron_bert.arguments.data import DataArguments
from micron_bert.data.examples.unlabelled import UnlabelledPairs, unlabelled_data
from micron_bert.training.pretrain import main

ADDRESS, CLIPS, GLOBAL_BATCH, PASSES = "memory://order/shards", 3, 6, 2


class NamedPairs(UnlabelledPairs):
    """Pairs that say of which clip they are."""

    def __getitem__(self, index):
        clip = self.moments.clip_of(index)
        return super().__getitem__(index) | {"clip": CLIPS * clip.shard + clip.row}


@pytest.fixture
def bucket(shards_at):
    yield shards_at(ADDRESS, clips=CLIPS)
    fsspec.filesystem("memory").rm("/order", recursive=True)


@pytest.fixture
def parts(bucket, mini_config, tmp_path):
    """Two passes over the clips of those in training, and those held out."""
    data = DataArguments(shards=bucket, cache=str(tmp_path / "cache"), test_fraction=0.4, test_pairs=9, register=False)
    parts = unlabelled_data(data, mini_config, MicronBertImageProcessor(size={"height": 32, "width": 32}), 1, 3)
    for pairs in (parts.train, parts.test):
        pairs.__class__, pairs.length = NamedPairs, PASSES * len(pairs.moments.chosen)
    return parts


def batches(pairs, nodes, workers, skip=0):
    """The batches of each step, put together from what each machine is given."""
    loaders = [
        prepare_data_loader(
            DataLoader(pairs, batch_size=GLOBAL_BATCH // nodes, num_workers=workers),
            num_processes=nodes,
            process_index=node,
            put_on_device=False,
        )
        for node in range(nodes)
    ]
    given = zip(*(skip_first_batches(loader, skip) if skip else loader for loader in loaders), strict=True)
    return [{name: torch.cat([part[name] for part in step]) for name in step[0]} for step in given]


def assert_same(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("nodes", [1, 2, 3])
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_each_clip_once_a_pass_and_nobody_who_is_held_out(parts, nodes, workers):
    shown = batches(parts.train, nodes, workers)
    clips = torch.cat([step["clip"] for step in shown]).tolist()
    held_out = {clip.shard for clip in parts.test.moments.chosen}
    own = [number for number in range(6 * CLIPS) if number // CLIPS not in held_out]
    for place in range(PASSES):
        assert sorted(clips[place * len(own) : (place + 1) * len(own)]) == own
    assert held_out and not set(parts.train_subjects) & set(parts.test_subjects)
    assert_same(shown, batches(parts.train, 1, 0))


@pytest.mark.parametrize("nodes, workers", [(1, 0), (2, 0), (3, 0), (2, 2)])
def test_from_any_step_on_the_rest_is_the_same(parts, nodes, workers):
    whole = batches(parts.train, 1, 0)
    for step in range(1, len(whole)) if workers == 0 else [len(whole) // 2]:
        assert_same(batches(parts.train, nodes, workers, skip=step), whole[step:])


def test_a_run_from_a_bucket_is_that_from_a_folder(bucket, shards_at, mini_recipe, tmp_path):
    # a plain gradient step: AdamW would blow the rounding of a gradient that is zero (a key's bias) up to a whole step
    entries = {"num_pairs": 16, "test_pairs": 4, "logging_steps": 1, "cache": str(tmp_path / "cache"), "optim": "sgd"}
    main([mini_recipe(**entries, shards=bucket, dataloader_num_workers=2)])
    folder = shards_at(tmp_path / "shards", clips=CLIPS)
    (tmp_path / "shards" / "data" / "train-00003-of-00006.parquet").write_bytes(b"PAR1")
    main([mini_recipe(**entries | {"shards": bucket, "copy_shards": False, "output_dir": str(tmp_path / "fetched")})])
    runs = [load_file(tmp_path / run / "model.safetensors") for run in ("run", "fetched")]
    # tensors of workers lie elsewhere in memory, which may change the last bit of a product
    torch.testing.assert_close(*runs, rtol=1e-5, atol=1e-6)
    told = json.loads((tmp_path / "run" / "metrics.json").read_text())["shards"]
    assert told == {"planned": 6, "missing": [], "broken": []}

    # workers find out that a shard is broken, and the run's record names it
    main([mini_recipe(**entries | {"shards": folder, "dataloader_num_workers": 2, "output_dir": str(tmp_path / "b")})])
    told = json.loads((tmp_path / "b" / "metrics.json").read_text())["shards"]
    assert told == {"planned": 6, "missing": [], "broken": ["data/train-00003-of-00006.parquet"]}
