import torch

from micron_bert.model.agreement_micron_bert import crop_frames, draw_crop_boxes, spread_loss


def test_crop_of_everything_at_the_same_size_is_the_frame():
    frames = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(crop_frames(frames, torch.tensor([[0.0, 0, 1, 1]] * 2), 16), frames)


def test_crop_cuts_where_the_box_says():
    frames = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(crop_frames(frames, torch.tensor([[0.5, 0.25, 1.0, 0.75]]), 8), frames[..., 4:12, 8:])


def test_crop_boxes_stay_inside_and_keep_to_the_scale():
    boxes = draw_crop_boxes(1000, (0.4, 0.9), torch.Generator().manual_seed(0))
    sides = boxes[:, 2:] - boxes[:, :2]
    assert boxes.min() >= 0 and boxes.max() <= 1
    assert 0.4 <= sides.min() and sides.max() <= 0.9 + 1e-6


def test_spread_loss_sees_a_collapse_and_ignores_a_single_pair():
    assert spread_loss(torch.ones(8, 4)) > 0.98
    assert spread_loss(10 * torch.randn(64, 4)) == 0
    assert spread_loss(torch.ones(1, 4)) == 0
