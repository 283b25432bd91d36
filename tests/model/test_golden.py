"""Numbers computed with the authors' released code, where they are at hand (they are no part of this project)."""

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from micron_bert.checkpoints.convert import convert
from micron_bert.model.modeling_micron_bert import MicronBertForPreTraining, MicronBertModel
from micron_bert.model.swapping_micron_bert import patchify

GOLDEN = Path(os.environ.get("MICRON_BERT_GOLDEN", Path(__file__).parents[3] / "shared" / "golden"))
needs_golden = pytest.mark.skipif(
    not GOLDEN.is_dir(), reason="the released code's numbers are not here; set MICRON_BERT_GOLDEN to their folder"
)


@pytest.fixture(scope="module", params=["dev_full", "dev_diagonal"])
def release(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "model"
    convert(GOLDEN / request.param / "official_checkpoint.pth", folder, teacher=True)
    model = MicronBertForPreTraining.from_pretrained(folder, attn_implementation="eager").eval()
    return model, load_file(GOLDEN / request.param / "expected.safetensors"), folder


def assert_close(actual, expected):
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=0)


@needs_golden
def test_every_expected_tensor_within_1e_5(release):
    model, expected, _ = release
    checked = {"rep_frame", "ref_frame", "cur_frame", "half_frame"}  # the inputs
    pair = torch.stack([expected["rep_frame"], expected["ref_frame"]], dim=1)
    with torch.no_grad():
        output = model.micron_bert(pair, output_attentions=True)
        half = model.micron_bert(expected["half_frame"][:, None])
        alone = model.micron_bert(expected["rep_frame"][:, None], output_attentions=True)
        prediction = model.decoder(output.micro_hidden_state[:, 0], (4, 4))

    def check(name, actual):
        assert_close(actual, expected[name])
        checked.add(name)

    check("backbone_rep", output.last_hidden_state[:, 0])
    check("backbone_ref", output.last_hidden_state[:, 1])
    check("extract_features", alone.last_hidden_state[:, 0, 1:])
    check("latent", output.micro_hidden_state[:, 0])
    check("backbone_half", half.last_hidden_state[:, 0])
    check("last_self_attention", alone.attentions[-1])
    check("pred", prediction)
    check("patchify_cur", patchify(expected["cur_frame"], 8))
    check("rec_loss", torch.nn.functional.mse_loss(prediction, patchify(expected["cur_frame"], 8))[None])
    if output.full_micro_attention is not None:
        check("attention", output.full_micro_attention[:, 0])
        # the release divides by the largest agreement of the whole batch, the model here by that of each pair
        agreement = output.micro_attention[:, 0, 0]
        of_pair, of_batch = agreement.amax(-1)[:, None, None], agreement.amax()
        release_map = 1 - (1 - output.micro_map[:, 0]) * of_pair / of_batch
        check("attmap", release_map.repeat_interleave(8, -1).repeat_interleave(8, -2)[:, None])
    else:
        check("attention", output.micro_attention[:, 0, ..., None])
    assert checked == set(expected)


@needs_golden
def test_teacher_is_kept_on_request(release):
    model, expected, folder = release
    teacher = MicronBertModel.from_pretrained(folder / "teacher").eval()
    assert not torch.equal(teacher.layers[0].fc1.weight, model.micron_bert.layers[0].fc1.weight)
    assert_close(teacher.micro_attention.query.weight, model.micron_bert.micro_attention.query.weight)


@needs_golden
def test_sdpa_gives_the_same_numbers_as_eager(release):
    model, expected, folder = release
    sdpa = MicronBertForPreTraining.from_pretrained(folder, attn_implementation="sdpa").eval()
    pair = torch.stack([expected["rep_frame"], expected["ref_frame"]], dim=1)
    with torch.no_grad():
        assert_close(sdpa.micron_bert(pair).micro_hidden_state[:, 0], expected["latent"])
