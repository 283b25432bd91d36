"""Recognition on aligned faces, for the pipeline, the package, spotting and the demo; the interface of runtimes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .moment_micron_bert import Moment, find_moment
from .unit_reading_micron_bert import UnitScores

LONGEST = 60.0  # seconds of video at once; the search for the moment looks at every frame of it
EYES = ((0.3, 0.33), (0.7, 0.33))  # eye centres in an aligned face, in sides of the crop
AROUND_EYES = (0.13, 0.1)  # of the crop's side, to the left and right and above and below a centre: what a blink moves


class Comparison(NamedTuple):
    """
    A model's outputs for clips of frames that were encoded before; numpy, float32.

    Attributes:
        logits (`np.ndarray` of shape `(batch, classes)`): of the whole clip.
        micro_map (`np.ndarray` of shape `(batch, later frames, rows, columns)`): in [0, 1], where each moved.
        interest (`np.ndarray` of shape `(batch, later frames, rows, columns)`): patch-of-interest scores, mean 1.
        displacement (`np.ndarray` of shape `(batch, later frames, 4, rows, columns)`, *optional*):
            Pixels of the crop since the onset: expression x, y, all movement x, y. None for a pooled head.
        action_units ([`UnitScores`], *optional*): None for a model without a head for them.
    """

    logits: np.ndarray
    micro_map: np.ndarray
    interest: np.ndarray
    displacement: np.ndarray | None
    action_units: UnitScores | None = None


def part_of(comparison: Comparison, clips: slice) -> Comparison:
    """What was told of some of the clips."""
    units = comparison.action_units
    if units is not None:
        units = type(units)(*(None if values is None else values[clips] for values in units))
    return Comparison(*(None if values is None else values[clips] for values in comparison[:4]), units)


def joined(comparisons: Sequence[Comparison]) -> Comparison:
    """What was told of clips in several calls, as if it had been one."""

    def together(parts):
        return None if parts[0] is None else np.concatenate(parts)

    units = [one.action_units for one in comparisons]
    if units[0] is not None:
        units = [type(units[0])(*map(together, zip(*units, strict=True)))]
    parts = zip(*(one[:4] for one in comparisons), strict=True)
    return Comparison(*map(together, parts), units[0])


def check_numbers(computed: Sequence, refusal: type[ValueError] = ValueError) -> None:
    """
    Refuses what a model told where it is not a number, before "nothing moves" is made of it.

    Args:
        computed (`Sequence`): arrays, `None`, or tuples of these, such as [`Comparison`].
        refusal (`type[ValueError]`): what is raised.

    Raises:
        ValueError: there is an infinity, or what is not a number.
    """
    for values in computed:
        if isinstance(values, tuple):
            check_numbers(values, refusal)
        elif values is not None and not np.isfinite(values).all():
            raise refusal(
                "The model's answer is not a number: its weights are damaged, or too large for the number format "
                "that it computes in; get the model again, or compute in float32."
            )


class CourseAnswer(NamedTuple):
    """
    A course head's predictions, one for each step; numpy, float32.

    Attributes:
        kind (`np.ndarray` of shape `(steps, 3)`): logits of no expression, a micro- and a macro-expression.
        logits (`np.ndarray` of shape `(steps, classes)`): which expression, if it is one.
        apex (`np.ndarray` of shape `(steps,)`): log-odds that an expression is at its strongest.
        ends (`np.ndarray` of shape `(steps, 2)`): seconds since its onset, and until its offset.
    """

    kind: np.ndarray
    logits: np.ndarray
    apex: np.ndarray
    ends: np.ndarray


class CourseRuntime(Protocol):
    """The course head of a model, which finds expressions in some seconds of film."""

    calibration: Sequence[Sequence[float]] | None  # of `micro` and `macro`, see `MicronBertConfig`
    back: int  # steps before a step that its answer depends on
    ahead: int  # and after it

    def read(self, position: np.ndarray, maps: np.ndarray, pair_logits: np.ndarray) -> CourseAnswer:
        """Steps of one face, `(steps, …)` each, as [`MicronBertCourseHead`] takes them."""


class Runtime(Protocol):
    """The interface of a model for recognition and spotting; torch and ONNX Runtime implement it."""

    size: int  # side of the crops in pixels
    grid: int  # patches along it
    labels: dict[int, str]
    multi_label: bool
    displaces: bool  # whether the head predicts displacements
    expressions: tuple[str, ...]  # classes of the course head, also where there is no head yet
    course: CourseRuntime | None

    ahead: int = 1  # frames of a film that are best encoded in one call
    together: int = 1  # films that are best watched side by side

    action_units: tuple[str, ...]  # numbers of the units of the head for action units; empty without one
    action_unit_thresholds: tuple[float, ...]  # the probability from which on each is shown

    def encode(self, frames: Sequence[np.ndarray]) -> list[Any]:
        """Aligned crops `(S, S, 3)`, RGB uint8, through the encoder, each once: a handle for each."""

    def compare(self, clips: Sequence[Sequence[Any]]) -> Comparison:
        """Clips of equally many encoded frames, the onset first."""


def moment_of(runtime: Runtime, frames: Sequence[np.ndarray], times: np.ndarray) -> Moment:
    """
    Onset, apex and offset of the strongest micro-movement of a clip, as positions in it; each frame is encoded once.

    Args:
        runtime ([`Runtime`]): the model.
        frames (`Sequence[np.ndarray]` of shape `(S, S, 3)`): aligned crops, RGB uint8.
        times (`np.ndarray` of shape `(T,)`): seconds.

    Raises:
        ValueError: fewer than two frames, or no two of them within half a second.
    """
    encoded = runtime.encode(frames)

    def movement(first: int, later: Sequence[int]) -> np.ndarray:
        return mean_movement(runtime.compare([[encoded[first], *(encoded[number] for number in later)]]))[0]

    return find_moment(times, movement)


def mean_movement(comparison: Comparison) -> np.ndarray:
    """
    Mean movement of the face since the onset `(batch, later frames)`: pixels of the crop by the expression, or the
    mean of the micro map for a head without displacement.

    The eyes are left out: a blink is the largest of all quick movements and says nothing about an expression.
    """
    if comparison.displacement is None:
        return _mean_of_face(comparison.micro_map)
    return mean_length(comparison.displacement[:, :, :2])


def mean_length(displacement: np.ndarray) -> np.ndarray:
    """Mean length of displacements `(…, 2, rows, columns)` over the face without the eyes: `(…)`."""
    return _mean_of_face(np.linalg.norm(displacement, axis=-3))


def _mean_of_face(moved: np.ndarray) -> np.ndarray:
    return moved[..., away_from_eyes(moved.shape[-1])].mean(axis=-1)


def probabilities_of(logits: np.ndarray, labels: dict[int, str], multi_label: bool) -> dict[str, float]:
    """
    Logits `(classes,)` as probabilities by name, the most probable first; of several labels each has its own.
    """
    logits = np.asarray(logits, np.float64)
    if multi_label:
        values = 1 / (1 + np.exp(-logits))
    else:
        values = np.exp(logits - logits.max())
        values /= values.sum()
    order = np.argsort(-values, kind="stable")
    return {labels[int(number)]: float(values[number]) for number in order}


def away_from_eyes(grid: int) -> np.ndarray:
    """Patches `(grid, grid)` of an aligned face, True where a blink moves nothing."""
    x, y = np.meshgrid(*[(np.arange(grid) + 0.5) / grid] * 2)
    wide, high = AROUND_EYES
    return np.all([(np.abs(x - eye_x) > wide) | (np.abs(y - eye_y) > high) for eye_x, eye_y in EYES], axis=0)


def no_longer(frames, advice: str) -> Iterator:
    """
    Frames with a `time`, as long as they span no more than `LONGEST` seconds.

    Raises:
        ValueError: they span more; the message ends with the advice.
    """
    first = None
    for frame in frames:
        first = frame.time if first is None else first
        if frame.time - first > LONGEST:
            raise ValueError(f"The clip is longer than {LONGEST:g} s; {advice}.")
        yield frame


def frames_again(
    read: Callable[[float, float | None], Iterator], numbers: Sequence[int], times, start: float, end: float | None
) -> dict[int, Any]:
    """
    Two frames of a film that was read before, as far as they are there; read from the first to the second.

    Args:
        read (`Callable`):
            `read(start, end)` gives the frames of a part in seconds, with `index` and `time`.
        numbers (`Sequence[int]`):
            Of the two frames, in their order.
        times (`Sequence[float]`, *optional*):
            Their seconds, where they are known.
        start, end (`float`, *optional*):
            The part of the film in which they lie.
    """

    def between(frames: Iterator) -> dict[int, Any]:
        found = {}
        for frame in frames:
            if frame.index in numbers:
                found[frame.index] = frame
            if frame.index >= numbers[1]:
                break
        return found

    if times is not None:
        found = between(read(float(times[0]), None))
        if [frame.time for frame in found.values()] == list(times):
            return found  # a damaged film counts otherwise after a leap
    return between(read(start, end))
