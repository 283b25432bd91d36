"""Colours and arrows: one scale for every picture, nothing where nothing moved."""

import numpy as np
import pytest

from micron_bert.pictures.magnification import magnify
from micron_bert.pictures.movement import SCALE, draw_movement, draw_scale, overlay, overlay_in_scene, veil

GREY = np.full((140, 140, 3), 128, np.uint8)


def field(amount, part=np.s_[6:9, 6:9]):
    moved = np.zeros((2, 14, 14), np.float32)
    moved[1][part] = amount
    return moved


def test_nothing_is_drawn_where_nothing_moved():
    assert not veil(np.zeros((2, 14, 14)), 140)[..., 3].any()
    np.testing.assert_array_equal(draw_movement(GREY, field(0.05), 56.0), GREY)
    colours = veil(field(1.5), 140)
    assert colours[75, 75, 3] > 100 and not colours[:30, :, 3].any()


def test_one_scale_for_every_picture():
    """A movement has the same colour whatever else moved, and grey print keeps the order."""
    whole = np.s_[:, :]
    levels = [overlay(GREY, veil(field(amount, whole), 140))[70, 70].astype(float) for amount in (1.0, 1.5, 2.0)]
    grey = [level @ (0.299, 0.587, 0.114) for level in levels]
    assert grey == sorted(grey) and grey[2] - grey[0] > 20
    beside = field(1.0, np.s_[:, :7]) + field(3.0, np.s_[:, 7:])
    np.testing.assert_allclose(overlay(GREY, veil(beside, 140))[70, 20], levels[0], atol=2)
    np.testing.assert_array_equal(veil(field(SCALE, whole), 140)[70, 70], veil(field(9.0, whole), 140)[70, 70])


def test_the_face_is_seen_through_the_colours():
    stripes = np.repeat(np.tile(np.array([0, 255], np.uint8), 70)[None, :, None], 140, 0).repeat(3, 2)
    shown = overlay(stripes, veil(field(9.0, np.s_[:, :]), 140)).astype(float)
    assert abs(shown[70, 70] - shown[70, 71]).mean() > 80


def test_colours_lie_where_the_face_is_in_the_scene():
    scene = np.full((200, 300, 3), 128, np.uint8)
    to_crop = np.array([[1.0, 0, -100], [0, 1.0, -50]])
    drawn = np.abs(overlay_in_scene(scene, field(2.0), to_crop, 140).astype(int) - 128).sum(-1)
    y, x = np.nonzero(drawn > 20)
    assert abs(x.mean() - 175) < 5 and abs(y.mean() - 125) < 5
    np.testing.assert_array_equal(overlay_in_scene(scene, field(2.0), to_crop, 140, 0.0), scene)


def test_scale_has_numbers():
    assert draw_scale(336, 14).shape == (336, 63, 3) and draw_scale(336, 14).std() > 10


def test_magnified_movement_goes_as_far_as_it_says():
    # a bright bar of the face at the apex, which has moved down by 1 % of 56 pixels
    face = np.zeros((140, 140), np.float32)
    rows = np.arange(140)
    face[:] = (200 * np.exp(-(((rows - 70) / 6) ** 2)))[:, None]
    face = np.repeat(face[..., None], 3, 2).astype(np.uint8)
    larger, factor = magnify(face, field(2.0, np.s_[:, :]), 56.0)
    shift = 0.02 * 56 * (factor - 1)
    column = larger[:, 70, 0].astype(float)
    assert factor == 5 and (column * rows).sum() / column.sum() == pytest.approx(70 + shift, abs=0.4)


def test_skin_does_not_fold():
    _, factor = magnify(GREY, field(20.0), 56.0)
    assert 1 <= factor < 3
