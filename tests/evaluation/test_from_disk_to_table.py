"""The whole road with the licensed datasets: look over, prepare, evaluate."""

import json

import cv2
import numpy as np
import openpyxl
import pytest
import skimage.data

from micron_bert.cli.main import main

# where the astronaut's face moves in her picture, in which direction, and how the sheets call it
MOVES = {
    "disgust": ((126, 96), 2.5, "4"),
    "happiness": ((126, 152), 3.0, "12"),
    "surprise": ((126, 92), -3.0, "1+2"),
}
LENGTH, APEX = 5, 2


def recording(emotion, rng):
    """Frames of a face that moves up to the apex and back, in another light each time."""
    scene = skimage.data.astronaut()[:260, 100:360]
    (x0, y0), pixels, _ = MOVES[emotion]
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    weight = np.exp(-(((x - x0) / 26) ** 2 + ((y - y0) / 14) ** 2))
    light = rng.uniform(0.85, 1.0)
    for number in range(LENGTH):
        part = np.float32(pixels * (1 - abs(number - APEX) / APEX))
        moved = cv2.remap(scene, x, y + part * weight, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        yield np.clip(moved * light + rng.normal(0, 1, scene.shape), 0, 255).astype(np.uint8)


def write_clip(folder, name, first, emotion, rng, grey=False):
    folder.mkdir(parents=True)
    for number, frame in enumerate(recording(emotion, rng), first):
        picture = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if grey else frame[..., ::-1]
        assert cv2.imwrite(str(folder / name.format(number)), picture)


def write_sheet(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """CASME II and SAMM as their owners hand them out, with three and two people."""
    root, rng = tmp_path_factory.mktemp("copies"), np.random.default_rng(0)
    header = ("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None, "Action Units")
    rows = [(*header, "Estimated Emotion")]
    for subject in ("01", "02", "03"):
        for number, (emotion, (_, _, units)) in enumerate(MOVES.items(), 1):
            clip = f"EP0{number}_01"
            write_clip(root / "casme2" / "CASME2-RAW" / f"sub{subject}" / clip, "img{}.jpg", 46, emotion, rng)
            rows.append((subject, clip, None, 46, 46 + APEX, 50, None, units, emotion))
    rows.append(("03", "EP09_01", None, 1, 2, 3, None, "4", "disgust"))  # without pictures
    write_sheet(root / "casme2" / "CASME2-coding-20140508.xlsx", rows)

    header = ("Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame", "Duration")
    rows = [
        ("A page of explanations",),
        (None,),
        (*header, "Micro", "Action Units", "Estimated Emotion", "Objective Classes"),
    ]
    for subject in (6, 7):
        for number, (emotion, (_, _, units)) in enumerate(MOVES.items(), 1):
            clip = f"00{subject}_{number}_1"
            folder = root / "samm" / f"00{subject}" / clip
            write_clip(folder, f"00{subject}_{{:05d}}.jpg", 5562, emotion, rng, grey=True)
            word = emotion.capitalize()
            rows.append((subject, clip, 1, 5562, 5562 + APEX, 5566, LENGTH, "Micro - 1/2", units, word, 1))
    write_sheet(root / "samm" / "SAMM_Micro_FACS_Codes_v2.xlsx", rows)
    return root


def test_from_disk_to_table(copies, tmp_path, capsys):
    assert main(["doctor", "casme2", str(copies / "casme2")]) == 1
    said = capsys.readouterr().out
    assert "10 clips in the sheet or folder, 9 with their pictures" in said
    assert "sub03/EP09_01 (row 11): there is no folder of this clip" in said

    for name in ("casme2", "samm"):
        assert main(["prepare", name, str(copies / name), "--output", str(tmp_path / name)]) == 0
    assert "dropped: casme2 sub03/EP09_01 (row 11)" in capsys.readouterr().err

    data = [str(tmp_path / "casme2"), str(tmp_path / "samm")]
    common = ["evaluate", "--protocol", "megc2019", "--data", *data]
    assert main([*common, "--output", str(tmp_path / "flow"), "--baseline", "flow"]) == 0
    model = ["--checkpoint", "tiny", "--epochs", "1", "--use_cpu", "--compare_with", str(tmp_path / "flow")]
    assert main([*common, "--output", str(tmp_path / "model"), *model]) == 0
    flow, model = (json.loads((tmp_path / name / "report.json").read_text()) for name in ("flow", "model"))
    assert model["folds"] == 5 and model["labels"] == ["negative", "positive", "surprise"]
    assert {name: part["clips"] for name, part in model["datasets"].items()} == {"casme2": 9, "samm": 6}
    # the same three movements in everybody: whoever looks at the right frames tells them apart
    assert flow["full"]["uf1"]["mean"] > 0.8
    # what is missing in the composite is told, and these are no faces of the shipped model
    assert any(note.startswith("smic has 0/0/0 clips") for note in model["notes"]) and not model["known_faces"]
    assert "| DIS flow + PCA + ridge | " in (tmp_path / "model" / "report.md").read_text()
