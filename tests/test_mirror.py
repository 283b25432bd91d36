"""Every module has its test at the mirrored path, or stands in the table with the test that covers it."""

import ast
from functools import cache
from pathlib import Path

import pytest

from micron_bert.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS = ROOT / "src" / "micron_bert", ROOT / "tests"

# parts of something larger that is tested as a whole: module -> the test that covers it
COVERED = {
    "arguments/data.py": "arguments/test_recipe.py",
    "arguments/evaluation.py": "documents/test_commands.py",
    "arguments/help.py": "arguments/test_recipe.py",
    "arguments/model.py": "arguments/test_recipe.py",
    "arguments/number.py": "arguments/test_recipe.py",
    "arguments/option.py": "arguments/test_recipe.py",
    "arguments/reading.py": "cli/test_prepare.py",
    "arguments/recipe_file.py": "arguments/test_recipe.py",
    "arguments/strictness.py": "cli/test_spot.py",
    "arguments/training.py": "arguments/test_recipe.py",
    "arguments/training_defaults.py": "arguments/test_recipe.py",
    "arguments/unused.py": "cli/test_recognize.py",
    "checkpoints/download.py": "hub/test_checkpoints.py",
    "checkpoints/inspection.py": "checkpoints/test_loading.py",
    "checkpoints/names.py": "checkpoints/test_starting_model.py",
    "cli/answer.py": "cli/test_recognize.py",
    "cli/cluster.py": "data/shards/test_slurm.py",
    "cli/recognizer.py": "cli/test_recognize.py",
    "data/counts.py": "data/test_doctor.py",
    "data/examples/aligned_videos.py": "data/examples/test_moments.py",
    "data/examples/labelled.py": "training/test_finetune.py",
    "data/examples/real_films.py": "data/examples/test_mixture.py",
    "data/examples/unlabelled.py": "training/test_pretrain.py",
    "data/examples/video_files.py": "data/examples/test_mixture.py",
    "data/intervals.py": "data/test_loading.py",
    "data/paths.py": "data/test_loading.py",
    "data/pictures.py": "data/test_loading.py",
    "data/report.py": "data/test_loading.py",
    "data/schema.py": "data/test_loading.py",
    "data/shards/cluster.py": "data/shards/test_executors.py",
    "data/shards/pipeline.py": "data/shards/test_executors.py",
    "data/sources/source.py": "data/test_loading.py",
    "data/tables.py": "data/test_loading.py",
    "demo/connections.py": "demo/test_app.py",
    "demo/look.py": "demo/test_app.py",
    "demo/text.py": "demo/test_app.py",
    "demo/result_place.py": "demo/test_app.py",
    "errors.py": "arguments/test_exit_code.py",
    "evaluation/spotting/unlabelled.py": "cli/test_spot.py",
    "faces/stream.py": "faces/test_clip.py",
    "labels/attributes.py": "labels/test_label_sets.py",
    "labels/durations.py": "spotting/test_extents.py",
    "labels/emotions.py": "labels/test_classes.py",
    "labels/unit_names.py": "labels/test_label_sets.py",
    "labels/unit_sets.py": "labels/test_label_sets.py",
    "model/architecture_micron_bert.py": "model/test_configuration_micron_bert.py",
    "model/attention_micron_bert.py": "model/test_modeling_micron_bert.py",
    "model/clip_micron_bert.py": "model/test_pipeline_micron_bert.py",
    "model/container_micron_bert.py": "model/test_film_micron_bert.py",
    "model/course_steps_micron_bert.py": "spotting/test_steps.py",
    "model/embeddings_micron_bert.py": "model/test_modeling_micron_bert.py",
    "model/frames_micron_bert.py": "model/test_pipeline_micron_bert.py",
    "model/encoder_micron_bert.py": "model/test_modeling_micron_bert.py",
    "model/outputs_micron_bert.py": "model/test_modeling_micron_bert.py",
    "model/picture_micron_bert.py": "model/test_image_processing_micron_bert.py",
    "model/pixel_movement_micron_bert.py": "model/test_pipeline_micron_bert.py",
    "model/pretrained_model_micron_bert.py": "model/test_modeling_micron_bert.py",
    "model/runtime_micron_bert.py": "model/test_recognizer_micron_bert.py",
    "model/unit_reading_micron_bert.py": "recognition/test_units.py",
    "model/video_classification_micron_bert.py": "model/test_modeling_micron_bert.py",
    "onnx/agreement.py": "onnx/test_export.py",
    "onnx/graphs.py": "onnx/test_export.py",
    "onnx/half_precision.py": "onnx/test_export.py",
    "onnx/session.py": "onnx/test_runtime.py",
    "onnx/weights.py": "onnx/test_runtime.py",
    "pictures/magnification.py": "pictures/test_movement.py",
    "publishing/examples.py": "publishing/test_model.py",
    "publishing/upload.py": "hub/test_publish.py",
    "questions/questioner.py": "questions/test_challenge.py",
    "questions/vocabulary.py": "questions/test_question.py",
    "ops/variants.py": "recognition/test_placement.py",
    "recognition/captured_calls.py": "recognition/test_placement.py",
    "recognition/recognition.py": "recognition/test_recognizer.py",
    "recognition/report.py": "recognition/test_recognizer.py",
    "recognition/result_files.py": "recognition/test_recognizer.py",
    "recognition/runtimes.py": "onnx/test_runtime.py",
    "spotting/finder.py": "spotting/test_spotter.py",
    "spotting/head.py": "spotting/test_spotter.py",
    "spotting/interval.py": "spotting/test_spotter.py",
    "spotting/movement.py": "spotting/test_course.py",
    "spotting/odds.py": "spotting/test_decision.py",
    "spotting/pictures.py": "cli/test_spot.py",
    "spotting/track.py": "spotting/test_course.py",
    "spotting/film_watch.py": "spotting/test_spotter.py",
    "spotting/finding_interval.py": "spotting/test_live.py",
    "spotting/point.py": "spotting/test_live.py",
    "spotting/rest.py": "spotting/test_baseline.py",
    "spotting/watch.py": "spotting/test_live.py",
    "spotting/watch_options.py": "spotting/test_live.py",
    "synthesis/clips/settings.py": "synthesis/clips/test_dataset.py",
    "synthesis/face_sets.py": "synthesis/clips/test_card.py",
    "synthesis/films/event_rates.py": "synthesis/films/test_expressions.py",
    "synthesis/films/renderer.py": "synthesis/films/test_film.py",
    "synthesis/films/still.py": "synthesis/films/test_film.py",
    "synthesis/motion/face_regions.py": "synthesis/motion/test_field.py",
    "synthesis/motion/full_expression.py": "synthesis/real/test_pairs.py",
    "synthesis/motion/face_motion.py": "synthesis/clips/test_clip.py",
    "synthesis/motion/habits.py": "synthesis/motion/test_field.py",
    "synthesis/nuisances.py": "synthesis/test_pairs.py",
    "synthesis/real/smile_pairs.py": "synthesis/real/test_pairs.py",
    "synthesis/smile.py": "synthesis/real/test_pairs.py",
    "training/calibration_record.py": "training/test_calibrate.py",
    "training/course/choice.py": "training/course/test_learning.py",
    "training/course/fit.py": "training/course/test_learning.py",
    "training/course/injection.py": "training/course/test_learning.py",
    "training/course/losses.py": "training/course/test_learning.py",
    "training/run.py": "training/test_finetune.py",
    "video/boxes.py": "video/test_film.py",
    "video/container.py": "video/test_reader.py",
    "video/decoding.py": "video/test_film.py",
    "video/halving.py": "video/test_picture.py",
    "video/folder.py": "video/test_reader.py",
    "video/frames.py": "video/test_reader.py",
}


def modules() -> list[str]:
    found = (path for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__"))
    return sorted(path.relative_to(PACKAGE).as_posix() for path in found)


def own_test(module: str) -> str:
    path = Path(module)
    return (path.parent / f"test_{path.name}").as_posix()


def dotted(module: str) -> str:
    return "micron_bert." + module.removesuffix(".py").replace("/", ".")


@cache
def names_in(path: Path) -> frozenset[str]:
    """What a file imports, by full name; a test that names a command imports the command's module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            here = path.relative_to(PACKAGE.parent).parts[: -node.level] if node.level else ()
            module = ".".join([*here, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and node.value in COMMANDS and path.is_relative_to(TESTS):
            found.add(f"micron_bert.cli.{node.value.replace('-', '_')}")
    return frozenset(found)


def files_of(names: set[str]) -> dict[str, Path]:
    """The files of the package among some names."""
    found = {}
    for name in names:
        place = PACKAGE.parent.joinpath(*name.split("."))
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if name.startswith("micron_bert") and path.is_file():
                found[name] = path
    return found


def reached(test: Path, room: str) -> set[str]:
    """What a test imports, what that imports, and so on inside the room."""
    names, waiting, first = set(), set(names_in(test)), True
    while waiting:
        names |= waiting
        files = files_of(waiting)
        inside = {name for name in files if first or name.split(".")[1:2] == [room]}
        waiting, first = {name for one in inside for name in names_in(files[one])} - names, False
    return names


@pytest.mark.parametrize("module", modules())
def test_module_has_its_test(module):
    assert (TESTS / own_test(module)).is_file() or module in COVERED, (
        f"write tests/{own_test(module)}, or name in tests/test_mirror.py the test that covers the module"
    )


@pytest.mark.parametrize("module", COVERED)
def test_covering_test_reaches_the_module(module):
    """It imports the module, or something that does, by way of the module's own room."""
    assert (PACKAGE / module).is_file(), "the module is gone; so should its line be"
    assert not (TESTS / own_test(module)).is_file(), "it has a test of its own; the line can go"
    room = Path(module).parts[0].removesuffix(".py")
    assert dotted(module) in reached(TESTS / COVERED[module], room)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_its_test(command):
    name = f"test_{command.replace('-', '_')}.py"
    text = (TESTS / "cli" / name).read_text(encoding="utf-8")
    assert f'"{command}"' in text, f"tests/cli/{name} does not run `{command}`"
