"""The pipeline says what the recognizer says, whatever the clip comes as, and works without the package."""

import functools
import http.server
import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import pipeline

import micron_bert
from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.model import clip_micron_bert, frames_micron_bert, pipeline_micron_bert
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.report import to_json
from micron_bert.spotting.spotter import Spotter
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video

TASK = "micro-expression-recognition"


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.from_pretrained()


@pytest.fixture(scope="module")
def recognize():
    micron_bert.register()
    return pipeline(TASK, model=str(shipped_checkpoint()), device="cpu")


@pytest.fixture(scope="module")
def served(film, tmp_path_factory):
    """Address of the film's folder on a server of this machine."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=film.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def same(one, other):
    near = dict.fromkeys(("micro_map", "score", "scores", "action_units"), 0)
    assert {**one, **near} == {**other, **near}
    np.testing.assert_allclose(one["micro_map"], other["micro_map"], atol=1e-5)
    assert [entry["label"] for entry in one["scores"]] == [entry["label"] for entry in other["scores"]]
    for mine, its in zip(one["scores"], other["scores"], strict=True):
        assert mine["score"] == pytest.approx(its["score"], abs=1e-5)
    for mine, its in zip(one["action_units"], other["action_units"], strict=True):
        assert mine == {**its, **{name: pytest.approx(its[name], abs=1e-4) for name in ("probability", "intensity")}}


def test_a_film_is_answered_by_its_course_as_by_the_command(recognize, recognizer, film):
    result, expected = recognize(film), Spotter(recognizer).recognize(film)
    assert result["detected"] == expected.detection.detected == "yes" and result["reason"] is None
    assert result["label"] == expected.label == "positive" and result["resembles"] == expected.resembles
    assert {entry["label"]: entry["score"] for entry in result["scores"]} == pytest.approx(
        expected.probabilities, abs=1e-5
    )
    assert [result["interval"][name] for name in ("onset", "apex", "offset")] == [
        getattr(expected, name) for name in ("onset", "apex", "offset")
    ]
    assert [result["interval"][name] for name in ("start", "peak", "end")] == pytest.approx(
        [expected.times[name] for name in ("onset", "apex", "offset")]
    )
    np.testing.assert_allclose(result["micro_map"], expected.micro_map, atol=1e-5)
    record = to_json(expected)
    assert result["detection"]["findings"][0]["kind"] == "micro"
    assert result["detection"].keys() == record["detection"].keys() and result["description"] == record["description"]


def test_a_film_without_an_expression_is_a_no_with_its_reason(recognize, film, tmp_path):
    first = next(iter(open_video(film))).image
    result = recognize([first] * 40)
    assert (result["label"], result["detected"], result["reason"]) == ("none", "no", "too little movement")
    assert result["resembles"] is None and not result["detection"]["findings"]
    assert not any(unit["shown"] for unit in result["action_units"])


def test_frames_in_memory_are_the_film(recognize, film, tmp_path):
    with open_video(film) as video:
        frames = [frame.image for frame in video]
    lossless = tmp_path / "frames"
    lossless.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(lossless / f"{number:03d}.png")
    expected = recognize(str(lossless), fps=video.fps)
    for form in (frames, np.stack(frames), [Image.fromarray(frame) for frame in frames]):
        same(recognize(form, fps=video.fps), expected)
    slow = recognize(frames, fps=15)
    assert slow["interval"]["peak"] == pytest.approx(slow["interval"]["apex"] / 15)
    assert slow["detection"]["input"]["frames_per_second"] == 15


def test_a_model_without_a_course_head_compares_two_frames(recognize, recognizer, film, monkeypatch):
    monkeypatch.setattr(recognize.model.config, "course_calibration", None)
    result, expected = recognize(film), recognizer.recognize(film)
    assert (result["detected"], result["reason"], result["detection"]) == ("cannot tell", "two frames", None)
    assert result["label"] == expected.label == "positive"
    assert result["score"] == pytest.approx(max(expected.probabilities.values()), abs=1e-5)


def test_a_macro_expression_gets_no_name(recognize, film, monkeypatch):
    """The score is then how probable it is."""
    recognize_film = pipeline_micron_bert.recognize_film

    def macro(*args, **options):
        recognition, record = recognize_film(*args, **options)
        return replace(recognition, label=None, probabilities={"none": 0.25}), record

    monkeypatch.setattr(pipeline_micron_bert, "recognize_film", macro)
    result = recognize(film)
    assert result["label"] is None and result["score"] == 0.75 and result["resembles"] is None


def test_pictures_of_a_pair_are_decoded_and_followed_once(recognize, film, monkeypatch, tmp_path):
    paths = []
    for frame in open_video(film):
        if frame.index in (5, 10):
            paths.append(tmp_path / f"{frame.index}.png")
            Image.fromarray(frame.image).save(paths[-1])
    aligned, decoded = [], []
    align_clip, to_rgb = clip_micron_bert.align_clip, frames_micron_bert.to_rgb
    monkeypatch.setattr(
        clip_micron_bert, "align_clip", lambda *args, **options: aligned.append(1) or align_clip(*args, **options)
    )
    monkeypatch.setattr(frames_micron_bert, "to_rgb", lambda picture: decoded.append(picture) or to_rgb(picture))
    recognize(tuple(paths))
    assert len(aligned) == 1 and decoded == paths


def test_pair_gives_what_the_recognizer_gives(recognize, recognizer, film):
    frames = {frame.index: frame.image for frame in open_video(film)}
    expected = recognizer.recognize_pair(frames[5], frames[10])
    result = recognize((frames[5], Image.fromarray(frames[10])))
    assert result["interval"] is None and result["label"] == expected.label
    assert result["score"] == pytest.approx(max(expected.probabilities.values()), abs=1e-5)


def test_a_clip_is_the_same_in_every_form(recognize, crops, tmp_path):
    (tmp_path / "clip").mkdir()
    for number, crop in enumerate(crops):
        Image.fromarray(crop).save(tmp_path / "clip" / f"{number}.png")
    expected = recognize(list(crops))
    assert expected["interval"]["peak"] == pytest.approx(expected["interval"]["apex"] / 30)
    paths = [str(tmp_path / "clip" / f"{number}.png") for number in range(len(crops))]
    for form in (crops, torch.from_numpy(crops), [Image.fromarray(crop) for crop in crops], paths, tmp_path / "clip"):
        same(recognize(form), expected)
    slow = recognize(list(crops), fps=15, aligned=True)["interval"]
    assert slow["peak"] == pytest.approx(slow["apex"] / 15)


def test_a_batch_is_what_its_clips_are(recognize, crops, film):
    clips = [list(crops), (crops[5], crops[10]), str(film), crops[3:], (crops[4], crops[9])]
    expected = [recognize(clip) for clip in clips]
    assert [result["interval"] is None for result in expected] == [False, True, False, False, True]
    for batch_size in (None, 2):
        for mine, its in zip(recognize(clips, batch_size=batch_size), expected, strict=True):
            same(mine, its)
    streamed = list(recognize((clip for clip in clips[:2]), batch_size=2))
    same(streamed[1], expected[1])


def test_options(recognize, crops):
    pair = (crops[5], crops[10])
    assert len(recognize(pair)["scores"]) == 4
    named = recognize(pair, top_k=2, picture=True)
    assert len(named["scores"]) == 2 and named["scores"][0]["score"] == named["score"]
    assert isinstance(named["micro_map"], Image.Image) and named["micro_map"].size == (336, 336)
    half = pipeline(TASK, model=str(shipped_checkpoint()), dtype=torch.bfloat16, device="cpu")
    assert half.model.dtype == torch.bfloat16 and half(pair)["micro_map"].dtype == np.float32


def test_action_units_are_scored_one_by_one(recognize, crops):
    config = recognize.model.config
    try:
        config.problem_type = "multi_label_classification"
        result = recognize((crops[5], crops[10]))
    finally:
        config.problem_type = "single_label_classification"
    assert sum(entry["score"] for entry in result["scores"]) != pytest.approx(1, abs=1e-3)


def test_a_head_for_action_units_is_heard(crops, tmp_path):
    model = MicronBertForVideoClassification.from_pretrained(shipped_checkpoint())
    model.save_pretrained(tmp_path)
    MicronBertImageProcessor.from_pretrained(shipped_checkpoint()).save_pretrained(tmp_path)
    units = pipeline(TASK, model=str(tmp_path), device="cpu", trust_remote_code=True)((crops[5], crops[10]))[
        "action_units"
    ]
    assert {one["number"] for one in units} == set(model.config.action_units)
    assert [one["probability"] for one in units] == sorted((one["probability"] for one in units), reverse=True)
    pixels = MicronBertImageProcessor.from_pretrained(tmp_path)([crops[5], crops[10]], return_tensors="pt")
    with torch.inference_mode():
        told = model.eval()(**pixels)
    expected = dict(zip(model.config.action_units, told.action_unit_logits[0].sigmoid().tolist(), strict=True))
    assert {one["number"]: one["probability"] for one in units} == pytest.approx(expected, abs=1e-4)
    sides = dict(zip(model.config.action_units, told.action_unit_sides[0].argmax(dim=-1).tolist(), strict=True))
    assert all(one["side"] == ("both", "left", "right")[sides[one["number"]]] for one in units if one["shown"])


def test_video_is_downloaded_and_gone_afterwards(recognize, film, served, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    same(recognize(f"{served}/{film.name}"), recognize(film))
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(frames_micron_bert, "LARGEST_DOWNLOAD", 1000)
    with pytest.raises(ValueError, match="at most .* MiB are downloaded"):
        recognize(f"{served}/{film.name}")
    with pytest.raises(ValueError, match="cannot be downloaded: File not found"):
        recognize(f"{served}/nothing.mp4")
    with pytest.raises(ValueError, match="cannot be downloaded"):
        recognize("http://127.0.0.1:1/clip.mp4")
    assert not list(tmp_path.iterdir())


def broken(film, folder):
    (folder / "broken.mp4").write_bytes(b"no film at all" * 99)
    return str(folder / "broken.mp4")


@pytest.mark.parametrize("package", [True, False])
@pytest.mark.parametrize(
    "make, options, sentence",
    [
        (lambda film, folder: [], {}, "is empty"),
        (lambda film, folder: None, {}, "`NoneType` is no clip"),
        (lambda film, folder: {"onset": 1}, {}, "`dict` is no clip"),
        (lambda film, folder: [film, 3], {"aligned": True}, "`int` is no clip"),
        (lambda film, folder: tuple(np.full((9, 9, 3), 300.0) for _ in range(2)), {}, "must lie in"),
        (lambda film, folder: np.zeros((112, 112, 3), np.uint8), {}, "There is one frame"),
        (lambda film, folder: [np.zeros((112, 112, 3), np.uint8)], {}, "There is one frame"),
        (
            lambda film, folder: tuple(np.zeros((112, 100 + i, 3), np.uint8) for i in (0, 9)),
            {"aligned": True},
            "must have one size",
        ),
        (lambda film, folder: "nothing.mp4", {}, "There is no video `nothing.mp4`"),
        (lambda film, folder: "ftp://host/clip.mp4", {}, "`ftp://host/clip.mp4` is no address that can be downloaded"),
        (broken, {}, "cannot be read as a video"),
        (lambda film, folder: film, {"start": 0.0, "end": 0.01, "aligned": True}, "There is one frame"),
        (lambda film, folder: film, {"start": 90.0}, "has no frame between"),
        (lambda film, folder: film, {"fps": -1}, "`fps` is `-1`"),
        (lambda film, folder: np.zeros((70, 112, 112, 3), np.uint8), {"fps": 1}, "longer than 60 s"),
        (lambda film, folder: film, {"top_k": 0}, "`top_k` is `0`"),
        (lambda film, folder: film, {"threshold": 0.5}, "no parameter `threshold`"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(
    recognize, film, tmp_path, monkeypatch, package, make, options, sentence
):
    if not package:
        monkeypatch.setattr(frames_micron_bert, "open_video", None)
        monkeypatch.setattr(clip_micron_bert, "align_clip", None)
    with pytest.raises(ValueError, match=sentence):
        recognize(make(film, tmp_path), **options)


def test_faces_need_the_package(recognize, film, monkeypatch):
    """A film that nobody aligned is refused, not answered by what two whole pictures would say."""
    monkeypatch.setattr(clip_micron_bert, "align_clip", None)
    for options in ({}, {"aligned": False}):
        with pytest.raises(ValueError, match="the face in them needs the package `micron_bert`.*`aligned=True`"):
            recognize(film, **options)
    assert recognize(film, aligned=True)["scores"]


def test_the_answer_says_what_two_frames_can_tell(recognize, recognizer, film):
    frames = {frame.index: frame.image for frame in open_video(film)}
    result, expected = recognize((frames[5], frames[10])), recognizer.recognize_pair(frames[5], frames[10])
    assert (result["detected"], result["reason"]) == (expected.detection.detected, expected.detection.reason)
    assert result["detected"] == "cannot tell" and result["resembles"] == expected.resembles
    record = to_json(expected)
    assert result["description"] == record["description"]
    assert "moved" in result["description"]["sentence"] and result["description"]["percent_of_eye_distance"] > 0.3


def test_frames_are_read_alike_without_the_package(film, tmp_path, monkeypatch):
    with_package = list(frames_micron_bert.read_frames(film, start=0.1, end=0.5))
    monkeypatch.setattr(frames_micron_bert, "open_video", None)
    without = list(frames_micron_bert.read_frames(film, start=0.1, end=0.5))
    assert len(without) == len(with_package) > 5
    for mine, its in zip(without, with_package, strict=True):
        assert mine.index == its.index and mine.time == pytest.approx(its.time)
        np.testing.assert_array_equal(mine.image, its.image)


WITHOUT_THE_PACKAGE = """
import pickle, sys
sys.modules["micron_bert"] = None  # as if it were not installed
from transformers import pipeline
clips = pickle.load(open(sys.argv[2], "rb"))
recognize = pipeline("micro-expression-recognition", model=sys.argv[1], trust_remote_code=True, device="cpu")
results = [recognize(clip) for clip in clips] + recognize(clips, batch_size=2)
stock = pipeline("video-classification", model=sys.argv[1], trust_remote_code=True, device="cpu")
recognize.save_pretrained(sys.argv[4])
pickle.dump((results, stock(clips[-1], top_k=1)), open(sys.argv[3], "wb"))
"""


def test_same_numbers_without_the_package(recognize, recognizer, crops, tmp_path):
    recognizer.model.save_pretrained(tmp_path / "model")
    recognizer.processor.save_pretrained(tmp_path / "model")
    write_video(tmp_path / "crops.mp4", crops, 30)
    clips = [list(crops), (crops[5], crops[10]), str(tmp_path / "crops.mp4")]
    expected = [recognize(clip) for clip in clips]
    (tmp_path / "clips.pickle").write_bytes(pickle.dumps(clips))
    environment = {**os.environ, "HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1"}
    arguments = [str(tmp_path / name) for name in ("model", "clips.pickle", "results.pickle", "again")]
    command = [sys.executable, "-c", WITHOUT_THE_PACKAGE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    results, stock = pickle.loads((tmp_path / "results.pickle").read_bytes())
    for mine, its in zip(results, expected * 2, strict=True):
        same(mine, its)
    # its video processor travels too
    own = pipeline("video-classification", model=str(tmp_path / "model"), device="cpu", trust_remote_code=False)
    (answer,) = own(clips[-1], top_k=1)
    assert (stock[0]["label"], stock[0]["score"]) == (answer["label"], pytest.approx(answer["score"], abs=1e-5))

    # what remote code saves works again
    for folder in ("model", "again"):
        assert set(json.loads((tmp_path / folder / "config.json").read_text())["custom_pipelines"]) == {TASK}
        files = {path.name for path in (tmp_path / folder).iterdir()}
        assert {
            "pipeline_micron_bert.py",
            "frames_micron_bert.py",
            "moment_micron_bert.py",
            "preprocessor_config.json",
        } <= files
