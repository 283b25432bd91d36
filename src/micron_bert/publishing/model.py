"""The model's repository: weights, ONNX graphs, configuration, code to load them without us, the wheel, the card."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from micron_bert import __version__
from micron_bert.evaluation.model_index import benchmark_results, report_results
from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE
from micron_bert.output_folder import json_text, write_text
from micron_bert.publishing.card import checkout, project_links, render
from micron_bert.publishing.examples import FOLDER, write_examples
from micron_bert.publishing.graphs import add_graphs
from micron_bert.publishing.repository import Repository, siblings
from micron_bert.publishing.results import (
    RESULTS_FILE,
    evaluation_rows,
    measured_on_recordings,
    read_results,
    unmeasured,
    with_evaluations,
)
from micron_bert.publishing.wheel import add_wheel
from micron_bert.synthesis.face_sets import FACE_SETS

REPLACED = ("*.py", "*.whl", "*.safetensors", "*.safetensors.index.json", "onnx/*")


def stage_model(repo_id: str, checkpoint: Path | None, folder: Path, evaluations: Sequence[Path] = ()) -> Repository:
    """
    Builds the folder of a model.

    Args:
        repo_id (`str`):
            `ORG/NAME`.
        checkpoint (`Path`, *optional*):
            A fine-tuned folder; the one that comes with the package if left out.
        folder (`Path`):
            Made here; anything in it is replaced.
        evaluations (`Sequence[Path]`, *optional*):
            Folders that `micron-bert evaluate` wrote about it, for its card.

    Raises:
        [`InputError`]: the checkpoint cannot be loaded, has no trained classifier, or has a damaged `evaluation.json`;
            or an evaluation is of something else.
    """
    from micron_bert.checkpoints.names import shipped_checkpoint
    from micron_bert.recognition.recognizer import Recognizer

    source = Path(checkpoint or shipped_checkpoint())
    results = with_evaluations(read_results(source), evaluations, source)
    recognizer = Recognizer.from_pretrained(source, device="cpu", runtime="torch")
    shutil.rmtree(folder, ignore_errors=True)
    recognizer.model.save_pretrained(folder)
    recognizer.processor.save_pretrained(folder)
    add_graphs(recognizer, source, folder)
    if results:
        write_text(folder / RESULTS_FILE, json_text(results))
    shutil.copy(checkout() / "LICENSE", folder)
    example, wheel = write_examples(folder, recognizer), add_wheel(folder)
    card = model_card(repo_id, recognizer.model, results, example, wheel)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return Repository("model", repo_id, folder, replaced=(*REPLACED, f"{FOLDER}/*"))


def model_card(repo_id: str, model, results: dict, example: str, wheel: str) -> str:
    """
    The text of the model's `README.md`; `example` is the model's answer for its pair of examples, `wheel` the name of
    the package's file.
    """
    from huggingface_hub import ModelCardData

    config, name = model.config, repo_id.split("/")[1]
    measured = benchmark_results(results)
    for report in results.get("evaluations", ()):
        measured += report_results(report)
    metadata = ModelCardData(
        license="apache-2.0",
        library_name="transformers",
        pipeline_tag="video-classification",
        inference=False,  # the Hub's own widget would compare two whole pictures, in which no face was looked for
        tags=["micro-expression", "micron-bert", "facial-expression", "custom_code"],
        metrics=["f1", "recall"] if measured else None,
        model_name=name,
        eval_results=measured or None,
    )
    return render(
        "model/card.md",
        metadata,
        repo_id=repo_id,
        kernel_id=siblings(repo_id, ())["kernel"][0],
        space_id=siblings(repo_id, ())["space"][0],
        example=example,
        wheel=wheel,
        name=name,
        labels=[config.id2label[number] for number in range(config.num_labels)],
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        config=config,
        version=__version__,
        links=project_links(),
        eye_distance=f"{EYE_DISTANCE:.2f}",
        eyes_centre=f"({EYES_CENTRE[0]:g}, {EYES_CENTRE[1]:g})",
        results=results,
        evaluations=evaluation_rows(results),
        real=measured_on_recordings(results),
        unmeasured=unmeasured(results),
        face_sets=[FACE_SETS[name] for name in results.get("training", {}).get("faces", ())],
    )
