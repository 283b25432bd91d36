import numpy as np
import pytest
from PIL import Image

from micron_bert.video import open_video


def picture(number):
    return np.random.default_rng(number).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def test_animated_pictures_are_films(tmp_path):
    pictures = [Image.fromarray(picture(number)) for number in range(6)]
    durations = [100, 200, 100, 50, 50, 100]
    for name, options in (("a.webp", {"lossless": True}), ("a.png", {}), ("a.apng", {"format": "PNG"})):
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=durations, **options)
        whole = list(open_video(tmp_path / name))
        assert [frame.time for frame in whole] == pytest.approx([0, 0.1, 0.3, 0.4, 0.45, 0.5])
        assert all(np.array_equal(frame.image, picture(frame.index)) for frame in whole)
    pictures[0].save(tmp_path / "a.tif", save_all=True, append_images=pictures[1:])
    assert [frame.time for frame in list(open_video(tmp_path / "a.tif"))] == pytest.approx(np.arange(6) / 30)
    assert open_video(tmp_path / "a.tif", fps=200).duration == pytest.approx(0.03)
    assert [frame.index for frame in open_video(tmp_path / "a.webp").frames(0.2, 0.42)] == [2, 3]


def test_a_deep_stack_has_one_white(tmp_path):
    """Frames of a camera of 12 bits, of which only one is bright: none is brightened for itself."""
    levels = [np.full((8, 9), value, np.uint16) for value in (100, 4000, 1000)]
    first, *rest = map(Image.fromarray, levels)
    first.save(tmp_path / "a.tif", save_all=True, append_images=rest)
    assert [int(frame.image.mean()) for frame in open_video(tmp_path / "a.tif")] == [6, 249, 62]
