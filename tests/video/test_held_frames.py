"""Pictures that somebody holds, as a film."""

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.video.held_frames import HeldFrames
from micron_bert.video.reader import open_video


def test_they_are_numbered_timed_and_read_again():
    pictures = [np.full((4, 6, 3), number, np.uint8) for number in range(10)]
    film = HeldFrames(pictures, 20)
    assert (film.width, film.height, film.num_frames, film.duration, film.bits_per_pixel) == (6, 4, 10, 0.5, None)
    for _ in range(2):
        part = list(film.frames(0.1, 0.3))
        assert [frame.index for frame in part] == [2, 3, 4, 5] == [frame.image[0, 0, 0] for frame in part]
        assert [frame.time for frame in part] == pytest.approx([0.1, 0.15, 0.2, 0.25])
    with open_video(film) as same:
        assert same is film
    assert HeldFrames(pictures).fps == 30 and str(film) == "the clip"


def test_each_is_decoded_when_its_turn_comes():
    decoded = []
    film = HeldFrames("abcdef", 10, lambda letter: decoded.append(letter) or np.zeros((2, 2, 3), np.uint8))
    assert len(list(film.frames(0.2, 0.4))) == 2 and decoded == ["a", "c", "d"]


def test_none_and_other_sizes_are_refused():
    with pytest.raises(InputError, match="no frames"):
        HeldFrames([])
    odd = HeldFrames([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5, 3), np.uint8)])
    with pytest.raises(InputError, match="Frame 1 has `5x4` pixels, the first one `4x4`"):
        list(odd)
