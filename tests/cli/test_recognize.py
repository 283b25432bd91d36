"""`micron-bert recognize`: what it prints and writes, how often it reads the film, and what it refuses."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut, chelsea

from micron_bert.cli.main import main
from micron_bert.evaluation.spotting.unlabelled import find_films
from micron_bert.video.writer import write_video


def test_all_files_are_written(smile, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["recognize", str(smile[0]), "--output", str(out), "--figures", "pdf,svg"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].startswith("micro-expression found, closely resembles positive")
    assert "px between the eyes" in printed
    assert {file.name for file in out.iterdir()} == {
        "result.json",
        "movement.png",
        "movement.pdf",
        "movement.svg",
        "flip.gif",
        "annotated.mp4",
        "action_units.png",
    }
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["label"] == "positive"
    assert set(result["probabilities"]) == {"negative", "positive", "surprise", "none"}
    assert "% of the distance between the eyes" in result["description"]["sentence"]
    assert result["resembles"] == "closely resembles positive"
    assert result["onset"]["frame"] < result["apex"]["frame"]
    with Image.open(out / "movement.png") as picture:
        assert picture.width > 700


def test_results_lie_among_no_films_and_are_taken_for_none(smile, tmp_path, capsys):
    film = Path(shutil.copy(smile[0], tmp_path))
    assert main(["recognize", str(film), "--output", str(tmp_path)]) == 2
    assert "holds films or pictures (`smile.mp4`), and results would lie among" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [film]
    out = tmp_path / "results"
    for _ in range(2):  # ours are replaced
        assert main(["recognize", str(film), "--output", str(out), "--json"]) == 0
        assert {Path(file) for file in json.loads(capsys.readouterr().out)["files"]} == set(out.iterdir())
    assert (out / "annotated.mp4").is_file() and [found.source for found in find_films(tmp_path)] == [film]
    (out / "action_units.png").rename(out / "curve.png")
    assert main(["recognize", str(film), "--output", str(out)]) == 2
    assert "holds the file `curve.png`, which would be replaced" in capsys.readouterr().err


@pytest.mark.parametrize("moves", [True, False])
def test_film_is_decoded_once_and_twice_for_the_files(smile, tmp_path, decoded, moves):
    """And once more the half second that moves, or the second and a half around the strongest movement of a still."""
    if moves:
        path, length, moving = smile[0], len(smile[1].frames), 16
    else:
        length, moving = 90, 46 + 16
        path = write_video(tmp_path / "still.mp4", [astronaut()[:300, 100:400]] * length, 30)
    assert main(["recognize", str(path)]) == 0
    assert decoded[:length] == list(range(length)) and len(decoded) <= length + moving
    decoded.clear()
    assert main(["recognize", str(path), "--output", str(tmp_path / "out")]) == 0
    assert len(decoded) <= 2 * length + moving
    assert decoded[-length:] == list(range(length))


def test_folder_of_frames_and_two_pictures_work_too(smile, tmp_path, capsys):
    clip, folder = smile[1], tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(clip.frames):  # a movement that has not ended yet could be anything
        Image.fromarray(frame).save(folder / f"img{number}.png")
    assert main(["recognize", str(folder)]) == 0
    assert "positive" in capsys.readouterr().out.splitlines()[0]
    pair = [str(folder / f"img{number}.png") for number in (clip.onset, clip.apex)]
    assert main(["recognize", *pair, "--output", str(tmp_path / "pair")]) == 0
    printed = capsys.readouterr().out
    assert "moved" in printed.splitlines()[0] and "resembles positive" in printed
    files = {"result.json", "movement.png", "flip.gif", "action_units.png"}
    assert {file.name for file in (tmp_path / "pair").iterdir()} == files


def test_every_expression_of_a_long_film_is_named(film, monkeypatch, capsys):
    monkeypatch.setattr("micron_bert.model.recognizer_micron_bert.LONGEST", 1.0)
    assert main(["recognize", str(film[0])]) == 0
    printed = capsys.readouterr().out
    # a short film gives the probabilities of one expression instead
    assert "expression found" in printed.splitlines()[0] and "mean movement" not in printed


def _save(path, *frames):
    path.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(path / f"{number}.png")
    return str(path)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: ["/no/such/film.mp4"], "no file or folder `/no/such/film.mp4`"),
        (lambda p: [_save(p / "one", astronaut())], "one frame"),
        (lambda p: [_save(p / "cat", chelsea(), chelsea())], "No face was found"),
        (lambda p: [_save(p / "sizes", astronaut(), astronaut()[:400])], "one size"),
        (lambda p: [_save(p / "few", astronaut(), astronaut()), "--onset", "0"], "`--onset` and `--apex` go together"),
        (lambda p: [_save(p / "far", astronaut(), astronaut()), "--onset", "0", "--apex", "9"], "no frame 9"),
        (lambda p: [_save(p / "ok", astronaut(), astronaut()), "--model", str(p / "ok")], "cannot be loaded"),
        (lambda p: [_save(p / "no", astronaut()), "--model", ""], "The name of the model is empty; name its folder"),
        (lambda p: [_save(p / "no", astronaut()), "--model", __file__], f"The model `{__file__}` is a file; name the"),
        (lambda p: [_save(p / "no", astronaut()), "--model", __file__, "--runtime", "onnx"], "is a file; name the"),
        (lambda p: [_save(p / "three", astronaut())] * 3, "not 3 paths"),
        (lambda p: [_save(p / "two", astronaut())] * 2 + ["--end", "1"], "`--end` is for a film, not for two"),
        (lambda p: [_save(p / "film", astronaut()), "--missing", "skip"], "`--missing` is for given and for cropped"),
        (
            lambda p: [_save(p / "gif", astronaut()), "--figures", "png,gif"],
            "`--figures` is `gif`; pass",
        ),
        (lambda p: [_save(p / "crop", astronaut()), "--cropped", "--face", "1"], "`--face` does not apply to cropped"),
    ],
)
def test_bad_input_gets_one_sentence_and_2_and_writes_nothing(make, told, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["recognize", *make(tmp_path), "--output", str(out)]) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert told in error[-1] and error[-1].startswith("micron-bert recognize: error: ")
    assert not out.exists()


def test_figures_without_a_folder_for_them_are_refused(smile, capsys):
    assert main(["recognize", str(smile[0]), "--figures", "pdf"]) == 2
    assert "name a folder for them as `--output`" in capsys.readouterr().err


def test_broken_video_gets_one_sentence(tmp_path, capsys):
    (tmp_path / "broken.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 500)
    assert main(["recognize", str(tmp_path / "broken.mp4")]) == 2
    assert "broken.mp4" in capsys.readouterr().err


def test_pretrained_model_without_a_classifier_is_refused(mini_config, tmp_path, capsys):
    from micron_bert import MicronBertImageProcessor, MicronBertModel

    MicronBertModel(mini_config).save_pretrained(tmp_path / "base")
    MicronBertImageProcessor().save_pretrained(tmp_path / "base")
    Image.fromarray(astronaut()).save(tmp_path / "a.png")
    paths = [str(tmp_path / "a.png")] * 2
    assert main(["recognize", *paths, "--model", str(tmp_path / "base")]) == 2
    assert "fine-tune it with `micron-bert finetune`" in capsys.readouterr().err
