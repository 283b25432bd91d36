"""The pipeline `micro-expression-recognition`: from a video, frames or a pair of pictures to a named expression."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from transformers import AutoModelForVideoClassification
from transformers.pipelines import PIPELINE_REGISTRY
from transformers.pipelines.base import Pipeline

from .clip_micron_bert import FaceCrops, faces_are_looked_for
from .description_micron_bert import describe, resemblance, share_of
from .frames_micron_bert import is_picture, on_disk, read_frames
from .heat_map_micron_bert import draw_micro_map
from .package_micron_bert import HeldFrames, recognize_film
from .picture_micron_bert import to_rgb
from .recognizer_micron_bert import EYES, moment_of, probabilities_of
from .runtime_micron_bert import TorchRuntime
from .saving_micron_bert import TASK
from .unit_reading_micron_bert import UnitScores, unclaimed, unit_readings, unit_thresholds

FORMS = "give a video, a folder, a list of frames, a pair `(onset, apex)`, or a list of these"
NONE = "none"
MOMENTS = ("onset", "apex", "offset", "start", "peak", "end")
PAIR, OTHER = "two frames", "resembles none"  # reasons: of `cannot tell`, and of a no


class MicroExpressionRecognitionPipeline(Pipeline):
    """
    Says whether a film shows an expression, when and where it was, and what it resembles.

    With the package `micron_bert` installed, the face is found, followed, aligned and registered, and the course of
    its movement decides: the answer is that of `micron_bert.spotting.Spotter.recognize`. Without it, frames are taken
    as aligned crops of a face (eye centres level, 0.40 of the side apart, midway at (0.5, 0.33)). Frames of exactly
    the model's own size are taken as such crops in both cases, and give the same numbers in both.

    Of crops, and of a pair, two frames are compared and what moved between them is named; speech and blinks look alike
    in two frames, and the answer says so.

    Example:

    ```python
    from transformers import pipeline

    recognize = pipeline("micro-expression-recognition", model="org/micron-bert", trust_remote_code=True)
    recognize("interview.mp4", start=12, end=15)
    ```
    """

    _load_processor = False
    _load_image_processor = True
    _load_video_processor = False
    _load_feature_extractor = False
    _load_tokenizer = False

    def _sanitize_parameters(self, top_k=None, picture=None, **reading):
        unknown = set(reading) - {"aligned", "fps", "start", "end", "face", "missing"}
        if unknown:
            raise ValueError(f"The pipeline `{TASK}` has no parameter `{sorted(unknown)[0]}`.")
        if top_k is not None and top_k < 1:
            raise ValueError(f"`top_k` is `{top_k}`; ask for one class at least.")
        naming = {"top_k": top_k, "picture": picture}
        given = [{name: value for name, value in part.items() if value is not None} for part in (reading, naming)]
        return given[0], {}, given[1]

    def __call__(self, inputs: Any, **kwargs):
        """
        Args:
            inputs (`str`, `Path`, a clip, or a list of these):
                The path or URL of a video, a folder of frames, a list of frames (PIL pictures, arrays of shape
                `(H, W, 3)`, or paths of pictures), an array of shape `(T, H, W, 3)`, a pair `(onset, apex)` of
                frames; or a list of such clips.
            top_k (`int`, *optional*):
                Number of classes in `scores`; all if left out.
            picture (`bool`, defaults to `False`):
                Give `micro_map` as a picture, laid over the apex, instead of an array.
            aligned (`bool`, *optional*):
                The frames are aligned crops of a face (`True`), or the face is to be found in them (`False`; needs the
                package). If left out: crops where they have exactly the size of the model's input. Without the
                package, frames of any other size are refused unless `aligned` is `True`.
            fps (`float`, *optional*):
                Rate at which the frames were recorded; what the file says, and 30 for pictures, if left out.
            start, end (`float`, *optional*):
                Part of the clip to look at, in seconds; of crops at most 60 s at once.
            face (`int`, defaults to 0):
                Which face of the first frame, 0 = the largest.
            missing (`str`, defaults to `"error"`):
                What to do about frames without the face in a pair, or in a film for a model without a course head:
                `"error"` or `"skip"`.
            batch_size, num_workers (`int`, *optional*):
                As in every pipeline. A film is watched on the device before the batch is made, so
                `num_workers` is for a model on the CPU, or for pairs.

        Returns:
            `dict`, or a list of them for a list of clips:

            - **label** (`str` or `None`), **score** (`float`) -- the most probable class and its probability. `None`
              for a macro-expression, which gets no name; the score is then how probable it is
            - **detected** (`str`), **reason** (`str` or `None`) -- of a film `"yes"`, `"no"` or `"cannot tell"`, and
              why not. Of crops and of pairs `"cannot tell"` for `"two frames"`, or `"no"` for `"resembles none"` where
              a pair was given and its class is `none`. The words are those of `result.json`
            - **detection** (`dict` or `None`) -- of a film the whole record, as in `result.json`: confidence and
              threshold, every finding, the strongest movement, the properties of the film
            - **description** (`dict` or `None`) -- `region`, `side`, `direction`, `percent_of_eye_distance`, `seconds`
              and the `sentence` of them; `None` of a model that predicts no movement
            - **resembles** (`str` or `None`) -- what the movement resembles, such as "closely resembles positive"
            - **scores** (`list[dict]`) -- `label` and `score` of the `top_k` most probable classes
            - **interval** (`dict` or `None`) -- frame numbers `onset`, `apex`, `offset`, and the seconds `start`,
              `peak`, `end` of the same; of the surest expression, or of the strongest movement where there is none.
              `offset` and `end` are `None` where the movement had not gone by half when the clip ended. `None` for a
              pair, where nothing was looked for.
            - **micro_map** (`np.ndarray` of shape `(rows, columns)` or `PIL.Image.Image`) -- where the face moved, in
              [0, 1]

        Raises:
            ValueError: the source cannot be read, is too short or too long, or shows no face.
        """
        if hasattr(inputs, "ndim") and inputs.ndim == 5:
            inputs = list(inputs)
        if isinstance(inputs, list | tuple) and not inputs:
            raise ValueError("The list of frames or clips is empty; give at least two frames.")
        if isinstance(inputs, list) and not all(map(is_picture, inputs)):
            return super().__call__(inputs, **kwargs)
        if isinstance(inputs, str | Path | list | tuple) or hasattr(inputs, "ndim") or is_picture(inputs):
            return super().__call__([inputs], **kwargs)[0]
        if isinstance(inputs, dict) or not (hasattr(inputs, "__iter__") or hasattr(inputs, "__getitem__")):
            raise ValueError(f"`{type(inputs).__name__}` is no clip; {FORMS}.")
        return super().__call__(inputs, **kwargs)  # a dataset or a generator of clips

    def preprocess(self, source, aligned=None, fps=None, start=0.0, end=None, face=0, missing="error"):
        with on_disk(source) as source:
            if is_picture(source):
                raise ValueError("There is one frame; a micro-expression needs two (onset and apex).")
            if not isinstance(source, str | Path):
                if not isinstance(source, list | tuple) and not hasattr(source, "ndim"):
                    raise ValueError(f"`{type(source).__name__}` is no clip; {FORMS}.")
                source = list(source)
            if self._is_film(source, aligned, fps, start, end):
                return self._watched(source, fps, start, end, face)
            options = {"aligned": aligned, "fps": fps, "start": start, "end": end, "face": face, "missing": missing}
            clip = FaceCrops(source, self.size, self.image_processor.resample, **options)
            if len(clip.frames) < 2:
                raise ValueError("There is one frame with a face; a micro-expression needs two (onset and apex).")
            onset, apex, interval = 0, 1, None
            if not (isinstance(source, list) and len(source) == 2):
                found = self.find_moment(clip.frames, clip.times)
                onset, apex, interval = found.onset, found.apex, _interval(found, clip.numbers, clip.times)
            pair = clip.pair(onset, apex)
        pixel_values = self.image_processor(list(pair), return_tensors="pt").pixel_values
        return {"pixel_values": pixel_values, "interval": interval, "apex": Image.fromarray(pair[1]), "answer": None}

    def _is_film(self, source, aligned, fps, start, end) -> bool:
        """Whether a face is to be followed through the source, by a model that reads courses."""
        config = self.model.config
        if recognize_film is None or self.model.course is None or not config.course_calibration:
            return False
        if isinstance(source, list) and len(source) == 2:
            return False
        first = next(read_frames(source, fps, start, end))
        return faces_are_looked_for(first.image, self.size, aligned)

    def _watched(self, source, fps, start, end, face) -> dict:
        """The answer to a film, and its two frames as the model looks at them."""
        film = HeldFrames(source, fps, to_rgb) if isinstance(source, list) else source
        with self.device_placement():
            runtime = TorchRuntime(self.model, self.image_processor)
            answer = recognize_film(runtime, film, fps=fps, start=start, end=end, face=face)
        pair = answer[0].pair.frames
        pixel_values = self.image_processor(list(pair), return_tensors="pt").pixel_values
        return {"pixel_values": pixel_values, "interval": None, "apex": Image.fromarray(pair[1]), "answer": answer}

    @property
    def size(self) -> int:
        """Side in pixels of the crops that the model looks at."""
        return self.model.config.image_size

    def find_moment(self, crops: np.ndarray, times: np.ndarray):
        """Onset, apex and offset of the strongest micro-movement of aligned crops `(T, S, S, 3)`, as positions."""
        with self.device_placement():
            return moment_of(TorchRuntime(self.model, self.image_processor), crops, times)

    def _forward(self, model_inputs):
        output = self.model(model_inputs["pixel_values"])
        told = {"logits": output.logits.float(), "micro_map": output.micro_map[:, 0].float()}
        if output.displacement is not None:
            told["displacement"] = output.displacement[:, 0].float()
        if output.action_unit_logits is not None:
            told["action_unit_logits"] = output.action_unit_logits.float()
            told["action_unit_sides"] = output.action_unit_sides.float()
            told["action_unit_intensity"] = output.action_unit_intensity.float()
        return {**told, **{name: model_inputs[name] for name in ("interval", "apex", "answer")}}

    def _described(self, displacement, label: str, interval: dict | None) -> dict | None:
        if displacement is None:
            return None
        apart = (EYES[1][0] - EYES[0][0]) * self.size  # the eyes, in pixels of the crop
        told = displacement[0, 2:] if label == NONE else displacement[0, :2]  # all movement, or the expression's
        described = describe(100 / apart * told.numpy(), _lasted(interval))
        return {**described._asdict(), "sentence": f"{described}"}

    def _units(self, outputs, label: str) -> list[dict] | None:
        """
        The action units, the most probable first; None for a model without a head for them. None is shown where
        nothing is expressed.
        """
        if outputs.get("action_unit_logits") is None:
            return None
        names = ("action_unit_logits", "action_unit_sides", "action_unit_intensity")
        scores, config = UnitScores(*(outputs[name].numpy() for name in names)), self.model.config
        readings = unit_readings(scores, 0, config.action_units, unit_thresholds(config))
        readings = unclaimed(readings) if label == NONE else readings
        return [reading._asdict() for reading in readings]

    def postprocess(self, model_outputs, top_k=None, picture=False):
        if model_outputs["answer"] is not None:
            return _of_film(*model_outputs["answer"], model_outputs["apex"], top_k, picture)
        config = self.model.config
        multi_label = config.problem_type == "multi_label_classification"
        probabilities = probabilities_of(model_outputs["logits"][0].numpy(), config.id2label, multi_label)
        scores = [{"label": label, "score": score} for label, score in probabilities.items()]
        micro_map = model_outputs["micro_map"][0].numpy()
        label, interval = scores[0]["label"], model_outputs["interval"]
        named = label != NONE
        detected, reason = ("cannot tell", PAIR) if named or interval else ("no", OTHER)
        return {
            **scores[0],
            "scores": scores[:top_k],
            "detected": detected,
            "reason": reason,
            "detection": None,
            "description": self._described(model_outputs.get("displacement"), label, interval),
            "resembles": resemblance(label, share_of(label, probabilities)) if named else None,
            "action_units": self._units(model_outputs, label),
            "interval": interval,
            "micro_map": draw_micro_map(model_outputs["apex"], micro_map) if picture else micro_map,
        }


def _of_film(recognition, record: dict, apex: Image.Image, top_k: int | None, picture: bool) -> dict[str, Any]:
    """The answer to a film, `Recognition` of the package and its record, in the form of the pipeline's answers."""
    shares = sorted(recognition.probabilities.items(), key=lambda one: -one[1])
    label, none = recognition.label, recognition.probabilities[NONE]
    units = recognition.action_units
    numbers = [recognition.onset, recognition.apex, recognition.offset]
    seconds = [recognition.times[name] for name in ("onset", "apex", "offset")]
    return {
        "label": label,
        "score": 1 - none if label is None else recognition.probabilities[label],
        "scores": [{"label": name, "score": share} for name, share in shares][:top_k],
        "detected": recognition.detection.detected,
        "reason": recognition.detection.reason,
        "detection": record["detection"],
        "description": record["description"],
        "resembles": recognition.resembles,
        "action_units": None if units is None else [reading._asdict() for reading in units],
        "interval": dict(zip(MOMENTS, numbers + seconds, strict=True)),
        "micro_map": draw_micro_map(apex, recognition.micro_map) if picture else recognition.micro_map,
    }


def _lasted(interval: dict | None) -> float | None:
    """Seconds from the onset to the offset, or to the apex where there is no offset."""
    if interval is None:
        return None
    return (interval["peak"] if interval["end"] is None else interval["end"]) - interval["start"]


def _interval(moment, numbers: np.ndarray, times: np.ndarray) -> dict[str, int | float | None]:
    positions = (moment.onset, moment.apex, moment.offset)
    frames = (None if position is None else int(numbers[position]) for position in positions)
    seconds = (None if position is None else float(times[position]) for position in positions)
    return dict(zip(MOMENTS, itertools.chain(frames, seconds), strict=True))


def register() -> None:
    """Makes the task known to `transformers.pipeline`; a second call changes nothing."""
    if TASK in PIPELINE_REGISTRY.supported_tasks:
        return
    shipped = Path(__file__).parents[1] / "checkpoints" / "tiny"  # only beside the package's own code
    PIPELINE_REGISTRY.register_pipeline(
        TASK,
        pipeline_class=MicroExpressionRecognitionPipeline,
        pt_model=AutoModelForVideoClassification,
        default={"model": (str(shipped), None)} if shipped.is_dir() else None,
        type="video",
    )


register()

__all__ = ["TASK", "MicroExpressionRecognitionPipeline"]
