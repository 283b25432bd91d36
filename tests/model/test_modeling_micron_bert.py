import pytest
import torch
from torch import nn

from micron_bert import (
    MicronBertConfig,
    MicronBertForPreTraining,
    MicronBertForVideoClassification,
    MicronBertModel,
)
from micron_bert.model.modeling_micron_bert import sine_cosine_positions

MODELS = [MicronBertModel, MicronBertForPreTraining, MicronBertForVideoClassification]


@pytest.fixture
def clip():
    return torch.randn(2, 3, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def build(model_class, config, seed=0):
    torch.manual_seed(seed)
    return model_class(config).eval()


def test_shapes_are_those_promised(mini_config, clip):
    output = build(MicronBertModel, mini_config)(clip, output_hidden_states=True)
    assert output.last_hidden_state.shape == (2, 3, 17, 32)
    assert output.micro_hidden_state.shape == (2, 2, 16, 32)
    assert output.micro_attention.shape == (2, 2, 1, 16)
    assert output.interest.shape == (2, 2, 16)
    assert output.micro_map.shape == (2, 2, 4, 4)
    assert 0 <= output.micro_map.min() and output.micro_map.max() <= 1
    assert [h.shape for h in output.hidden_states] == 3 * [(6, 17, 32)]


def test_diagonal_is_that_of_the_full_attention_map(mini_config, mini_sizes, clip):
    diagonal = build(MicronBertModel, MicronBertConfig(**mini_sizes, interest_gate=False))
    full = build(MicronBertModel, MicronBertConfig(**mini_sizes, interest_gate=False, micro_attention="full"))
    of_diagonal, of_full = diagonal(clip), full(clip)
    expected = of_full.full_micro_attention.diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(of_diagonal.micro_attention, expected)
    value = diagonal.micro_attention.value(of_diagonal.last_hidden_state[:, :1, 1:])
    context = diagonal.micro_attention.proj(expected[:, :, 0, :, None] * value)
    torch.testing.assert_close(of_diagonal.micro_hidden_state, context)


@pytest.mark.parametrize("asks", ["later", "onset"])
def test_config_chooses_which_frame_asks(asks, mini_sizes, clip):
    model = build(MicronBertModel, MicronBertConfig(**mini_sizes, interest_gate=False, micro_query=asks))
    output = model(clip[:, :2])
    frames = {"onset": output.last_hidden_state[:, 0, 1:], "later": output.last_hidden_state[:, 1, 1:]}
    answers = "onset" if asks == "later" else "later"
    query, key = model.micro_attention.query(frames[asks]), model.micro_attention.key(frames[answers])
    expected = (query @ key.transpose(1, 2) / 32**0.5).softmax(-1).diagonal(dim1=1, dim2=2)
    torch.testing.assert_close(output.micro_attention[:, 0, 0], expected)


def test_interest_gate_weighs_the_context_and_has_mean_one(mini_sizes, clip):
    gated = build(MicronBertModel, MicronBertConfig(**mini_sizes))
    plain = build(MicronBertModel, MicronBertConfig(**mini_sizes, interest_gate=False))
    of_gated, of_plain = gated(clip), plain(clip)
    torch.testing.assert_close(of_gated.interest.mean(-1), torch.ones(2, 2))
    torch.testing.assert_close(
        of_gated.micro_hidden_state - gated.micro_attention.proj.bias,
        (of_plain.micro_hidden_state - plain.micro_attention.proj.bias) * of_gated.interest[..., None],
        atol=1e-6,
        rtol=1e-4,
    )


def test_one_frame_gives_features_and_no_movement(mini_config, clip):
    output = build(MicronBertModel, mini_config)(clip[:, :1])
    assert output.last_hidden_state.shape == (2, 1, 17, 32)
    assert output.micro_map is None and output.micro_hidden_state is None
    with pytest.raises(ValueError, match="at least two frames"):
        build(MicronBertForVideoClassification, mini_config)(clip[:, :1])


def test_encoded_frames_are_reused_in_any_pairing(mini_config, clip):
    model = build(MicronBertForVideoClassification, mini_config)
    encoded = model.micron_bert.encode_frames(clip)
    torch.testing.assert_close(model(encoded_frames=encoded).logits, model(clip).logits)
    pair = model(encoded_frames=encoded.select([1, 2]))
    torch.testing.assert_close(pair.logits, model(clip[:, [1, 2]]).logits)


def test_other_image_sizes_by_interpolated_positions(mini_config):
    model = build(MicronBertForVideoClassification, mini_config)
    output = model(torch.randn(1, 2, 3, 48, 64), displacement=torch.zeros(1, 1, 4, 6, 8))
    assert output.logits.shape == (1, 4) and output.micro_map.shape == (1, 1, 6, 8)
    pretraining = build(MicronBertForPreTraining, mini_config)
    assert pretraining(torch.randn(1, 2, 3, 48, 64)).reconstruction.shape == (1, 48, 192)


@pytest.mark.parametrize(
    ("shape", "message"),
    [((3, 32, 32), "batch, frames"), ((1, 2, 3, 30, 32), "multiples of 8"), ((1, 2, 1, 32, 32), "1 channels")],
)
def test_wrong_shapes_are_named(mini_config, shape, message):
    with pytest.raises(ValueError, match=message):
        build(MicronBertModel, mini_config)(torch.zeros(shape))


def test_neither_or_both_inputs_are_refused(mini_config, clip):
    model = build(MicronBertModel, mini_config)
    with pytest.raises(ValueError, match="exactly one"):
        model()
    with pytest.raises(ValueError, match="exactly one"):
        model(clip, encoded_frames=model.encode_frames(clip))


@pytest.mark.parametrize("model_class", MODELS)
def test_round_trip_keeps_every_number(model_class, mini_config, clip, tmp_path):
    model = build(model_class, mini_config)
    model.save_pretrained(tmp_path)
    loaded, info = model_class.from_pretrained(tmp_path, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"]
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        torch.testing.assert_close(loaded.get_parameter_or_buffer(name), tensor, rtol=0, atol=0)


def test_base_model_reads_a_head_folder_and_back(mini_config, clip, tmp_path):
    head = build(MicronBertForVideoClassification, mini_config)
    head.save_pretrained(tmp_path / "head")
    base = MicronBertModel.from_pretrained(tmp_path / "head").eval()
    torch.testing.assert_close(base(clip).last_hidden_state, head.micron_bert(clip).last_hidden_state)
    base.save_pretrained(tmp_path / "base")
    again = MicronBertForVideoClassification.from_pretrained(tmp_path / "base").eval()
    torch.testing.assert_close(again.micron_bert(clip).micro_map, base(clip).micro_map)


def test_attentions_come_with_eager_attention(mini_config, clip):
    torch.manual_seed(0)
    model = MicronBertForVideoClassification._from_config(mini_config, attn_implementation="eager").eval()
    output = model(clip, output_attentions=True, output_hidden_states=True)
    assert [a.shape for a in output.attentions] == 2 * [(6, 2, 17, 17)]
    torch.testing.assert_close(output.attentions[0].sum(-1), torch.ones(6, 2, 17))
    assert len(output.hidden_states) == 3


def test_eager_and_sdpa_agree(mini_config, clip):
    model = build(MicronBertForVideoClassification, mini_config)
    of_sdpa = model(clip).logits
    model.set_attn_implementation("eager")
    torch.testing.assert_close(model(clip).logits, of_sdpa, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model_class", [MicronBertForPreTraining, MicronBertForVideoClassification])
def test_gradient_checkpointing_changes_no_gradient(model_class, mini_config, clip):
    def gradients(checkpointing):
        model = build(model_class, mini_config).train()
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
        if checkpointing:
            model.gradient_checkpointing_enable()
        inputs = (
            {"generator": torch.Generator().manual_seed(1)}
            if model_class is MicronBertForPreTraining
            else {"labels": torch.tensor([0, 1])}
        )
        model(clip, **inputs).loss.backward()
        return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

    plain, checkpointed = gradients(False), gradients(True)
    assert plain.keys() == checkpointed.keys() and plain
    for name in plain:
        torch.testing.assert_close(plain[name], checkpointed[name], atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("model_class", MODELS)
def test_autocast_runs_and_stays_close(model_class, dtype, mini_config, clip):
    model = build(model_class, mini_config)
    arguments = {"generator": torch.Generator().manual_seed(0)} if model_class is MicronBertForPreTraining else {}
    with torch.autocast("cpu", dtype=dtype):
        output = model(clip, **arguments)
    assert all(torch.isfinite(t.float()).all() for t in output.values() if isinstance(t, torch.Tensor))


def test_model_in_bfloat16(mini_config, clip):
    model = build(MicronBertForVideoClassification, mini_config).to(torch.bfloat16)
    output = model(clip, labels=torch.tensor([0, 1]))
    assert output.logits.dtype == torch.bfloat16 and torch.isfinite(output.loss)


def test_positions_put_columns_first_and_sines_before_cosines():
    positions = sine_cosine_positions(16, 3)[0]
    frequency = 10000 ** -(torch.arange(4) / 4)
    assert not positions[0].any()
    row, column = 2, 1
    expected = [f(torch.tensor(float(place)) * frequency) for place in (column, row) for f in (torch.sin, torch.cos)]
    torch.testing.assert_close(positions[1 + 3 * row + column], torch.cat(expected), atol=1e-6, rtol=1e-5)


@pytest.mark.slow
def test_encoder_compiles_without_graph_breaks(mini_config, clip):
    model = build(MicronBertModel, mini_config)
    compiled = torch.compile(model, fullgraph=True)
    torch.testing.assert_close(compiled(clip).micro_map, model(clip).micro_map, atol=1e-5, rtol=1e-4)


def test_long_clips_taken_in_turn_give_the_same_numbers(mini_config):
    model = build(MicronBertModel, mini_config)
    clip = torch.randn(1, 7, 3, 32, 32)
    with torch.no_grad():
        in_turn = model(clip).micro_map
    torch.testing.assert_close(in_turn, model(clip).micro_map, atol=1e-6, rtol=1e-5)
