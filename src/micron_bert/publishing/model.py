"""The model's repository: weights, configuration, the code that loads them without the package, and the card."""

import shutil
from pathlib import Path

from micron_bert import __version__
from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE
from micron_bert.publishing.card import checkout, front_matter, render
from micron_bert.publishing.repository import Repository, siblings
from micron_bert.publishing.results import RESULTS_FILE, model_index, read_results, unmeasured
from micron_bert.synthesis.face_sets import FACE_SETS


def stage_model(repo_id: str, checkpoint: Path | None, folder: Path) -> Repository:
    """
    Builds the folder of a model.

    Args:
        repo_id (`str`):
            `ORG/NAME`.
        checkpoint (`Path`, *optional*):
            A fine-tuned folder; the one that comes with the package if left out.
        folder (`Path`):
            Made here; anything in it is replaced.

    Raises:
        [`InputError`]: the checkpoint cannot be loaded, has no trained classifier, or has a damaged `evaluation.json`.
    """
    from micron_bert.recognition.recognizer import Recognizer, shipped_checkpoint

    source = Path(checkpoint or shipped_checkpoint())
    results = read_results(source)
    recognizer = Recognizer.from_pretrained(source, device="cpu")
    shutil.rmtree(folder, ignore_errors=True)
    recognizer.model.save_pretrained(folder)
    recognizer.processor.save_pretrained(folder)
    if results:
        shutil.copy(source / RESULTS_FILE, folder)
    shutil.copy(checkout() / "LICENSE", folder)
    (folder / "README.md").write_text(model_card(repo_id, recognizer.model, results), encoding="utf-8")
    return Repository("model", repo_id, folder, replaced=("*.py", "*.safetensors", "*.safetensors.index.json"))


def model_card(repo_id: str, model, results: dict) -> str:
    """The text of the model's `README.md`."""
    from huggingface_hub.repocard_data import eval_results_to_model_index

    config, name = model.config, repo_id.split("/")[1]
    index = model_index(results)
    metadata = front_matter(
        license="apache-2.0",
        library_name="transformers",
        pipeline_tag="video-classification",
        tags=["micro-expression", "micron-bert", "facial-expression", "custom_code"],
        metrics=["f1", "recall"] if index else [],
        **{"model-index": eval_results_to_model_index(name, index) if index else None},
    )
    return render(
        "model/card.md",
        front_matter=metadata,
        repo_id=repo_id,
        kernel_id=siblings(repo_id, ())["kernel"][0],
        name=name,
        labels=[config.id2label[number] for number in range(config.num_labels)],
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        config=config,
        version=__version__,
        eye_distance=f"{EYE_DISTANCE:.2f}",
        eyes_centre=f"({EYES_CENTRE[0]:g}, {EYES_CENTRE[1]:g})",
        results=results,
        unmeasured=unmeasured(results),
        face_sets=[FACE_SETS[name] for name in results.get("training", {}).get("faces", ())],
    )
