import pytest
import torch

from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.course_micron_bert import BASE_AHEAD, MicronBertCourseHead, recent_mean, shared_out
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification

SMALL = {"image_size": 32, "num_labels": 4, "course_hidden_size": 16, "hidden_size": 16, "displaced_size": 16}


@pytest.fixture(scope="module")
def config():
    return MicronBertConfig.preset("tiny", **SMALL)


@pytest.fixture(scope="module")
def head(config):
    torch.manual_seed(0)
    return MicronBertCourseHead(config).eval()


def inputs(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((4, 4, 4), (2, 4, 4), (3, 4))
    return [torch.randn(2, count, *shape, generator=generator) for shape in shapes]


def test_shapes(head):
    output = head(*inputs(50))
    assert [tuple(part.shape) for part in output] == [(2, 50, 3), (2, 50, 3), (2, 50), (2, 50, 2)]
    assert (output.ends > 0).all()


def test_answer_hangs_on_just_what_the_head_says_it_does(head):
    before = head(*inputs(400))
    step = 250
    for changed, same in ((step + head.ahead, False), (step + head.ahead + 1, True), (step - head.back - 1, True)):
        values = inputs(400)
        # from there to the end, or up to there
        part = slice(changed, None) if changed > step else slice(None, changed + 1)
        for value in values:
            value[:, part] = torch.randn(value[:, part].shape, generator=torch.Generator().manual_seed(1))
        after = head(*values)
        unchanged = all(torch.allclose(a[:, step], b[:, step], atol=1e-5) for a, b in zip(before, after, strict=True))
        assert unchanged == same


def test_reference_does_not_count(head):
    position, *rest = inputs(60)
    moved = head(position + 3 * torch.randn(1, 1, 4, 4, 4), *rest)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(head(position, *rest), moved, strict=True))


def test_steps_to_come_are_shared_out():
    assert shared_out(8, (1, 2, 4, 8, 16, 1)) == (1, 2, 4, 1, 0, 0)
    assert shared_out(0, (1, 2)) == (0, 0)


def test_head_sees_as_far_ahead_as_configured(config, head):
    assert head.ahead == config.course_ahead and config.course_ahead - BASE_AHEAD == 8


def test_recent_mean_is_over_what_is_there():
    values = torch.arange(6.0)[None, :, None]
    assert recent_mean(values, 2, 1)[0, :, 0].tolist() == [0.5, 1.0, 1.5, 2.5, 3.5, 4.0]


def test_head_is_saved_with_the_model(config, tmp_path):
    model = MicronBertForVideoClassification(config)
    model.save_pretrained(tmp_path)
    back, report = MicronBertForVideoClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert all(torch.equal(value, model.course.state_dict()[name]) for name, value in back.course.state_dict().items())


def test_models_without_it_are_as_before(tmp_path):
    model = MicronBertForVideoClassification(MicronBertConfig.preset("tiny", **{**SMALL, "course_hidden_size": 0}))
    assert not any(name.startswith("course.") for name in model.state_dict())


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({"classifier": "pooled"}, "predicts displacements"),
        ({"course_ahead": 3}, "`course_ahead` must be at least 4"),
        ({"course_dilations": (1, 0)}, "1 or more each"),
        ({"course_labels": ()}, "must hold something"),
    ],
)
def test_bad_fields_are_named(fields, reason):
    with pytest.raises(Exception, match=reason):
        MicronBertConfig.preset("tiny", **{**SMALL, **fields})


def test_head_exports_with_any_number_of_steps(head):
    steps = torch.export.Dim("steps", min=4, max=4000)
    shapes = tuple({1: steps} for _ in range(3))
    exported = torch.export.export(head, tuple(inputs(40)), dynamic_shapes=shapes)
    for count in (17, 90):
        told, wanted = exported.module()(*inputs(count)), head(*inputs(count))
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(told, wanted, strict=True))
