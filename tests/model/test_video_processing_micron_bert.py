"""The video processor takes the frames that a micro-expression is in, and the library's own tools find it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from transformers import pipeline
from transformers.models.auto.video_processing_auto import AutoVideoProcessor
from transformers.video_utils import VideoMetadata

import micron_bert
from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor, MicronBertVideoProcessor
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.video.writer import write_video


@pytest.fixture
def processor():
    return MicronBertVideoProcessor(size={"height": 32, "width": 32})


@pytest.fixture
def clip():
    """Forty frames that stand still, but for a square that comes at frame 20 and is there in full at 24."""
    rng = np.random.default_rng(0)
    frames = np.repeat(rng.integers(60, 160, (1, 32, 32, 3)), 40, axis=0)
    for frame in range(20, 40):
        frames[frame, 20:28, 10:22] += 10 * min(frame - 19, 5)
    return frames.astype(np.uint8)


def test_onset_and_apex_are_sampled(processor, clip):
    features = processor(clip, do_sample_frames=True, return_metadata=True, return_tensors="pt")
    assert features.pixel_values.shape == (1, 2, 3, 32, 32)
    assert features.video_metadata[0].frames_indices == [19, 24]
    expected = MicronBertImageProcessor(size={"height": 32, "width": 32})(clip[[19, 24]], return_tensors="pt")
    torch.testing.assert_close(features.pixel_values, expected.pixel_values)


@pytest.mark.parametrize(("num_frames", "expected"), [(3, [19, 22, 24]), (6, [19, 20, 21, 22, 23, 24])])
def test_more_frames_are_the_course_from_onset_to_apex(processor, clip, num_frames, expected):
    features = processor(clip, do_sample_frames=True, num_frames=num_frames, return_metadata=True)
    found = features.video_metadata[0].frames_indices
    assert found[0] == expected[0] and found[-1] == expected[-1] and len(found) == num_frames


def test_more_frames_than_the_rise_has_go_on_after_it(processor, clip):
    features = processor(clip, do_sample_frames=True, num_frames=30, return_metadata=True)
    assert features.video_metadata[0].frames_indices == list(range(10, 40))


def test_light_that_changes_is_no_movement(processor, clip):
    clip = clip.astype(np.float32)
    clip[5:10] *= 0.8
    features = processor(clip, do_sample_frames=True, return_metadata=True)
    assert features.video_metadata[0].frames_indices == [19, 24]


def test_frames_by_rate(processor, clip):
    features = processor(clip, do_sample_frames=True, fps=5, video_metadata=[{"total_num_frames": 40, "fps": 30}])
    assert features["pixel_values"].shape[1] == 7
    metadata = VideoMetadata(total_num_frames=40, fps=30)
    assert processor.sample_frames(metadata, fps=5) == [0, 6, 12, 18, 24, 30, 36]
    assert processor.sample_frames(metadata, num_frames=3) == [0, 20, 39]  # no frames to look at: even distances


def test_all_frames_without_sampling(processor, clip):
    assert processor(clip).pixel_values.shape == (1, 40, 3, 32, 32)
    assert processor([clip, clip]).pixel_values.shape == (2, 40, 3, 32, 32)
    assert processor(list(clip)).pixel_values.shape == (1, 40, 3, 32, 32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_frames": 1}, "between 2, onset and apex, and the video's 40 frames, got 1"),
        ({"num_frames": 50}, "between 2, onset and apex, and the video's 40 frames, got 50"),
        ({"num_frames": 2, "fps": 5}, "exclude each other"),
        ({"fps": 5}, "needs `video_metadata`"),
        ({"fps": 50, "video_metadata": [{"total_num_frames": 40, "fps": 30}]}, "not above the video's own 30"),
        ({"video_metadata": [{"total_num_frames": 40}] * 2}, "got 2 for 1 videos"),
    ],
)
def test_impossible_samples_are_refused(processor, clip, arguments, message):
    with pytest.raises(ValueError, match=message):
        processor(clip, do_sample_frames=True, **arguments)


def test_what_is_no_video_is_told(processor, tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(ValueError, match="text.mp4"):
        processor(str(tmp_path / "text.mp4"))
    with pytest.raises(ValueError, match="equal `height` and `width`"):
        processor(str(tmp_path / "text.mp4"), size={"shortest_edge": 32})


def test_stock_pipeline_says_what_the_own_pipeline_says(clear_film):
    folder = str(shipped_checkpoint())
    stock = pipeline("video-classification", model=folder, device="cpu", trust_remote_code=False)
    assert isinstance(stock.video_processor, MicronBertVideoProcessor)
    answer = stock(str(clear_film), top_k=4)
    micron_bert.register()
    own = pipeline("micro-expression-recognition", model=folder, device="cpu")(str(clear_film))
    assert answer[0]["label"] == own["label"] == "positive"
    assert sum(entry["score"] for entry in answer) == pytest.approx(1, abs=1e-5)
    sampled = stock.video_processor(str(clear_film), do_sample_frames=True, return_metadata=True).video_metadata[0]
    for mine, its in zip(sampled.frames_indices, (own["interval"]["onset"], own["interval"]["apex"]), strict=True):
        assert abs(mine - its) <= 4  # of 30 per second


def test_saved_and_loaded(processor, clip, tmp_path):
    processor.save_pretrained(tmp_path / "own")
    assert (tmp_path / "own" / "video_preprocessor_config.json").is_file()
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "image")
    expected = processor(clip[:2]).pixel_values
    for folder in ("own", "image"):
        loaded = AutoVideoProcessor.from_pretrained(tmp_path / folder, trust_remote_code=False)
        assert type(loaded) is MicronBertVideoProcessor
        np.testing.assert_array_equal(loaded(clip[:2]).pixel_values, expected)
    again = MicronBertImageProcessor.from_pretrained(tmp_path / "image").for_videos()
    np.testing.assert_array_equal(again(clip[:2]).pixel_values, expected)


WITHOUT_THE_PACKAGE = """
import json, sys
sys.modules["micron_bert"] = None  # as if it were not installed
from transformers import AutoImageProcessor, pipeline
from transformers.models.auto.video_processing_auto import AutoVideoProcessor
folder, film, again = sys.argv[1:]
stock = pipeline("video-classification", model=folder, device="cpu", trust_remote_code=True)
answer = stock(film)
AutoImageProcessor.from_pretrained(folder, trust_remote_code=True).save_pretrained(again)
processor = AutoVideoProcessor.from_pretrained(again, trust_remote_code=True)
frames = processor(film, do_sample_frames=True, return_metadata=True).video_metadata[0].frames_indices
print("FOUND", json.dumps({"kind": type(stock.video_processor).__name__, "answer": answer, "frames": frames}))
"""


def test_travels_with_the_checkpoint(processor, clip, mini_config, tmp_path):
    torch.manual_seed(0)
    model = MicronBertForVideoClassification(mini_config).eval()
    model.save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    write_video(tmp_path / "film.mp4", clip, 30)
    environment = {**os.environ, "HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1"}
    arguments = [str(tmp_path / name) for name in ("model", "film.mp4", "again")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.split("FOUND")[1])
    assert found["kind"] == "MicronBertVideoProcessor"
    # the square stays, so every frame of the half second after its onset shows as much
    assert found["frames"][0] in range(17, 21) and found["frames"][1] in range(22, 36)
    here = pipeline("video-classification", model=model, video_processor=processor, device="cpu")
    expected = here(str(tmp_path / "film.mp4"))
    assert [entry["label"] for entry in found["answer"]] == [entry["label"] for entry in expected]
    scores = [entry["score"] for entry in expected]
    assert [entry["score"] for entry in found["answer"]] == pytest.approx(scores, abs=1e-5)
