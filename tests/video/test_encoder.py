import numpy as np
from skimage.data import astronaut

from micron_bert.video import write_video


def test_the_same_pictures_give_the_same_file_whatever_lies_in_memory(tmp_path):
    picture = astronaut()[:300, 100:400].astype(float)  # 300 is no multiple of 16
    noise = np.random.default_rng(0)
    frames = [
        np.uint8(np.clip(np.roll(picture, n, axis=1) + noise.normal(0, 3, picture.shape), 0, 255)) for n in range(22)
    ]
    files = set()
    for number in range(12):
        waste = [np.full(int(noise.integers(10_000, 400_000)), noise.integers(255), np.uint8) for _ in range(200)]
        del waste
        files.add(write_video(tmp_path / f"{number}.mp4", frames, 30).read_bytes())
    assert len(files) == 1
