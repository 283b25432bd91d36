"""Two hundred broken recipes and annotation sheets: each is read, or refused in one sentence."""

import io
import random
import shutil
from pathlib import Path

import openpyxl
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BATCH = 25
VALUES = [  # what people and programs put where something else belongs
    *("2024-02-30", "2024-01-01", "!!binary aGVsbG8=", ".inf", "-.inf", ".nan", "1e400", "null", "~", "''", "' '"),
    *("[]", "{}", "[[]]", "{a: {b: {c: 1}}}", "true", "yes", "0", "-1", "99999999999999999999999", "1_000", "0x7f"),
    *("'../../etc/passwd'", "/dev/zero", "https://localhost/x", '"\\e[31mred"', '"a\\0b"', "*nothing", "&a [*a]"),
    *(
        "!!python/object/apply:os.system ['true']",
        "!!set {a}",
        "!!omap [a: 1]",
        "|\n  text",
        "'1'",
        "ü",
        "[1, two, 3.0]",
    ),
    "[" * 2000 + "]" * 2000,
]

pytestmark = pytest.mark.fuzz


def batches(cases):
    return [pytest.param(range(s, s + BATCH), id=f"{s}-{s + BATCH - 1}") for s in range(0, cases, BATCH)]


def recipes():
    return sorted(path for path in ROOT.rglob("*.yaml") if path.parent.name == "recipes")


def spoiled(text: str, seed: int, damaged) -> bytes:
    """A recipe with odd values, keys twice, keys that do not exist, or damaged bytes."""
    rng = random.Random(seed)
    if seed % 5 == 0:
        return damaged(text.encode(), seed)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for _ in range(rng.choice((1, 1, 2, 4))):
        number = rng.randrange(len(lines))
        kind = rng.randrange(6)
        if kind == 0:
            lines.insert(number, lines[number])
        elif kind == 1:
            lines.insert(number, f"{rng.choice(('no_such_name', 'seeed', 'config', '1', '<<'))}: {rng.choice(VALUES)}")
        elif kind == 2:
            lines[number] = "\t" + lines[number]
        else:
            lines[number] = f"{lines[number].split(':')[0]}: {rng.choice(VALUES)}"
    return "\n".join(lines).encode()


@pytest.mark.parametrize("seeds", batches(100))
def test_broken_recipes(seeds, damaged, commands, empty, tmp_path):
    (tmp_path / "nobody").mkdir()
    faults = []
    for seed in seeds:
        source = recipes()[seed % len(recipes())]
        command = source.stem.split("_")[0]
        recipe, output = tmp_path / "recipe.yaml", empty()
        recipe.write_bytes(spoiled(source.read_text(encoding="utf-8"), seed, damaged))
        options = {"finetune": "--faces", "pretrain": "--videos", "evaluate": "--data"}
        place = "--output" if command == "evaluate" else "--output_dir"
        answer = commands(command, recipe, options[command], tmp_path / "nobody", place, output)
        fault = answer.fault(output) or (answer.status == 0 and "it trained on nothing")
        if fault:
            faults.append((seed, source.name, fault))
    assert not faults


def sheet() -> bytes:
    """A sheet like CASME II's, in Excel's format."""
    book = openpyxl.Workbook()
    head = (
        "Subject",
        "Filename",
        "",
        "OnsetFrame",
        "ApexFrame",
        "OffsetFrame",
        "",
        "Action Units",
        "Estimated Emotion",
    )
    book.active.append(head)
    for row in (
        (1, "EP02_01f", None, 46, 59, 86, None, "12", "happiness"),
        (2, "EP03_02f", None, 1, "/", 20, None, "4+L10", "disgust"),
        (26, "EP18_50", None, 10, 15, 30, None, "1 or 2", "others"),
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def odd_cells(content: bytes, seed: int) -> bytes:
    """The sheet with cells that hold what does not belong there."""
    rng = random.Random(seed)
    book = openpyxl.load_workbook(io.BytesIO(content))
    odd = [
        None,
        "",
        "/",
        -5,
        0,
        1e308,
        566.4,
        "12a",
        True,
        "=1/0",
        "#REF!",
        "R12 or L14",
        "ref(6)",
        "?",
        "ü" * 300,
        "../x",
    ]
    for _ in range(rng.choice((1, 3, 8))):
        book.active.cell(rng.randrange(1, 6), rng.randrange(1, 11), rng.choice(odd))
    if rng.random() < 0.2:
        book.active.cell(rng.choice((1, 40_000)), rng.choice((200, 16_384)), "far away")
    if rng.random() < 0.2:
        book.active.merge_cells("A1:D2")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("seeds", batches(100))
def test_broken_sheets(seeds, face, damaged, commands, empty, tmp_path):
    from PIL import Image

    faults = []
    for clip, numbers in {"sub01/EP02_01f": range(46, 87), "sub02/EP03_02f": range(1, 21)}.items():
        folder = tmp_path / "CASME2-RAW" / clip
        folder.mkdir(parents=True)
        first = folder / f"img{numbers[0]}.jpg"
        Image.fromarray(face[0]).save(first)
        for number in numbers[1:]:
            shutil.copy(first, folder / f"img{number}.jpg")
    for seed in seeds:
        content = damaged(sheet(), seed) if seed % 2 else odd_cells(sheet(), seed)
        (tmp_path / "CASME2-coding-20140508.xlsx").write_bytes(content)
        answer = commands("doctor", "casme2", tmp_path)
        if fault := answer.fault():
            faults.append((seed, fault))
    assert not faults


def test_the_sound_ones_are_read(commands, tmp_path):
    (tmp_path / "CASME2-coding-20140508.xlsx").write_bytes(sheet())
    (tmp_path / "CASME2-RAW").mkdir()
    assert "EP02_01f" in commands("doctor", "casme2", tmp_path).stdout
    assert {path.stem.split("_")[0] for path in recipes()} == {"finetune", "pretrain", "evaluate"}
    assert all(isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict) for path in recipes())
