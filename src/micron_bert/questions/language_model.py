"""A language model that words what was measured; it gets the measurements, and is told to say nothing else."""

import json
from typing import Any

from PIL import Image

from micron_bert.errors import InputError
from micron_bert.model.heat_map_micron_bert import draw_micro_map
from micron_bert.questions.answer import Answer, Measured, answer
from micron_bert.questions.question import understand
from micron_bert.recognition.detection import summary
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.units import describe_unit, shown

TASKS = ("text-generation", "image-text-to-text")
RULES = (
    "You word measurements of a face in a film for a researcher. Use only what stands under MEASUREMENTS and, if "
    "there is a picture, where it is bright: there the face moved. Do not add anything that is not measured: no "
    "cause, no feeling behind it, no intention, no judgement of the person. Name the probability or the seconds for "
    "whatever you say. If the measurements do not answer the question, say exactly: It was not measured."
)


def facts(recognition: Recognition, told: Answer | None = None) -> dict[str, Any]:
    """
    What a language model is given: all of it was measured.

    Args:
        recognition ([`Recognition`]): of the film or pair.
        told ([`Answer`], *optional*): to the question, where the package has one itself.
    """
    detection = recognition.detection
    found = [
        {
            "kind": event.kind,
            "seconds": [round(event.start, 2), round(event.peak, 2), round(event.end, 2)],
            "confidence": round(event.confidence, 2),
            "region": event.region,
            "action units": [describe_unit(one) for one in shown(event.action_units)],
        }
        for event in detection.findings
    ]
    content = {
        "detection": summary(detection),
        "probabilities": {name: round(share, 2) for name, share in recognition.probabilities.items()},
        "action units": [describe_unit(one) for one in shown(recognition.action_units)],
        "expressions": found,
    }
    if told is not None:
        content["answer"] = told.text
        content["evidence"] = told.evidence
    return content


def messages(question: str, measured: dict[str, Any], picture: Image.Image | None = None) -> list[dict]:
    """
    The chat that is handed to the model.

    Args:
        question (`str`): as it was asked.
        measured (`dict`): what [`facts`] gave.
        picture (`PIL.Image.Image`, *optional*): the face with the map of its movement over it.
    """
    text = f"MEASUREMENTS\n{json.dumps(measured, ensure_ascii=False, indent=1)}\n\nQUESTION\n{question}"
    if picture is None:
        return [{"role": "system", "content": RULES}, {"role": "user", "content": text}]
    content = [{"type": "image", "image": picture}, {"type": "text", "text": text}]
    return [{"role": "system", "content": [{"type": "text", "text": RULES}]}, {"role": "user", "content": content}]


class LanguageModel:
    """
    Words answers by a chat model of the Hub or of a folder; off unless you make one.

    Args:
        model (`str` or a `transformers` pipeline):
            Of the task `text-generation` or `image-text-to-text`; of the latter it also gets the map as a picture.
        max_new_tokens (`int`, defaults to 200):
            How long an answer may get.
        options:
            What [`~transformers.pipeline`] takes, such as `task` and `device`.

    Raises:
        [`InputError`]: the pipeline has another task.
    """

    def __init__(self, model, max_new_tokens: int = 200, **options):
        from transformers import pipeline

        if isinstance(model, str):
            model = pipeline(model=model, **options)
        self.pipeline, self.max_new_tokens = model, max_new_tokens
        if model.task not in TASKS:
            raise InputError(f"The model does `{model.task}`; wording answers needs one of {', '.join(TASKS)}.")

    def word(self, question: str, recognition: Recognition, assumed: bool = False) -> tuple[str, Answer]:
        """
        Args:
            question (`str`): one that can be answered from what was measured.
            recognition ([`Recognition`]): what [`Questioner.measure`] gave.
            assumed (`bool`): as `assume_expression` of [`Questioner`].

        Returns:
            `tuple[str, Answer]`: the model's words, and the package's own answer with its evidence to hold them to.

        Raises:
            [`NoAnswer`]: the question is refused before the model sees it.
        """
        told = answer(understand(question), Measured(recognition, assumed))
        picture = picture_of(recognition) if self.pipeline.task == "image-text-to-text" else None
        chat = messages(question, facts(recognition, told), picture)
        given = {"text": chat} if picture is not None else {"text_inputs": chat}
        said = self.pipeline(**given, max_new_tokens=self.max_new_tokens, do_sample=False, return_full_text=False)
        text = said[0]["generated_text"]
        return (text if isinstance(text, str) else text[-1]["content"]).strip(), told


def picture_of(recognition: Recognition) -> Image.Image:
    """The apex with the map of the movement over it."""
    return draw_micro_map(Image.fromarray(recognition.pair.frames[1]), recognition.micro_map)
