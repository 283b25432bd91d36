"""What users of Transformers do with any model: half precision, export, distributed training, metrics, adapters."""

import inspect

import pytest
import torch
from transformers import Trainer, TrainingArguments

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel
from micron_bert.model.heads_micron_bert import label_loss


@pytest.fixture
def displaced(mini_sizes):
    """The attention and the classifier of the model in the package, in milliseconds."""
    return MicronBertConfig(
        **mini_sizes, classifier="positional", micro_attention="displaced", micro_attention_heads=2,
        displaced_size=16, displaced_window=16, displaced_levels=2, displaced_step=0.2, num_labels=3,
    )  # fmt: skip


def clip(batch=1, frames=2, size=32, seed=0):
    """Frames of which the later ones differ from the first by a little."""
    draw = torch.Generator().manual_seed(seed)
    onset = torch.nn.functional.interpolate(torch.randn(batch, 3, 8, 8, generator=draw), size=size, mode="bicubic")
    change = 0.05 * torch.randn(batch, frames, 3, size, size, generator=draw)
    change[:, 0] = 0
    return onset[:, None] + change


@pytest.mark.parametrize("how", ["float16", "bfloat16", "half"])
def test_shipped_model_in_half_precision_says_the_same(how):
    from importlib.resources import files

    folder = str(files("micron_bert")) + "/checkpoints/tiny"
    whole = MicronBertForVideoClassification.from_pretrained(folder).eval()
    if how == "half":
        model = MicronBertForVideoClassification.from_pretrained(folder).half().eval()
    else:
        model = MicronBertForVideoClassification.from_pretrained(folder, dtype=getattr(torch, how)).eval()
    frames = clip(2, 3, 112)
    with torch.no_grad():
        expected, output = whole(frames), model(frames)
    assert all(torch.isfinite(value).all() for value in output.values() if isinstance(value, torch.Tensor))
    tolerance = 0.15 if how == "bfloat16" else 0.02
    torch.testing.assert_close(output.logits.softmax(-1).float(), expected.logits.softmax(-1), atol=tolerance, rtol=0)
    torch.testing.assert_close(output.micro_map.float(), expected.micro_map, atol=tolerance, rtol=0)


@pytest.mark.parametrize("kind", ["displaced", "diagonal"])
def test_export_keeps_batch_and_frames_open(kind, displaced, mini_config):
    torch.manual_seed(0)
    model = MicronBertForVideoClassification(displaced if kind == "displaced" else mini_config).eval()

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            output = self.model(pixel_values)
            return output.logits, output.micro_map

    batch, frames = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("frames", min=3, max=64)
    # a pair has one later frame, which broadcasts; so it is one graph, and courses of any length are another
    for example, open_axes, inputs in (
        (clip(2, 2), {0: batch}, [clip(1, 2), clip(5, 2)]),
        (clip(2, 4), {0: batch, 1: frames}, [clip(1, 3), clip(2, 7)]),
    ):
        with torch.no_grad():
            program = torch.export.export(Logits(), (example,), dynamic_shapes={"pixel_values": open_axes}).module()
            for each in inputs:
                for got, expected in zip(program(each), Logits()(each), strict=True):
                    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", [MicronBertForVideoClassification, MicronBertForPreTraining])
@pytest.mark.parametrize("attention", ["displaced", "diagonal"])
def test_every_parameter_gets_a_gradient_and_has_an_axis(kind, attention, displaced, mini_config):
    model = kind(displaced if attention == "displaced" else mini_config).train()
    inputs = {} if kind is MicronBertForPreTraining else {"labels": torch.tensor([0, 1])}
    model(clip(2), **inputs).loss.backward()
    assert not [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert all(p.ndim for p in model.parameters())


def test_usual_metric_of_a_trainer_sees_logits_alone(displaced, tmp_path):
    seen = []

    def metrics(prediction):
        seen.append(prediction.predictions.shape)
        return {"accuracy": float((prediction.predictions.argmax(1) == prediction.label_ids).mean())}

    rows = [{"pixel_values": frames, "labels": number % 3} for number, frames in enumerate(clip(4))]
    arguments = TrainingArguments(str(tmp_path), use_cpu=True, report_to="none", per_device_eval_batch_size=2)
    model = MicronBertForVideoClassification(displaced)
    scores = Trainer(model, arguments, eval_dataset=rows, compute_metrics=metrics).evaluate()
    assert seen == [(4, 3)] and 0 <= scores["eval_accuracy"] <= 1


def test_problem_types_are_those_of_the_library():
    logits = torch.randn(4, 3)
    several = torch.randint(0, 2, (4, 3))
    assert label_loss(logits, several.float(), None) == label_loss(logits, several, "multi_label_classification")
    classes = torch.tensor([0, 2, 1, 0])
    assert label_loss(logits, classes, None) == torch.nn.functional.cross_entropy(logits, classes)
    numbers = torch.randn(4)
    assert label_loss(logits[:, :1], numbers, None) == (logits[:, 0] - numbers).square().mean()
    assert label_loss(logits, several, "regression") == (logits - several).square().mean()
    with pytest.raises(ValueError, match=r"`labels` must have the shape \(4, 3\) for `problem_type` 'regression'"):
        label_loss(logits, numbers, "regression")


def test_mask_of_a_wrapper_is_taken_and_one_that_hides_is_refused(displaced):
    model = MicronBertForVideoClassification(displaced).eval()
    expected = model(clip()).logits
    torch.testing.assert_close(model(clip(), attention_mask=torch.ones(1, 2)).logits, expected)
    torch.testing.assert_close(model(clip(), attention_mask=None).logits, expected)
    with pytest.raises(ValueError, match="no attention mask"):
        model(clip(), attention_mask=torch.tensor([[1, 0]]))


@pytest.mark.parametrize("kind", [MicronBertModel, MicronBertForVideoClassification, MicronBertForPreTraining])
def test_tuples_where_the_config_wants_them(kind, displaced):
    displaced.return_dict = False
    model = kind(displaced).eval()
    draw = {"generator": torch.Generator().manual_seed(0)} if kind is MicronBertForPreTraining else {}
    assert isinstance(model(clip(), **draw), tuple)


@pytest.mark.parametrize("kind", [MicronBertForVideoClassification, MicronBertForPreTraining])
def test_shapes_on_the_meta_device(kind, displaced):
    with torch.device("meta"):
        model = kind(displaced).eval()
    arguments = {}
    if kind is MicronBertForPreTraining:
        arguments = {"swap_mask": torch.zeros(1, 16, dtype=torch.bool), "crop_boxes": torch.zeros(1, 4)}
    output = model(clip().to("meta"), **arguments)
    assert output.micro_map.shape == (1, 1, 4, 4) and output.micro_map.device.type == "meta"


def test_forward_names_what_it_takes():
    names = set(inspect.signature(MicronBertForVideoClassification.forward).parameters)
    assert {"pixel_values", "labels", "displacement"} <= names
