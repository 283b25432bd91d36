"""From a video, a folder of frames or two pictures to a named micro-expression."""

import os
from dataclasses import replace

import numpy as np

from micron_bert.errors import InputError, NoFaceError
from micron_bert.faces import EYE_DISTANCE, FaceClip, align_clip
from micron_bert.faces.registration import SAME_FACE
from micron_bert.model.moment_micron_bert import Moment
from micron_bert.model.recognizer_micron_bert import (
    Runtime,
    frames_again,
    moment_of,
    no_longer,
    probabilities_of,
)
from micron_bert.model.unit_reading_micron_bert import unclaimed, unit_readings
from micron_bert.recognition.detection import NONE, of_pair
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.runtimes import open_runtime
from micron_bert.video.picture import common_white, read_image
from micron_bert.video.reader import open_video

ADVICE = "find every expression in it with `micron-bert spot`, or choose a part of it with `start` and `end` (seconds)"


class Recognizer:
    """
    Finds, aligns and names micro-expressions with one model.

    Args:
        runtime ([`Runtime`]):
            Computes the model; see [`open_runtime`].
    """

    def __init__(self, runtime: Runtime):
        self.runtime, self.size = runtime, runtime.size

    @classmethod
    def from_pretrained(
        cls,
        model: str | os.PathLike | None = None,
        device: str | None = None,
        runtime: str | None = None,
        dtype: str | None = None,
        captured: bool = False,
    ) -> "Recognizer":
        """
        Args:
            model (`str` or `os.PathLike`, *optional*):
                Folder or Hub id of a fine-tuned μ-BERT; `tiny`, the one that comes with the package, if left out.
            device (`str`, *optional*):
                Such as `"cuda"`; a GPU where there is one if left out.
            runtime (`str`, *optional*):
                `"torch"` or `"onnx"`; torch where it is installed if left out.
            dtype (`str`, *optional*), captured (`bool`, defaults to `False`):
                Mixed precision and CUDA graphs, see [`open_runtime`].

        Raises:
            [`InputError`]: there is no such model, it is another kind, or it has no trained classifier.
        """
        return cls(open_runtime(model, device, runtime, dtype, captured))

    @property
    def model(self):
        """The torch model; there is none with another runtime."""
        return self.runtime.model

    @property
    def processor(self):
        """The image processor of the torch model."""
        return self.runtime.processor

    def recognize_pair(
        self, onset: str | os.PathLike | np.ndarray, apex: str | os.PathLike | np.ndarray, **alignment
    ) -> Recognition:
        """
        Names the expression between two pictures of one face.

        Args:
            onset, apex (path or `np.ndarray` of shape `(H, W, 3)`):
                The two pictures, of one size.
            alignment:
                `face`, `missing`, `cropped` and `models` of [`~micron_bert.faces.align_clip`].

        Returns:
            [`Recognition`]: of frames 0 and 1; a pair cannot tell an expression from any other movement, and
            `detection` says so.

        Raises:
            [`InputError`]: a picture cannot be read, they differ in size, or they do not show one face.
        """
        white = common_white([f for f in (onset, apex) if isinstance(f, str | os.PathLike)])
        scenes = tuple(read_image(f, white) if isinstance(f, str | os.PathLike) else f for f in (onset, apex))
        return self._one_face(_of_pair(self._name(scenes, Moment(0, 1, None, 0.0), (0, 1), None, **alignment)))

    def recognize(
        self,
        source: str | os.PathLike,
        onset: int | None = None,
        apex: int | None = None,
        start: float = 0.0,
        end: float | None = None,
        fps: float | None = None,
        moments: tuple[float, float] | None = None,
        **alignment,
    ) -> Recognition:
        """
        Names the strongest micro-movement of a clip as if it were an expression, or the one between two given frames.

        [`~micron_bert.spotting.Spotter.recognize`] decides whether it is one.

        Args:
            source (`str` or `os.PathLike`):
                Video file or folder of frames.
            onset, apex (`int`, *optional*):
                Numbers of the two frames, counted from 0 from the beginning of the film; looked for if left out.
                Give both or none.
            start, end (`float`, *optional*):
                Part of the video to look at, in seconds.
            fps (`float`, *optional*):
                Frame rate at which the frames were recorded; see [`~micron_bert.video.open_video`].
            moments (`tuple[float, float]`, *optional*):
                Seconds of the two given frames, where they are known; reading then starts there.
            alignment:
                `face`, `missing`, `cropped` and `models` of [`~micron_bert.faces.align_clip`].

        Returns:
            [`Recognition`]: with numbers of frames as in the film, times in seconds, displacements in % of the
            distance between the eyes.

        Raises:
            [`InputError`]: the source cannot be read, is too short or too long, or shows no face throughout.
        """
        if (onset is None) != (apex is None):
            raise InputError("Give both `onset` and `apex`, or neither.")
        if onset is not None and not 0 <= onset < apex:
            raise InputError(f"`onset` is {onset} and `apex` is {apex}; they must satisfy 0 <= onset < apex.")
        with open_video(source, fps) as video:
            if onset is not None:
                moment, numbers = Moment(onset, apex, None, 0.0), (onset, apex)
                shown = frames_again(video.frames, numbers, moments, start, end)
                for number in numbers:
                    if number not in shown:
                        raise InputError(
                            f"`{source}` has no frame {number} between `start` and `end`; frames are counted from 0, "
                            "from the beginning of the film."
                        )
                times = {"onset": shown[onset].time, "apex": shown[apex].time, "offset": None}
            else:
                clip = align_clip(_limited(video.frames(start, end)), self.size, **alignment)
                if len(clip) < 2:
                    raise InputError(
                        f"`{source}` has one frame with a face; a micro-expression needs two (onset and apex)."
                    )
                moment = self.find_moment(clip)
                positions = {"onset": moment.onset, "apex": moment.apex, "offset": moment.offset}
                times = {name: None if at is None else float(clip.times[at]) for name, at in positions.items()}
                numbers = tuple(int(clip.indices[at]) for at in positions.values() if at is not None)
                seconds = times["onset"], times["apex"]
                shown = frames_again(video.frames, numbers[:2], seconds, start, end)
        scenes = tuple(shown[number].image for number in numbers[:2])
        recognition = self._name(scenes, moment, numbers, times, **alignment)
        # spotted frames are from one uninterrupted stretch of one face, and its course decides what they show
        return recognition if onset is None or moments is not None else self._one_face(_of_pair(recognition))

    def _one_face(self, recognition: Recognition) -> Recognition:
        """The recognition, when both frames show one face by the test of the spotter."""
        likeness = float(recognition.pair.correlation.min())
        if likeness < SAME_FACE:
            raise InputError(
                f"The onset and the apex cannot be taken for one face in one light (likeness {likeness:.2f}, "
                f"at least {SAME_FACE} is asked for); pass two pictures of one person from one moment."
            )
        return recognition

    def find_moment(self, clip: FaceClip) -> Moment:
        """
        Onset, apex and offset of the strongest micro-movement of an aligned clip, as positions in it.

        Raises:
            [`InputError`]: the clip is too short or too long to look for one.
        """
        times = np.arange(len(clip)) / 30 if clip.times is None else clip.times
        try:
            return moment_of(self.runtime, clip.frames, times)
        except ValueError as error:
            raise InputError(str(error)) from error

    def _name(self, scenes, moment: Moment, numbers, times, **alignment) -> Recognition:
        pair = align_clip(scenes, self.size, reference=0, **alignment)
        if len(pair) < 2:  # a face that was followed from frame to frame need not be found in each alone
            raise NoFaceError(
                f"No face was found in one of the frames {numbers[0]} and {numbers[1]}, between which it moves most; "
                "look at another part of the film."
            )
        compared = self.runtime.compare([self.runtime.encode(pair.frames)])
        probabilities = probabilities_of(compared.logits[0], self.runtime.labels, self.runtime.multi_label)
        units = unit_readings(compared.action_units, 0, self.runtime.action_units, self.runtime.action_unit_thresholds)
        percent = 100 / (EYE_DISTANCE * self.size)  # of the inter-ocular distance, a pixel of the crop
        return Recognition(
            label=next(iter(probabilities)),
            probabilities=probabilities,
            onset=numbers[0],
            apex=numbers[1],
            offset=numbers[2] if len(numbers) > 2 else None,
            times=times,
            micro_map=compared.micro_map[0, 0],
            pair=pair,
            scenes=tuple(np.asarray(scene) for scene in scenes),
            displacements=None if compared.displacement is None else percent * compared.displacement[0, 0],
            action_units=units,
        )


def _of_pair(recognition: Recognition) -> Recognition:
    """The answer to two given frames: a no without action units, where their movement resembles no expression."""
    if recognition.label != NONE:
        return recognition
    return replace(recognition, detection=of_pair(NONE), action_units=unclaimed(recognition.action_units))


def _limited(frames):
    """The frames, as long as they span no more than a minute."""
    try:
        yield from no_longer(frames, ADVICE)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(error)) from error
