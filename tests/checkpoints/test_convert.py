"""The released format, written here with random numbers; the authors' own numbers are compared in test_golden.py."""

import os

import pytest
import torch

from micron_bert import InputError, MicronBertForPreTraining
from micron_bert.checkpoints.convert import convert


def test_sizes_come_from_the_file(release, save, tmp_path):
    config = MicronBertForPreTraining.from_pretrained(convert(save(release), tmp_path / "out")).config
    assert (config.image_size, config.patch_size, config.hidden_size, config.num_hidden_layers) == (16, 4, 16, 2)
    assert (config.intermediate_size, config.num_attention_heads) == (32, 2)
    assert (config.decoder_hidden_size, config.decoder_num_hidden_layers, config.decoder_intermediate_size) == (
        8,
        1,
        16,
    )
    assert (config.micro_attention, config.micro_query, config.interest_gate) == ("diagonal", "onset", False)


def test_every_tensor_arrives(release, save, tmp_path):
    model = MicronBertForPreTraining.from_pretrained(convert(save(release), tmp_path / "out"))
    sums = sorted(t.sum().item() for k, t in release["model"].items() if not k.endswith("pos_embed"))
    assert sorted(p.sum().item() for p in model.parameters()) == pytest.approx(sums, abs=1e-4)


def test_unknown_and_missing_entries_are_named(release, save, tmp_path):
    release["model"]["module.emotion_head.weight"] = torch.zeros(3)
    with pytest.raises(InputError, match="`emotion_head.weight`"):
        convert(save(release), tmp_path / "out")
    del release["model"]["module.emotion_head.weight"], release["model"]["module.att.to_q.bias"]
    with pytest.raises(InputError, match="lacks 1 entries, such as micron_bert.micro_attention.query.bias"):
        convert(save(release), tmp_path / "out")
    assert os.listdir(tmp_path) == ["release.pth"]


def test_learned_positions_are_refused(release, save, tmp_path):
    release["model"]["module.backbone.pos_embed"] += 0.1
    with pytest.raises(InputError, match="`backbone.pos_embed`"):
        convert(save(release), tmp_path / "out")


def test_teacher_that_is_not_there_is_refused(release, save, tmp_path):
    with pytest.raises(InputError, match="no teacher"):
        convert(save(release), tmp_path / "out", teacher=True)
    assert os.listdir(tmp_path) == ["release.pth"]


class Payload:
    def __reduce__(self):
        return (os.system, ("touch /tmp/micron-bert-was-unpickled",))


def test_nothing_but_tensors_and_a_namespace_is_unpickled(release, save, tmp_path):
    release["args"].payload = Payload()
    with pytest.raises(InputError, match="posix.system|nt.system"):
        convert(save(release), tmp_path / "out")
    assert not os.path.exists("/tmp/micron-bert-was-unpickled")


def test_convert_refuses_what_is_no_tensor_of_the_file(release, save, tmp_path):
    key = "module.backbone.blocks.0.mlp.fc1.weight"
    for name, value, said in (
        (key, torch.zeros(1, 1).expand(10**6, 10**6), "fewer numbers"),
        (key, torch.zeros(32, 16, dtype=torch.int64), "floating-point"),
        (key, torch.zeros(32, 16).to_sparse(), "dense"),
        (key, "text", "no tensor"),
        (7, torch.zeros(2), "no text"),
        ("module.backbone.patch_embed.proj.weight", torch.zeros(16, 3), "other axes"),
        ("module.backbone.pos_embed", torch.zeros(16), "other axes"),
        (key, torch.zeros(0, 16), "`intermediate_size` must be above 0"),
    ):
        state = release["model"] | {name: value}
        with pytest.raises(InputError, match=said) as refused:
            convert(save(release | {"model": state}), tmp_path / "out")
        assert "\n" not in str(refused.value) and os.listdir(tmp_path) == ["release.pth"]
    shared = torch.zeros(1000)
    repeated = {f"module.backbone.blocks.{n}.norm1.weight": shared for n in range(100)}
    with pytest.raises(InputError, match="repeat each other"):
        convert(save(release | {"model": repeated}), tmp_path / "out")


@pytest.mark.parametrize("heads", ["four", 0, 10**9, None, 3])
def test_heads_that_do_not_fit_are_refused(release, save, tmp_path, heads):
    release["args"].num_heads = heads
    with pytest.raises(InputError, match="The sizes of the checkpoint do not fit"):
        convert(save(release), tmp_path / "out")


def test_an_archive_that_grows_is_refused_before_it_is_unpacked(release, save, tmp_path):
    import zipfile

    path = save(release)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("release/data/999", bytes(20 * 2**20))
    with pytest.raises(InputError, match="many times its own"):
        convert(path, tmp_path / "out")


@pytest.mark.parametrize(("mark", "place"), [(b"PK\x01\x02", 0), (b"PK\x06\x07", 16)])
def test_an_archive_with_a_damaged_table_of_contents_is_refused(mark, place, release, save, tmp_path):
    path = save(release)
    content = bytearray(path.read_bytes())
    entry = content.index(mark) + place  # of a file, or where it says on how many disks it lies
    content[entry : entry + 4] = b"\7\0\0\0"
    path.write_bytes(content)
    with pytest.raises(InputError, match="truncated or damaged"):
        convert(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
