"""The main job with the checkpoint that comes with the package, on a photograph that anyone can have."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.faces import align_clip
from micron_bert.faces.registration import SAME_FACE
from micron_bert.model.unit_reading_micron_bert import UnitReading
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.report import draw_units, write_report
from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.from_pretrained()


@pytest.fixture(scope="module")
def film(face, tmp_path_factory):
    """A synthetic smile in the photograph of the astronaut, as a video, with its onset and apex."""
    rng = np.random.default_rng(3)
    clip = synthesize_scene(*face, "happiness", amplitude=2.0, fps=30, rng=rng, lead=0.3, tail=0.3)
    path = tmp_path_factory.mktemp("film") / "smile.mp4"
    write_video(path, clip.frames, clip.fps)
    return path, clip


def test_shipped_checkpoint_is_small_and_names_the_four_classes(recognizer):
    assert sum(file.stat().st_size for file in shipped_checkpoint().iterdir()) <= 10 * 2**20
    assert set(recognizer.model.config.id2label.values()) == {"negative", "positive", "surprise", "none"}


def test_synthetic_smile_is_found_and_named(recognizer, film):
    path, clip = film
    recognition = recognizer.recognize(path)
    assert recognition.label == "positive"
    assert sum(recognition.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert abs(recognition.onset - clip.onset) <= 3 and abs(recognition.apex - clip.apex) <= 3
    assert recognition.times["apex"] == pytest.approx(recognition.apex / 30, abs=1e-3)


def test_movement_is_seen_at_the_mouth_and_not_in_the_hair(recognizer, film):
    path, _ = film
    micro_map = recognizer.recognize(path).micro_map
    mouth, hair = micro_map[9:13, 4:10].mean(), micro_map[:2].mean()
    assert mouth > 2 * hair


def test_given_frames_are_used(recognizer, film):
    path, clip = film
    recognition = recognizer.recognize(path, onset=clip.onset, apex=clip.apex)
    assert (recognition.onset, recognition.apex) == (clip.onset, clip.apex)
    assert recognition.label == "positive"


def test_film_is_decoded_once_and_the_half_second_that_moves_again(recognizer, film, decoded):
    path, clip = film
    recognition = recognizer.recognize(path)
    assert decoded == [*range(len(clip.frames)), *range(recognition.onset, recognition.apex + 1)]
    decoded.clear()
    recognizer.recognize(path, recognition.onset, recognition.apex, start=recognition.onset / 30)
    assert decoded == list(range(recognition.onset, recognition.apex + 1))


def test_a_frame_without_the_face_that_is_skipped_leaves_no_pair(recognizer, tmp_path):
    frames = [astronaut(), np.full_like(astronaut(), 90)]
    path = write_video(tmp_path / "a.mp4", frames, 30)
    with pytest.raises(InputError, match="No face was found in one of the frames 0 and 1"):
        recognizer.recognize(path, 0, 1, missing="skip")


def test_given_frames_must_lie_in_the_part(recognizer, film):
    path, clip = film
    for part in ({"start": (clip.onset + 1) / 30}, {"end": clip.apex / 30}):
        with pytest.raises(InputError, match="no frame .* between `start` and `end`"):
            recognizer.recognize(path, clip.onset, clip.apex, **part)


def test_annotated_video_shows_the_part_that_was_looked_at(recognizer, film, tmp_path):
    path, clip = film
    start, end = (clip.onset - 3) / 30, (clip.apex + 4) / 30
    recognition = recognizer.recognize(path, start=start, end=end)
    write_report(recognition, path, tmp_path, "tiny", start=start, end=end)
    times = [frame.time for frame in open_video(tmp_path / "annotated.mp4")]
    assert times == pytest.approx(np.arange(clip.apex - clip.onset + 7) / 30, abs=1e-3)


def test_pair_of_pictures_gives_what_the_frames_of_the_video_give(recognizer, film):
    _, clip = film
    of_pair = recognizer.recognize_pair(clip.frames[clip.onset], clip.frames[clip.apex])
    crops = align_clip([clip.frames[clip.onset], clip.frames[clip.apex]], recognizer.size, reference=0)
    of_crops = recognizer.recognize_pair(crops.frames[0], crops.frames[1], cropped=True)
    assert of_pair.label == of_crops.label == "positive"


def test_two_people_are_refused(recognizer):
    """By the spotter's test of likeness; a face in the mirror has another fine texture."""
    with pytest.raises(InputError, match="cannot be taken for one face"):
        recognizer.recognize_pair(astronaut(), np.ascontiguousarray(astronaut()[:, ::-1]))
    assert recognizer.recognize_pair(astronaut(), astronaut()).pair.correlation.min() > 0.9


def taken_anew(picture, rng):
    """The picture by another camera: lighter or darker, a little turned, nearer, and through JPEG."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-6, 6), rng.uniform(0.95, 1.1))
    turned = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    lit = np.clip(turned * rng.uniform(0.8, 1.15) + rng.uniform(-10, 10), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 98))])[1]
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)


def narrowed(picture):
    """Another face by its proportions, in the middle of a picture of the same size."""
    height, width = picture.shape[:2]
    slim = cv2.resize(picture, (width * 4 // 5, height), interpolation=cv2.INTER_AREA)
    left = (width - slim.shape[1]) // 2
    return cv2.copyMakeBorder(slim, 0, 0, left, width - slim.shape[1] - left, cv2.BORDER_REFLECT)


@pytest.mark.parametrize("seed", range(6))
def test_two_people_are_told_from_one_however_they_were_taken(recognizer, seed):
    rng = np.random.default_rng(seed)
    mirrored = np.ascontiguousarray(astronaut()[:, ::-1])
    people = [astronaut(), mirrored, narrowed(astronaut()), narrowed(mirrored)]
    one, other = rng.choice(4, 2, replace=False)
    pair = [taken_anew(people[one], rng), taken_anew(people[other], rng)]
    with pytest.raises(InputError, match="cannot be taken for one face"):
        recognizer.recognize_pair(*pair)
    again = recognizer.recognize_pair(pair[0], taken_anew(people[one], rng))
    assert again.pair.correlation.min() >= SAME_FACE


def test_same_picture_twice_is_no_expression(recognizer):
    recognition = recognizer.recognize_pair(astronaut(), astronaut())
    assert recognition.label == "none"
    assert recognition.micro_map.max() < 0.2
    assert recognition.detection.detected == "no" and not any(one.shown for one in recognition.action_units)
    assert np.array_equal(recognition.displacement, recognition.displacements[2:])


def test_the_course_of_a_film_decides_whether_units_are_claimed(recognizer, film):
    path, _ = film
    thresholds = dict(zip(recognizer.runtime.action_units, recognizer.runtime.action_unit_thresholds, strict=True))
    spotted = recognizer.recognize(path, onset=0, apex=1, moments=(0.0, 1 / 30))
    assert spotted.label == "none" and spotted.detection.detected == "cannot tell"
    assert all(one.shown == (one.probability >= thresholds[one.number]) for one in spotted.action_units)
    given = recognizer.recognize(path, onset=0, apex=1)
    assert given.detection.detected == "no" and not any(one.shown for one in given.action_units)


def test_sheet_of_action_units_colours_those_that_reach_their_threshold(recognizer, film):
    path, clip = film
    recognition = recognizer.recognize(path, onset=clip.onset, apex=clip.apex)
    none, quiet, told = (
        draw_units(replace(recognition, action_units=units))
        for units in ((), *((UnitReading("4", "both", 0.9, 1.0, shown),) for shown in (False, True)))
    )
    np.testing.assert_array_equal(quiet, none)
    assert (told[:336] != none[:336]).any()
