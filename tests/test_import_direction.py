"""Imports go one way through the package, and what is published as remote code stands on its own."""

import ast
import re
from pathlib import Path

import micron_bert

PACKAGE = Path(micron_bert.__file__).parent

# a file may import from its own row and from rows above it
ROWS = [
    {
        "cache_folder",
        "cache_key",
        "errors",
        "escaping",
        "home",
        "output_folder",
        "parquet_shards",
        "stored_arrays",
        "workers",
    },
    {"labels"},
    {"video"},
    {"faces"},
    {"synthesis"},
    {"ops", "model", "metrics"},
    {"arguments"},
    {"checkpoints", "onnx"},
    {"pictures"},
    {"recognition"},
    {"spotting"},
    {"questions"},
    {"data"},
    {"training"},
    {"evaluation"},
    {"publishing"},
    {"demo"},
    {"cli"},
    {"__main__"},
]
REMOTE = {
    "architecture_micron_bert": set(),
    "configuration_micron_bert": {"architecture_micron_bert"},
    "attention_micron_bert": {"package_micron_bert"},
    "package_micron_bert": set(),
    "saving_micron_bert": set(),
    "picture_micron_bert": {"container_micron_bert"},
    "image_processing_micron_bert": {"picture_micron_bert", "video_processing_micron_bert"},
    "video_processing_micron_bert": {
        "clip_micron_bert",
        "frames_micron_bert",
        "image_processing_micron_bert",
        "moment_micron_bert",
        "picture_micron_bert",
        "pixel_movement_micron_bert",
    },
    "pixel_movement_micron_bert": {"moment_micron_bert", "recognizer_micron_bert"},
    "clip_micron_bert": {"frames_micron_bert", "package_micron_bert", "recognizer_micron_bert"},
    "embeddings_micron_bert": {"attention_micron_bert", "configuration_micron_bert"},
    "heads_micron_bert": set(),
    "outputs_micron_bert": set(),
    "action_units_micron_bert": {"heads_micron_bert"},
    "contrastive_micron_bert": {
        "action_units_micron_bert",
        "configuration_micron_bert",
        "heads_micron_bert",
        "modeling_micron_bert",
        "outputs_micron_bert",
    },
    "course_micron_bert": {"course_steps_micron_bert"},
    "course_steps_micron_bert": set(),
    "objectives_micron_bert": {"attention_micron_bert", "embeddings_micron_bert"},
    "swapping_micron_bert": set(),
    "agreement_micron_bert": set(),
    "pretrained_model_micron_bert": {
        "action_units_micron_bert",
        "attention_micron_bert",
        "configuration_micron_bert",
        "course_micron_bert",
        "displaced_attention_micron_bert",
        "embeddings_micron_bert",
        "heads_micron_bert",
        "modeling_micron_bert",
        "objectives_micron_bert",
        "saving_micron_bert",
    },
    "encoder_micron_bert": {
        "attention_micron_bert",
        "configuration_micron_bert",
        "displaced_attention_micron_bert",
        "embeddings_micron_bert",
        "outputs_micron_bert",
        "pretrained_model_micron_bert",
    },
    "pretraining_micron_bert": {
        "agreement_micron_bert",
        "configuration_micron_bert",
        "embeddings_micron_bert",
        "encoder_micron_bert",
        "objectives_micron_bert",
        "outputs_micron_bert",
        "pretrained_model_micron_bert",
        "swapping_micron_bert",
    },
    "video_classification_micron_bert": {
        "action_units_micron_bert",
        "configuration_micron_bert",
        "course_micron_bert",
        "encoder_micron_bert",
        "heads_micron_bert",
        "outputs_micron_bert",
        "pretrained_model_micron_bert",
        "saving_micron_bert",
    },
    "modeling_micron_bert": {
        "embeddings_micron_bert",
        "encoder_micron_bert",
        "outputs_micron_bert",
        "pretrained_model_micron_bert",
        "pretraining_micron_bert",
        "video_classification_micron_bert",
    },
    "displaced_attention_micron_bert": {"attention_micron_bert", "package_micron_bert"},
    "moment_micron_bert": set(),
    "heat_map_micron_bert": set(),
    "description_micron_bert": set(),
    "container_micron_bert": set(),
    "film_micron_bert": {"container_micron_bert", "picture_micron_bert"},
    "frames_micron_bert": {"film_micron_bert", "package_micron_bert", "picture_micron_bert"},
    "recognizer_micron_bert": {"moment_micron_bert", "unit_reading_micron_bert"},
    "runtime_micron_bert": {"recognizer_micron_bert", "unit_reading_micron_bert"},
    "unit_reading_micron_bert": set(),
    "pipeline_micron_bert": {
        "unit_reading_micron_bert",
        "clip_micron_bert",
        "description_micron_bert",
        "frames_micron_bert",
        "heat_map_micron_bert",
        "package_micron_bert",
        "picture_micron_bert",
        "recognizer_micron_bert",
        "runtime_micron_bert",
        "saving_micron_bert",
    },
}
LIGHT = {
    "cache_folder",
    "errors",
    "escaping",
    "labels",
    "output_folder",
    "parquet_shards",
    "workers",
    "video",
    "faces",
    "synthesis",
}


# what `video/` takes from the files that travel with the weights: it imports nothing
TAKEN_BY_VIDEO = "micron_bert.model.container_micron_bert"


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_modules(path: Path):
    """Absolute names of what a file imports, also inside functions."""
    here = ("micron_bert", *path.relative_to(PACKAGE).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(here[: len(here) - node.level]) if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


def sources():
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def test_every_room_has_a_row():
    assert {room_of(path) for path in sources()} <= set().union(*ROWS)


def test_imports_go_one_way():
    row = {room: number for number, rooms in enumerate(ROWS) for room in rooms}
    wrong = []
    for path in sources():
        if path.name == "auto.py":  # it registers what is below, when Transformers is loaded
            continue
        for module in imported_modules(path):
            parts = module.split(".")
            if room_of(path) == "video" and module == TAKEN_BY_VIDEO:
                continue
            if parts[0] == "micron_bert" and len(parts) > 1 and row[parts[1]] > row[room_of(path)]:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {module}")
    assert not wrong


def test_evaluation_needs_the_trainer_of_training_and_nothing_else():
    taken = {
        module
        for path in sources()
        if room_of(path) == "evaluation"
        for module in imported_modules(path)
        if module.startswith("micron_bert.training")
    }
    assert taken == {"micron_bert.training.trainer"}


def test_light_rooms_know_neither_torch_nor_transformers():
    heavy = {"torch", "transformers", "accelerate"}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {module}"
        for path in sources()
        if room_of(path) in LIGHT
        for module in imported_modules(path)
        if module.split(".")[0] in heavy
    ]
    assert not wrong


def test_remote_code_imports_its_siblings_and_nothing_else_of_the_package():
    for name, siblings in REMOTE.items():
        text = (PACKAGE / "model" / f"{name}.py").read_text()
        # the loader of remote code reads the text, comments included
        assert set(re.findall(r"from\s+\.(\S+)\s+import", text)) == siblings
        assert not re.findall(r"^(?:import|from) micron_bert", text, flags=re.M)


def test_no_torchvision_no_timm():
    assert not [m for path in sources() for m in imported_modules(path) if m.split(".")[0] in ("torchvision", "timm")]


def test_no_file_is_longer_than_500_lines_or_named_without_a_noun():
    for path in sources():
        assert len(path.read_text().splitlines()) <= 500, path
        assert path.stem not in ("utils", "helpers", "common", "misc"), path
