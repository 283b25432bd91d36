import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.spotting.followed_face import follow, stride_of
from micron_bert.video.frames import Frame


def frames_of(picture, count, fps):
    return [Frame(number, number / fps, picture) for number in range(count)]


@pytest.mark.parametrize("fps, stride", [(24, 1), (50, 1), (60, 2), (90, 2), (100, 3), (200, 5)])
def test_fast_films_are_thinned_out_to_45_frames_a_second_at_most(fps, stride):
    assert stride_of(fps) == stride


def test_the_face_is_in_every_frame_that_is_used():
    picture = np.ascontiguousarray(astronaut()[:256, 96:352])
    faces = follow(frames_of(picture, 8, 25.0), 25.0, 112)
    assert [face.index for face in faces] == list(range(8)) and {face.stretch for face in faces} == {1}
    assert all(face.image.shape == (112, 112, 3) for face in faces)
    thinned = follow(frames_of(picture, 8, 100.0), 100.0, 112)
    assert [(face.index, face.place, face.time) for face in thinned] == [(0, 0, 0.0), (3, 1, 0.03), (6, 2, 0.06)]


def test_where_there_is_no_face_nothing_is_followed():
    assert follow(frames_of(np.zeros((256, 256, 3), np.uint8), 3, 25.0), 25.0, 112) == []
