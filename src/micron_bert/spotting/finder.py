"""Finding and following faces through a film: one that was chosen, or all."""

import os

import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.detector import FaceDetector, choose_face
from micron_bert.faces.mesh import PRESENCE_THRESHOLD, FaceMesh
from micron_bert.faces.tracker import LARGE_STEP

LOOK_AROUND = 1.0  # seconds from one detection to the next while a face is followed
SEARCH = 0.2  # the same while none is
REMEMBERED = 10.0  # seconds for which a lost face is expected to come back near its place
NEARBY = 1.5  # sides of the face: how far from its place it may come back
MOST_FACES = 6  # followed at once


def box_of(landmarks: np.ndarray) -> np.ndarray:
    """Left, top, right and bottom of landmarks `(468, 2)`."""
    x, y = landmarks.T
    return np.array([x.min(), y.min(), x.max(), y.max()])


def side_of(box: np.ndarray) -> float:
    """The longer side of a box in pixels."""
    return float(max(box[2] - box[0], box[3] - box[1], 1))


def centre_of(box: np.ndarray) -> np.ndarray:
    """Centre of a box, `(x, y)`."""
    return (box[:2] + box[2:]) / 2


def _same_place(one: np.ndarray, other: np.ndarray) -> bool:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    common = np.clip(high - low, 0, None).prod()
    return common > 0.3 * min(np.prod(one[2:] - one[:2]), np.prod(other[2:] - other[:2]))


class _Seen:
    """A face and where it was seen last."""

    def __init__(self, landmarks: np.ndarray, time: float):
        self.landmarks, self.box, self.time, self.lost = landmarks, box_of(landmarks), time, False

    def see(self, landmarks: np.ndarray, time: float) -> None:
        self.landmarks, self.box, self.time, self.lost = landmarks, box_of(landmarks), time, False


class FaceFinder:
    """
    Landmarks of one face or of all, frame by frame: the mesh follows each face, and the detector looks once a second
    for new ones and more often for one that was lost.

    Args:
        face (`int`, `tuple` or `str`, defaults to 0):
            The n-th largest of the first frame that shows as many, the one nearest to a point `(x, y)`, or `"all"`.
        models (`str` or `os.PathLike`, *optional*):
            Folder with the face models, see [`find_face_models`].
    """

    def __init__(self, face: int | tuple[float, float] | str = 0, models: str | os.PathLike | None = None):
        if isinstance(face, str):
            face = {"largest": 0}.get(face, face)
        if isinstance(face, str) and face != "all" or isinstance(face, int) and face < 0:
            raise InputError(f"`face` is `{face}`; pass a number from 0 (the largest), a point `(x, y)`, or `all`.")
        self.face = face
        self.detector, self.mesh = FaceDetector(models), FaceMesh(models)
        self.seen: dict[int, _Seen] = {}
        self.bystanders: list[np.ndarray] = []  # boxes of faces that are not followed
        self.looked = -np.inf
        self.most = 0  # faces seen at once
        self.count = 0  # faces numbered so far

    def locate(self, image: np.ndarray, time: float) -> dict[int, np.ndarray]:
        """Landmarks `(468, 2)` of each followed face that is in a frame `(H, W, 3)`, by its number."""
        found = {}
        for number, seen in self.seen.items():
            landmarks = None if seen.lost else self._follow(image, seen.landmarks)
            # two meshes may slide onto one face
            if landmarks is not None and not any(
                _same_place(box_of(landmarks), box_of(other)) for other in found.values()
            ):
                seen.see(landmarks, time)
                found[number] = landmarks
            else:
                seen.lost = True
        if time - self.looked >= (LOOK_AROUND if found else SEARCH) or time < self.looked:
            self.looked = time
            self._look_around(image, time, found)
        return found

    def resize(self, across: float, down: float) -> None:
        """The frames have another size from now on: faces are looked for anew, near where they would be there."""
        for seen in self.seen.values():
            seen.landmarks = (seen.landmarks * (across, down)).astype(np.float32)
            seen.box, seen.lost = box_of(seen.landmarks), True
        self.bystanders = [box * (across, down, across, down) for box in self.bystanders]
        self.looked = -np.inf

    def _follow(self, image: np.ndarray, last: np.ndarray) -> np.ndarray | None:
        landmarks, presence = self.mesh.fit(image, last)
        if presence < PRESENCE_THRESHOLD:
            return None
        step = np.linalg.norm((landmarks - last).mean(axis=0))
        if step > LARGE_STEP * np.ptp(landmarks, axis=0).max():
            landmarks, presence = self.mesh.fit(image, landmarks)
        return landmarks if presence >= PRESENCE_THRESHOLD else None

    def _look_around(self, image: np.ndarray, time: float, found: dict[int, np.ndarray]) -> None:
        """Finds faces again and new ones, among those that the detector sees and the mesh confirms."""
        detected = self.detector.detect(image)
        followed = [box_of(landmarks) for landmarks in found.values()]
        strangers = [face for face in detected if not any(_same_place(face.box, box) for box in followed)]
        self.most = max(self.most, len(detected))
        if self.face != "all" and found:
            self.bystanders = [face.box for face in strangers]
            return
        confirmed = {}
        for face in strangers:
            landmarks, presence = self.mesh.fit(image, face)
            if presence >= PRESENCE_THRESHOLD:
                confirmed[face] = landmarks
        if self.face == "all":
            self._greet(confirmed, time, found)
        elif self.seen:
            self._find_again(confirmed, time, found)
        elif confirmed and not (isinstance(self.face, int) and self.face >= len(confirmed)):
            chosen = choose_face(list(confirmed), self.face)
            self.bystanders = [face.box for face in confirmed if face is not chosen]
            self.seen[0] = _Seen(confirmed[chosen], time)
            found[0] = confirmed[chosen]

    def _find_again(self, confirmed: dict, time: float, found: dict[int, np.ndarray]) -> None:
        """The chosen face, among those that did not sit beside it when it was lost."""
        seen = self.seen[0]
        free = [face for face in confirmed if not any(_same_place(face.box, box) for box in self.bystanders)]
        if free:
            chosen = min(free, key=lambda face: np.linalg.norm(face.centre - centre_of(seen.box)))
            seen.see(confirmed[chosen], time)
            found[0] = confirmed[chosen]
        self.bystanders = [face.box for face in confirmed if not (free and face is chosen)]

    def _greet(self, confirmed: dict, time: float, found: dict[int, np.ndarray]) -> None:
        for face, landmarks in confirmed.items():
            lost = [
                number
                for number, seen in self.seen.items()
                if number not in found
                and time - seen.time <= REMEMBERED
                and np.linalg.norm(face.centre - centre_of(seen.box)) <= NEARBY * side_of(seen.box)
            ]
            if lost:
                number = min(lost, key=lambda n: np.linalg.norm(face.centre - centre_of(self.seen[n].box)))
            elif len(found) < MOST_FACES:
                number, self.count = self.count, self.count + 1
            else:
                continue
            self.seen[number] = _Seen(landmarks, time)
            found[number] = landmarks
        # whoever left long ago and came back is a new face: what was known of them can go
        for number in [n for n, seen in self.seen.items() if time - seen.time > REMEMBERED]:
            del self.seen[number]
