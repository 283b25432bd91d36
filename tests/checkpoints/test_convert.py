"""The released format, written here with random numbers; the authors' own numbers are compared in test_golden.py."""

import argparse
import os

import pytest
import torch

from micron_bert import InputError, MicronBertForPreTraining
from micron_bert.checkpoints.convert import convert
from micron_bert.cli.main import main
from micron_bert.model.modeling_micron_bert import sine_cosine_positions


def block(prefix, width):
    shapes = {"norm1": (width,), "attn.qkv": (3 * width, width), "attn.proj": (width, width), "norm2": (width,)}
    shapes |= {"mlp.fc1": (2 * width, width), "mlp.fc2": (width, 2 * width)}
    for name, shape in shapes.items():
        yield f"{prefix}.{name}.weight", torch.randn(shape)
        yield f"{prefix}.{name}.bias", torch.randn(shape[0])


@pytest.fixture
def release():
    """A two-layer checkpoint of width 16 and patch 4 for 16 px, one decoder layer of width 8."""
    state = {"backbone.cls_token": torch.randn(1, 1, 16), "backbone.pos_embed": sine_cosine_positions(16, 4)}
    state |= {"backbone.patch_embed.proj.weight": torch.randn(16, 3, 4, 4)}
    state |= {"backbone.patch_embed.proj.bias": torch.randn(16), "decoder_pos_embed": sine_cosine_positions(8, 4)}
    for k in range(2):
        state |= dict(block(f"backbone.blocks.{k}", 16))
    state |= dict(block("decoder_blocks.0", 8))
    for name, shape in {
        "backbone.norm": (16,),
        "att.to_q": (16, 16),
        "att.to_k": (16, 16),
        "att.to_v": (16, 16),
        "att.proj": (16, 16),
        "decoder_embed": (8, 16),
        "decoder_norm": (8,),
        "decoder_pred": (48, 8),
    }.items():
        state |= {f"{name}.weight": torch.randn(shape), f"{name}.bias": torch.randn(shape[0])}
    args = argparse.Namespace(num_heads=2, decoder_num_heads=1, diag_att=True)
    return {"model": {f"module.{key}": value for key, value in state.items()}, "args": args, "epoch": 3}


@pytest.fixture
def save(tmp_path):
    def write(content):
        torch.save(content, tmp_path / "release.pth")
        return tmp_path / "release.pth"

    return write


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


def test_command_leaves_with_2_and_one_sentence(tmp_path, capsys):
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 not a checkpoint")
    assert main(["convert", str(tmp_path / "cut.pth"), str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "cut.pth" in error and "truncated or no PyTorch file" in error and error.count("\n") == 1
    assert main(["convert", str(tmp_path / "absent.pth"), str(tmp_path / "out")]) == 2
    assert "no checkpoint at" in capsys.readouterr().err


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
