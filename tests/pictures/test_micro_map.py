"""Pictures for people: the heat lies over the face in the scene, the bars and words are there."""

import numpy as np

from micron_bert.pictures.micro_map import draw_banner, draw_probabilities, draw_result, overlay_in_scene


def test_heat_lies_where_the_face_is_in_the_scene():
    scene = np.full((200, 300, 3), 80, np.uint8)
    micro_map = np.zeros((14, 14), np.float32)
    micro_map[7, 7] = 1
    to_crop = np.array([[1.0, 0, -150], [0, 1.0, -60]])  # the crop begins at (150, 60) of the scene
    laid = overlay_in_scene(scene, micro_map, to_crop, 112)
    changed = np.argwhere(np.abs(laid.astype(int) - 80).max(axis=-1) > 60)
    assert laid.shape == scene.shape
    np.testing.assert_allclose(changed.mean(axis=0), (60 + 60, 150 + 60), atol=3)
    assert (laid[:, :140] == 80).all()


def test_bars_are_as_long_as_the_probabilities():
    drawn = draw_probabilities(400, {"none": 0.25, "positive": 0.75})
    blue = (np.abs(drawn.astype(int) - (37, 99, 235)).max(axis=-1) < 3).sum(axis=1)
    lengths = [blue[:34].max(), blue[34:].max()]  # the most probable first
    assert 2.7 < lengths[0] / lengths[1] < 3.3


def test_result_has_three_pictures_and_the_bars_below():
    onset, apex = np.full((2, 112, 112, 3), 120, np.uint8)
    drawn = draw_result(onset, apex, np.ones((112, 112)), ("onset", "apex", "moved"), {"a": 0.5, "b": 0.5})
    assert drawn.shape[1] > 3 * 112 and drawn.shape[0] > 112 + 60
    assert drawn[90, 60].tolist() == [120, 120, 120]
    assert drawn[90, 2 * 124 + 60].max() > 180  # the third one lies under the heat


def test_banner_keeps_the_picture_above_it():
    image = np.full((160, 160, 3), 200, np.uint8)
    drawn = draw_banner(image, "0.50 s")
    assert drawn.shape == image.shape and (drawn[:140] == 200).all() and (drawn[-18:] == 24).any()
