from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.registration import Registrar, register


def test_register_recovers_known_motion_to_hundredths_of_a_pixel(crop, similarity, move, root_mean_square):
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(8):
        truth = similarity(*rng.normal(0, 0.4, 2), degrees=rng.normal(0, 0.3), scale=1 + rng.normal(0, 0.003))
        result = register(move(crop, truth), crop)
        assert result.ok
        errors.append(root_mean_square(result.matrix @ np.vstack([truth, (0, 0, 1)])))
    assert np.median(errors) < 0.01
    assert max(errors) < 0.03


def test_register_recovers_large_motion(crop, similarity, move, root_mean_square):
    truth = similarity(3.2, -2.6, degrees=2.0, scale=1.02)
    result = register(move(crop, truth), crop)
    assert result.ok
    assert root_mean_square(result.matrix @ np.vstack([truth, (0, 0, 1)])) < 0.05


def test_registered_frame_lies_on_the_reference(crop, similarity, move):
    moved = move(crop, similarity(0.45, -0.3, degrees=0.3))
    before, after = (
        np.abs(frame[8:-8, 8:-8].astype(float) - crop[8:-8, 8:-8]).mean()
        for frame in (moved, register(moved, crop).frame)
    )
    assert after < before / 3


def test_register_leaves_an_expression_where_it_is(crop, similarity, move):
    # the left corner of the mouth goes up and outward by up to 0.8 px, 1.8 % of the eye distance
    x, y = np.meshgrid(np.arange(112), np.arange(112))
    hill = 0.8 * np.exp(-((x - 42.0) ** 2 + (y - 82.0) ** 2) / (2 * 9.0**2))
    expression = np.stack([-0.69 * hill, -0.72 * hill], axis=-1)
    truth = similarity(0.3, 0.2, degrees=-0.2)
    result = register(move(crop, truth, expression), crop)
    remaining = result.matrix @ np.vstack([truth, (0, 0, 1)])
    grid = np.stack([x, y], axis=-1)
    seen = grid @ remaining[:, :2].T + remaining[:, 2] - grid + expression  # what an ideal flow would find afterwards
    assert (seen * expression).sum() / (expression**2).sum() == pytest.approx(1, abs=0.06)


def test_register_takes_out_gain_and_offset(crop, similarity, move):
    darker = np.clip(0.94 * move(crop, similarity(0.2)).astype(float) + 3, 0, 255).round().astype(np.uint8)
    result = register(darker, crop)
    assert result.gain == pytest.approx(1 / 0.94, abs=0.01)
    assert result.offset == pytest.approx(-3 / 0.94, abs=1.0)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(result.frame[inner].mean() - crop[inner].mean()) < 0.3


@pytest.mark.parametrize("size", [56, 224])
def test_register_works_at_other_sizes(astronaut, similarity, move, root_mean_square, size):
    picture = cv2.resize(astronaut[40:220, 130:310], (size, size), interpolation=cv2.INTER_AREA)
    truth = similarity(0.006 * size, -0.004 * size, centre=(size - 1) / 2)
    result = register(move(picture, truth), picture)
    assert result.ok
    assert root_mean_square(result.matrix @ np.vstack([truth, (0, 0, 1)]), size) < 0.0005 * size


def test_nothing_to_register_on_gives_the_frame_back(crop):
    noise = np.random.default_rng(0).integers(0, 256, crop.shape, dtype=np.uint8)
    blank = np.full_like(crop, 90)
    for frame, reference in ((blank, crop), (crop, blank), (blank, blank), (noise, crop), (crop[::-1], crop)):
        result = register(frame, reference)
        assert not result.ok
        assert np.array_equal(result.frame, frame)
        assert np.array_equal(result.matrix, np.eye(2, 3))
        assert (result.gain, result.offset) == (1.0, 0.0)


def test_motion_beyond_reason_is_refused(crop):
    assert not register(np.roll(crop, 30, axis=1), crop).ok


def test_result_is_the_same_in_every_thread_and_order(crop, similarity, move):
    frames = [move(crop, similarity(0.1 * step, -0.05 * step)) for step in range(6)]

    def fingerprint(frame):
        result = register(frame, crop)
        return result.frame.tobytes() + result.matrix.tobytes()

    expected = [fingerprint(frame) for frame in frames]
    cv2.setRNGSeed(123)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(fingerprint, frames[::-1]))[::-1] == expected
    registrar = Registrar(crop)
    assert [registrar.register(frame).matrix.tobytes() for frame in frames] == [
        register(frame, crop).matrix.tobytes() for frame in frames
    ]


def test_small_pictures_before_change_nothing(crop, similarity, move):
    frame = move(crop, similarity(0.4))
    small = cv2.resize(crop, (32, 32), interpolation=cv2.INTER_AREA)

    def after(*pictures):
        for picture in pictures:
            register(picture, picture)
        return register(frame, crop).matrix.tobytes()

    with ThreadPoolExecutor(1) as fresh, ThreadPoolExecutor(1) as used:
        assert fresh.submit(after).result() == used.submit(after, small).result()


def test_grey_frames_are_understood(crop, similarity, move):
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    moved = cv2.cvtColor(move(crop, similarity(0.4)), cv2.COLOR_RGB2GRAY)
    assert register(moved, grey).matrix[0, 2] == pytest.approx(-0.4, abs=0.02)


def test_sizes_that_differ_are_named(crop):
    with pytest.raises(InputError, match="`100x112`.*`112x112`"):
        register(crop[:, :100], crop)
    with pytest.raises(InputError, match="square"):
        register(crop, crop[:, :100])
