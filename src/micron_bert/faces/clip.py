"""A face through a clip: tracked, aligned, registered."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.errors import InputError, NoFaceError
from micron_bert.faces.alignment import compose, transform_points
from micron_bert.faces.registration import Registrar, Registration
from micron_bert.faces.stream import Crop, CropStream, RegistrationChain, root_mean_square
from micron_bert.faces.tracker import FaceTracker
from micron_bert.video.picture import as_rgb
from micron_bert.video.reader import Frame


@dataclass(frozen=True)
class FaceClip:
    """
    The aligned face of every frame of a clip.

    Attributes:
        frames (`np.ndarray` of shape `(T, S, S, 3)`): RGB, uint8; canonical crops, registered.
        transforms (`np.ndarray` of shape `(T, 2, 3)`): pixels of the original frame to pixels of the crop.
        landmarks (`np.ndarray` of shape `(T, 468, 2)` or `None`):
            float32, in pixels of the crop; `None` for frames that came cropped.
        indices (`np.ndarray` of shape `(T,)`): numbers of the frames in the clip.
        times (`np.ndarray` of shape `(T,)` or `None`): in seconds, where the frames came with their times.
        reference (`int`): which of the `T` frames the others are registered to.
        residue (`np.ndarray` of shape `(T,)`):
            Movement of the head that the alignment had left and the registration took out, in pixels of the crop:
            root mean square over the crop. Zero without registration.
        registered (`np.ndarray` of shape `(T,)`): bool; `False` where a frame had nothing to register on.
        correlation (`np.ndarray` of shape `(T,)`):
            Of the fine texture with that of the frame it is registered to; 1 for that frame and without registration.
    """

    frames: np.ndarray
    transforms: np.ndarray
    landmarks: np.ndarray | None
    indices: np.ndarray
    times: np.ndarray | None
    reference: int
    residue: np.ndarray
    registered: np.ndarray
    correlation: np.ndarray

    def __len__(self) -> int:
        return len(self.frames)


def align_clip(
    frames: Iterable[Frame | np.ndarray],
    size: int = 112,
    face: str | int | tuple[float, float] = "largest",
    register: bool = True,
    reference: int | str = "chain",
    missing: str = "error",
    cropped: bool = False,
    models: str | os.PathLike | None = None,
) -> FaceClip:
    """
    Follow a face through a clip, cut it out of every frame, and register the crops to each other.

    Frames are taken one by one; only five full frames are held at a time.

    Args:
        frames (iterable of [`Frame`] or of `np.ndarray` of shape `(H, W, 3)` or `(H, W)`):
            A [`Video`], a part of one (`video.frames(1.0, 1.5)`), or pictures.
        size (`int`, defaults to 112):
            Side of the crops in pixels.
        face (`str`, `int` or `tuple`, defaults to `"largest"`):
            Which face of the first frame: the largest, the n-th largest (from 0), or the one nearest to `(x, y)`.
        register (`bool`, defaults to `True`):
            Whether to register the crops and take out the drift of brightness.
        reference (`int` or `str`, defaults to `"chain"`):
            What the frames are registered to. `"chain"` registers to the first frame as long as the face looks like
            it, then to a later frame that is registered already, and so on; good for many seconds too. A number is
            one frame, counted among those returned, such as the onset.
        missing (`str`, defaults to `"error"`):
            What to do about frames without the face: `"error"`, or `"skip"` to leave them out.
        cropped (`bool`, defaults to `False`):
            The frames are crops of an aligned face already: they are resized and registered only, and the face
            models are not needed.
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].

    Returns:
        [`FaceClip`]

    Raises:
        [`NoFaceError`]: no frame shows a face, or the face is missing in some and `missing` is `"error"`.
        [`InputError`]: there are no frames, they differ in size, or there is no such `reference`.
    """
    if missing not in ("error", "skip"):
        raise InputError(f"`missing` is `{missing}`; pass `error` or `skip`.")
    if not (reference == "chain" if isinstance(reference, str) else reference >= 0):
        raise InputError(f"`reference` is `{reference}`; pass the number of a frame from 0, or `chain`.")
    numbered = _number(frames)
    crops = _resize(numbered, size) if cropped else _crop(_track(numbered, face, missing, models), size)
    indices, times, images, transforms, landmarks, _ = zip(*crops, strict=True)
    if not isinstance(reference, str) and reference >= len(images):
        raise InputError(f"`reference` is `{reference}`, but the clip has {len(images)} frames, counted from 0.")
    transforms, residue = np.array(transforms), np.zeros(len(images))
    registered, correlation = np.zeros(len(images), bool), np.ones(len(images))
    images = np.stack(images)
    if register:
        registered[0 if reference == "chain" else reference] = True
        for position, result in _register(images, reference):
            images[position] = result.frame
            transforms[position] = compose(result.matrix, transforms[position])
            residue[position], registered[position] = root_mean_square(result.matrix, size), result.ok
            correlation[position] = result.correlation
    if not cropped:
        points = zip(transforms, landmarks, strict=True)
        landmarks = np.array([transform_points(matrix, mesh) for matrix, mesh in points], np.float32)
    return FaceClip(
        frames=images,
        transforms=transforms,
        landmarks=None if cropped else landmarks,
        indices=np.array(indices),
        times=None if None in times else np.array(times),
        reference=0 if isinstance(reference, str) else reference,
        residue=residue,
        registered=registered,
        correlation=correlation,
    )


def _number(frames: Iterable[Frame | np.ndarray]) -> Iterator[tuple[int, float | None, np.ndarray]]:
    """Index, time (`None` for bare pictures) and picture as RGB of each frame."""
    shape = None
    for position, frame in enumerate(frames):
        index, time, image = frame if isinstance(frame, Frame) else (position, None, frame)
        image = as_rgb(image)
        shape = shape or image.shape
        if image.shape != shape:
            raise InputError(
                f"Frame {index} has `{image.shape[1]}x{image.shape[0]}` pixels, the first one "
                f"`{shape[1]}x{shape[0]}`; all frames must have one size."
            )
        yield index, time, image
    if shape is None:
        raise InputError("The clip has no frames; pass at least one.")


def _resize(numbered: Iterator, size: int) -> Iterator[Crop]:
    for index, time, image in numbered:
        height, width = image.shape[:2]
        smaller = size < max(height, width)
        crop = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
        x, y = size / width, size / height
        yield Crop(index, time, crop, np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]]), None, index)


def _track(numbered: Iterator, face, missing: str, models) -> Iterator[tuple]:
    """Index, time, picture and landmarks of each frame that shows the face."""
    tracker = FaceTracker(face, models)
    gap, seen, count = [], False, 0
    for index, time, image in numbered:
        count += 1
        landmarks = tracker.locate(image)
        if landmarks is None:
            gap.append((index, time))
            continue
        seen = True
        if gap and missing == "error":
            raise NoFaceError(_describe(gap))
        yield index, time, image, landmarks
    if not seen:
        raise NoFaceError(
            f"No face was found in any of the {count} frames; pass a clip with a face seen from the front, "
            "at least a fifteenth of the picture's width."
        )
    if gap and missing == "error":
        raise NoFaceError(_describe(gap))


def _describe(gap: list[tuple[int, float | None]]) -> str:
    (first, start), (last, end) = gap[0], gap[-1]
    when = f" ({start:.2f} s to {end:.2f} s)" if start is not None else ""
    return (
        f"The face is not in the picture in frames `{first}` to `{last}`{when}; cut the clip to a part that shows it "
        "throughout, or leave such frames out with `missing='skip'`."
    )


def _crop(tracked: Iterator, size: int) -> Iterator[Crop]:
    stream = CropStream(size)
    for entry in tracked:
        crop = stream.push(*entry)
        if crop is not None:
            yield crop
    yield from stream.finish()


def _register(images: np.ndarray, reference: int | str) -> Iterator[tuple[int, Registration]]:
    """Position and registration of each crop but the reference."""
    if reference == "chain":
        chain = RegistrationChain(images[0])
        yield from ((position, chain.register(images[position])) for position in range(1, len(images)))
        return
    registrar = Registrar(images[reference])
    for position in range(len(images)):
        if position != reference:
            yield position, registrar.register(images[position])
