import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError, NoFaceError
from micron_bert.spotting import DELAY, Spotter, spot
from micron_bert.video.writer import write_video

FPS = 30.0


def overlap(interval, event):
    shared = min(interval.offset, event.offset) - max(interval.onset, event.onset) + 1
    return shared / (max(interval.offset, event.offset) - min(interval.onset, event.onset) + 1)


@pytest.fixture(scope="module")
def times(film):
    return np.arange(len(film[1])) / FPS


@pytest.fixture(scope="module")
def watched(film, times, watch_frames):
    return watch_frames(film[1], times)


def test_the_expression_of_a_calm_face_is_found(film, watched):
    (event,) = film[0].events
    best = max(watched[1], key=lambda interval: overlap(interval, event))
    assert overlap(best, event) >= 0.5 and best.kind == "micro"
    assert best.onset < best.apex < best.offset and best.start == best.onset / FPS
    assert 0 < best.confidence <= 1 and best.label == max(best.probabilities, key=best.probabilities.get)
    left, top, right, bottom = best.box
    assert 0 < left < right < 640 and 0 < top < bottom < 480


def test_it_is_told_in_time(film, times, watched):
    told = [(time, i) for time, update in zip(times, watched[0], strict=True) for i in update.interval_closed]
    assert told, "nothing was told before the end"
    assert all(interval.end < time <= interval.end + DELAY for time, interval in told)
    update = watched[0][-1]
    assert update.face and times[-1] - update.time < 0.1 and np.isfinite(update.movement)
    assert set(update.regions) == {"brows", "eyes", "nose", "mouth", "cheeks"}


def test_curve_is_high_while_the_face_moves(film, watched):
    (event,) = film[0].events
    points = [point for update in watched[0] for point in update.points.get(0, [])]
    assert [point.index for point in points] == list(range(len(points)))
    movement = np.array([point.movement for point in points])
    assert np.isnan(movement[:3]).all()
    moving = movement[event.onset + 2 : event.offset + 5].max()
    assert moving > 4 * np.nanmedian(movement[: event.onset])


def test_stricter_never_finds_more(film, times, watched, watch_frames):
    assert len(watch_frames(film[1], times, strictness=1.0)[1]) <= len(watched[1])


def test_no_interval_spans_a_hole(film, times, watched, watch_frames):
    (event,) = film[0].events
    assert any(interval.onset < event.apex < interval.offset for interval in watched[1])
    cut = event.apex
    shifted = np.where(np.arange(len(times)) >= cut, times + 0.5, times)
    _, intervals = watch_frames(film[1], shifted)
    assert not [interval for interval in intervals if interval.onset < cut <= interval.offset]


def test_no_interval_spans_a_face_that_is_gone(film, times, watched, watch_frames):
    (event,) = film[0].events
    frames = list(film[1])
    gone = range(event.apex, event.apex + 4)
    for number in gone:
        frames[number] = np.zeros_like(frames[number])
    updates, intervals = watch_frames(frames, times)
    assert not [i for i in intervals if i.onset < gone.stop and i.offset >= gone.start]
    assert not updates[event.apex + 1].face and updates[-1].face, "the face is found again"
    points = [point for update in updates for point in update.points.get(0, [])]
    absent = [point.index for point in points if not point.present]
    # a lost face is looked for every fifth of a second
    assert absent == list(range(gone.start, absent[-1] + 1)) and gone.stop <= absent[-1] + 1 <= gone.stop + 7


def test_no_interval_spans_a_cut_to_another_face(film, times, watch_frames):
    (event,) = film[0].events
    frames = [image if number < event.apex else image[:, ::-1] for number, image in enumerate(film[1])]
    _, intervals = watch_frames(frames, times)
    assert not [interval for interval in intervals if interval.onset < event.apex <= interval.offset]


def test_uneven_times_are_gone_by(film, watch_frames):
    (event,) = film[0].events
    rng = np.random.default_rng(1)
    kept = [n for n in range(len(film[1])) if rng.random() > 0.2 or n in (0, len(film[1]) - 1)]
    _, intervals = watch_frames([film[1][n] for n in kept], np.array(kept) / FPS)
    truth = event.onset / FPS, event.offset / FPS

    def share(interval):
        common = min(interval.end, truth[1]) - max(interval.start, truth[0])
        return common / (max(interval.end, truth[1]) - min(interval.start, truth[0]))

    assert max(share(interval) for interval in intervals) >= 0.5


def test_two_faces_are_told_apart(film, times, watch_frames):
    (event,) = film[0].events
    small = [image[60:420:1, 140:500][::2, ::2] for image in film[1]]  # the face, 180 px wide
    still = small[0]
    frames = [np.concatenate([moving, still], axis=1) for moving in small]
    updates, intervals = watch_frames(frames, times, face="all")
    assert set(updates[-1].points) == {0, 1}
    sides = {number: [] for number in (0, 1)}
    for update in updates:
        for number, points in update.points.items():
            sides[number] += [point.movement for point in points]
    moving = max(sides, key=lambda number: np.nanmax(sides[number]))
    assert np.nanmax(sides[moving]) > 3 * np.nanmax(sides[1 - moving])
    assert {interval.face for interval in intervals if overlap(interval, event) >= 0.5} <= {moving}
    chosen, _ = watch_frames(frames[:3], times[:3], face=(270, 90))
    assert chosen[-1].box[0] > 180


def test_file_and_stream_agree(film, recognizer, watch_frames, tmp_path):
    from micron_bert.video.reader import open_video

    path = write_video(tmp_path / "film.mp4", film[1][:75], FPS)
    spotting = Spotter(recognizer, strictness=0.0).spot(path)
    with open_video(path) as video:
        frames = list(video)
    _, intervals = watch_frames([frame.image for frame in frames], [frame.time for frame in frames])
    assert spotting.intervals == intervals
    assert spotting.fps == FPS and len(spotting.curve.times) == 75 and spotting.curve.present.all()
    assert np.array_equal(spotting.curve.indices, np.arange(75))


def test_another_size_begins_a_new_stretch(film, recognizer):
    """A call whose picture grows: the face stays found, and nothing is told of movement from one size to the other."""
    live = Spotter(recognizer, strictness=0.0).live(FPS)
    points, intervals = [], []
    for number in range(24):
        image = film[1][number]  # still until here
        if number >= 12:
            image = cv2.resize(image, None, fx=1.5, fy=1.5)
        update = live.push(image, number / FPS)
        points += update.points.get(0, [])
        intervals += update.interval_closed
    update = live.drain()
    points += update.points.get(0, [])
    assert [point.index for point in points] == list(range(24))
    assert all(point.present for point in points)
    assert live.watches[0].stretch == 2
    assert not [one for one in intervals + update.interval_closed if one.onset < 12 <= one.offset]


def test_bad_input_is_named(film, recognizer, tmp_path):
    with pytest.raises(InputError, match="`strictness` is `2`"):
        Spotter(recognizer, strictness=2)
    with pytest.raises(InputError, match="`fps` is `0`"):
        Spotter(recognizer).live(fps=0)
    for rest in (-1, np.nan):
        with pytest.raises(InputError, match="`rest` is `"):
            Spotter(recognizer).live(rest=rest)
    path = write_video(tmp_path / "black.mp4", [np.zeros((120, 160, 3), np.uint8)] * 5, FPS)
    with pytest.raises(NoFaceError, match="No face was found"):
        spot(path, device="cpu")
    path = write_video(tmp_path / "one.mp4", film[1][:4], FPS)
    with pytest.raises(InputError, match="`face` is `2`"):
        Spotter(recognizer).spot(path, face=2)
