"""The light runtime says what torch says, imports neither torch nor Transformers, and refuses foreign graphs."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.faces import align_image
from micron_bert.onnx.runtime import OnnxRuntime, find_graphs
from micron_bert.onnx.weights import digest_of_file, digest_of_model
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.recognition.runtimes import open_runtime
from micron_bert.spotting import Spotter
from micron_bert.spotting.tables import describe
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import synthesize_film
from micron_bert.video.writer import write_video

BLOCKED = """
import sys
for name in ("torch", "transformers", "accelerate", "datasets"):
    sys.modules[name] = None  # as if it were not installed
from micron_bert.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def runtimes():
    return open_runtime(None, "cpu", "torch"), open_runtime(None, None, "onnx")


@pytest.fixture(scope="module")
def crops(runtimes):
    photograph = astronaut()
    crop = align_image(photograph, runtimes[0].size).image
    return np.stack([np.roll(crop, (step, step // 2), (0, 1)) for step in range(4)])


@pytest.fixture(scope="module")
def film(face, tmp_path_factory):
    """Three seconds with one micro-expression."""
    calm = {"speech": 0.0, "blink": 0.0, "gaze": 0.0, "turn": 0.0, "light": 0.0, "head": (0.001, 0.002)}
    rates = EventRates(micro=20, macro=0, micro_size=(1.8, 2.0), **calm)
    film = synthesize_film(*face, 3.0, 30.0, np.random.default_rng(5), rates=rates)
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_video(path, np.stack(list(film.frames())), 30.0)
    return path


def test_both_runtimes_describe_the_model_alike(runtimes):
    torch, onnx = runtimes
    for name in ("size", "grid", "labels", "multi_label", "displaces", "expressions"):
        assert getattr(torch, name) == getattr(onnx, name)
    assert (torch.course.back, torch.course.ahead) == (onnx.course.back, onnx.course.ahead)
    assert np.allclose(torch.course.calibration, onnx.course.calibration)


def test_clips_get_the_same_answers(runtimes, crops):
    told = []
    for runtime in runtimes:
        frames = runtime.encode(crops)
        told.append(runtime.compare([frames, frames[::-1]]))
    said = [{**one._asdict(), **(one.action_units._asdict() if one.action_units else {})} for one in told]
    for name, torch in said[0].items():
        if isinstance(torch, np.ndarray):
            np.testing.assert_allclose(said[1][name], torch, atol=1e-4, rtol=1e-4, err_msg=name)
        else:
            assert (said[1][name] is None) == (torch is None), name


def test_courses_get_the_same_answers(runtimes):
    rng = np.random.default_rng(0)
    position = np.cumsum(0.05 * rng.standard_normal((90, 4, 14, 14)), axis=0, dtype=np.float32)
    maps, logits = rng.random((90, 2, 14, 14), np.float32), rng.standard_normal((90, 3, 4)).astype(np.float32)
    for torch, onnx in zip(*(runtime.course.read(position, maps, logits) for runtime in runtimes), strict=True):
        np.testing.assert_allclose(onnx, torch, atol=1e-4)


@pytest.mark.parametrize("number", [0, 1])
def test_a_course_that_is_no_number_is_refused(runtimes, number):
    position = np.full((90, 4, 14, 14), np.nan, np.float32)
    maps, logits = np.zeros((90, 2, 14, 14), np.float32), np.zeros((90, 3, 4), np.float32)
    with pytest.raises(InputError, match="answer is not a number"):
        runtimes[number].course.read(position, maps, logits)


def test_the_command_says_the_same_where_neither_torch_nor_transformers_can_be_imported(runtimes, film):
    run = [sys.executable, "-c", BLOCKED, "spot", str(film)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    spotting = Spotter(Recognizer(runtimes[0])).spot(film)
    assert [interval.kind for interval in spotting.intervals] == ["micro"]
    assert done.stdout == describe(spotting) + "\n"


def test_the_page_can_be_imported_without_them():
    code = "import sys, micron_bert.demo.app; sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_shipped_graphs_were_made_from_the_shipped_weights(runtimes):
    weights = shipped_checkpoint() / "model.safetensors"
    assert digest_of_file(weights) == runtimes[1].record.weights == digest_of_model(runtimes[0].model), (
        "the weights changed; run `micron-bert export src/micron_bert/checkpoints/tiny --light --output NEW`, and "
        "move what it wrote to `src/micron_bert/checkpoints/tiny/onnx`"
    )


def test_graphs_of_other_weights_are_refused(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(InputError, match="made from other weights"):
        find_graphs(tmp_path / "model")


def test_missing_and_damaged_graphs_are_told_in_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="micron-bert export"):
        OnnxRuntime.from_pretrained(tmp_path / "empty")
    folder = shutil.copytree(shipped_checkpoint() / "onnx", tmp_path / "graphs")
    (folder / "pair.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match="damaged"):
        OnnxRuntime.from_pretrained(folder)
    (folder / "pair.onnx").unlink()
    with pytest.raises(InputError, match="missing"):
        OnnxRuntime.from_pretrained(folder)


def test_what_a_runtime_cannot_do_is_told_in_a_sentence(runtimes):
    with pytest.raises(InputError, match="leave the device out"):
        Recognizer.from_pretrained(device="cuda", runtime="onnx")
    with pytest.raises(InputError, match="choose `torch` or `onnx`"):
        Recognizer.from_pretrained(runtime="tensorflow")
    with pytest.raises(InputError, match="crops of `112x112`"):
        runtimes[1].encode([np.zeros((64, 64, 3), np.uint8)])
