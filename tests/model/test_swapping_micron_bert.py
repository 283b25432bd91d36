import torch

from micron_bert.model.swapping_micron_bert import draw_swap_mask, patchify, swap_patches


def test_patchify_orders_row_column_channel():
    frames = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6)
    patches = patchify(frames, 2)
    assert patches.shape == (2, 6, 12)
    # patch 4 is row 1, column 1 of the grid; inside it pixel (1, 0), channel 2
    assert patches[1, 4, (1 * 2 + 0) * 3 + 2] == frames[1, 2, 2 + 1, 2 + 0]


def test_swapped_patches_come_from_the_later_frame_and_only_those():
    onset, later = torch.zeros(2, 3, 16, 16), torch.ones(2, 3, 16, 16)
    mask = torch.tensor([[1, 0, 0, 0], [0, 0, 1, 1]], dtype=torch.bool)
    swapped = swap_patches(onset, later, mask, 8)
    torch.testing.assert_close(patchify(swapped, 8).mean(-1), mask.float())


def test_swap_mask_takes_exactly_the_share_asked_for():
    mask = draw_swap_mask(5, 16, 0.25, torch.Generator().manual_seed(0))
    assert mask.sum(1).tolist() == 5 * [4]
    assert torch.equal(mask, draw_swap_mask(5, 16, 0.25, torch.Generator().manual_seed(0)))
