"""The heat map: nothing is laid where nothing moved, and the brightest lies where it moved most."""

import cv2
import numpy as np
from PIL import Image

from micron_bert.model.heat_map_micron_bert import COLOURS, OPACITY, SHOWN_SIZE, draw_micro_map, heat, overlay


def test_colours_are_those_of_inferno_and_grow_brighter():
    inferno = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1]
    assert np.abs(COLOURS.astype(int) - inferno).max() <= 8
    assert (np.diff(COLOURS @ np.array([0.299, 0.587, 0.114])) >= 0).all()


def test_heat_lies_where_the_patch_is():
    grid = np.zeros((4, 4))
    grid[1, 2] = 1
    strength = heat(grid, (80, 120))
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    assert strength.shape == (80, 120) and abs(row - 30) <= 1 and abs(column - 75) <= 1
    assert 0 <= strength.min() and strength.max() <= 1


def test_overlay_leaves_what_did_not_move():
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    strength = np.zeros((8, 8))
    strength[3, 4] = 1
    laid = overlay(image, strength)
    changed = np.argwhere((laid != image).any(axis=-1))
    assert changed.tolist() == [[3, 4]]
    np.testing.assert_allclose(laid[3, 4], (1 - OPACITY) * image[3, 4] + OPACITY * COLOURS[255], atol=0.5)


def test_micro_map_over_a_face():
    face = Image.new("RGB", (112, 112), (90, 90, 90))
    grid = np.zeros((14, 14), np.float32)
    assert np.unique(np.asarray(draw_micro_map(face, grid))).tolist() == [90]
    grid[10, 7] = 1
    drawn = draw_micro_map(face, grid)
    assert drawn.size == (SHOWN_SIZE, SHOWN_SIZE)
    moved = np.asarray(drawn).astype(int)[..., 0] - 90
    assert moved[252, 180] > 60 and moved[100, 100] == 0
