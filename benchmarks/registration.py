"""
How still a face stands after alignment and registration, how much of an expression survives, and what it costs.

    python benchmarks/registration.py [--clips VIDEO ...] [--faces FOLDER] [--pairs 100]

Lengths are pixels of the 112 px crop, in which the eyes are 44.8 px apart.
Times are processor time of the one thread that everything runs in.

Synthetic pairs: a portrait and the same portrait after a known movement of the head (0.3 px, 0.2 degrees, 0.2 %, all
normally distributed), a known expression (Gaussian hills at the brows and mouth corners, 0.3 to 2.5 % of the eye
distance), a change of light, sensor noise and JPEG. The residue is the root mean square displacement, over the face,
of what remains of the head's movement; an expression survives to the share that an ideal flow would still find.

Real clips: pairs of frames 160 ms apart. The residue is that of the similarity which most of the sparse Lucas-Kanade
flow in the face follows (least median of squares), before registration, after the plain recipe (flow) and after
`register`. The truth is not known, and heads that turn and faces that talk leave movement that is no similarity. So
the repeatability is told as well: the second frame is moved once more by a known similarity, and the residue is the
disagreement between the two registrations once the known movement is accounted for.
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from scipy.ndimage import map_coordinates

from micron_bert.errors import InputError
from micron_bert.faces import FaceDetector, FaceMesh, FaceTracker, align_clip, align_image, register
from micron_bert.faces.alignment import compose, similarity_from_landmarks, similarity_matrix, warp_similarity
from micron_bert.video import open_video, read_image

SIZE = 112
EYE_DISTANCE = 0.4 * SIZE
INTERVAL = 0.160  # seconds: from onset to apex in the published databases
IDENTITY = np.eye(2, 3)
# places of the hills and where they go: brows up, brows together and down, one or both mouth corners up or down
EXPRESSIONS = (
    ((107, 55, 336, 285), ((0, -1),) * 4),
    ((107, 336), ((0.6, 0.8), (-0.6, 0.8))),
    ((61, 291), ((-0.69, -0.72), (0.69, -0.72))),
    ((61,), ((-0.69, -0.72),)),
    ((61, 291), ((0, 1), (0, 1))),
)
GRID = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1).reshape(-1, 2).astype(np.float64)
IN_FACE = np.hypot((GRID[:, 0] - 55.5) / 40, (GRID[:, 1] - 56) / 49) < 1


def displacement(matrix: np.ndarray, points: np.ndarray = GRID) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2] - points


def residue(matrix: np.ndarray) -> float:
    return float(np.sqrt((displacement(matrix)[IN_FACE] ** 2).sum(axis=1).mean()))


# ---- synthetic pairs: rendered at twice the size with SciPy's splines, then averaged down


def expression_field(landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A displacement `(2S, 2S, 2)` in pixels of the double-sized crop."""
    places, directions = EXPRESSIONS[rng.integers(len(EXPRESSIONS))]
    y, x = np.mgrid[0 : 2 * SIZE, 0 : 2 * SIZE]
    field = np.zeros((2 * SIZE, 2 * SIZE, 2))
    for place, direction in zip(places, directions, strict=True):
        distance = np.hypot(x - landmarks[place, 0], y - landmarks[place, 1])
        field += np.exp(-0.5 * (distance / (0.22 * 2 * EYE_DISTANCE)) ** 2)[..., None] * direction
    amplitude = rng.uniform(0.003, 0.025) * 2 * EYE_DISTANCE
    return field * amplitude / np.linalg.norm(field, axis=-1).max()


def random_head_movement(rng: np.random.Generator) -> np.ndarray:
    factor = (1 + rng.normal(0, 0.002)) * np.exp(1j * math.radians(rng.normal(0, 0.2)))
    middle = (SIZE - 1) / 2 * (1 + 1j)
    return similarity_matrix(factor, (1 - factor) * middle + complex(*rng.normal(0, 0.3, 2)))


def photograph(image: np.ndarray, rng: np.random.Generator, gain: float = 1.0, offset: float = 0.0) -> np.ndarray:
    small = cv2.resize(image.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    small = np.clip(np.rint(gain * small + offset + rng.normal(0, 1.5, small.shape)), 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(85, 97))])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def synthetic_pair(image: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator, expression: bool) -> tuple:
    """Reference, frame, true movement of the head `(2, 3)` and true expression `(S * S, 2)`, both in crop pixels."""
    field = expression_field(landmarks, rng) if expression else np.zeros((2 * SIZE, 2 * SIZE, 2))
    head = random_head_movement(rng)
    to_double, to_single = similarity_matrix(2 + 0j, 0.5 + 0.5j), similarity_matrix(0.5 + 0j, -0.25 - 0.25j)
    back = cv2.invertAffineTransform(compose(to_double, compose(head, to_single)))
    y, x = np.mgrid[0 : 2 * SIZE, 0 : 2 * SIZE].astype(np.float64)
    target = np.stack([x, y], axis=-1) @ back[:, :2].T + back[:, 2]
    source = target
    for _ in range(4):
        here = [
            map_coordinates(field[..., k], (source[..., 1], source[..., 0]), order=1, mode="nearest") for k in (0, 1)
        ]
        source = target - np.stack(here, axis=-1)
    where = source[..., 1], source[..., 0]
    moved = [
        map_coordinates(plane, where, order=3, mode="nearest") for plane in np.moveaxis(image.astype(float), 2, 0)
    ]
    frame = photograph(np.stack(moved, axis=-1), rng, 1 + rng.normal(0, 0.005), rng.normal(0, 1))
    return photograph(image, rng), frame, head, cv2.resize(field, (SIZE, SIZE)).reshape(-1, 2) / 2


# ---- methods: (frame, reference) -> matrix


def by_flow(frame: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """DIS flow of grey frames enlarged twice, RANSAC over a 28 x 28 grid: the plain recipe."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (reference, frame)]
    double = [cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) for image in grey]
    field = cv2.resize(flow.calc(*double, None), (28, 28), interpolation=cv2.INTER_AREA) / 2
    points = np.stack(np.meshgrid(*[(np.arange(28) + 0.5) * SIZE / 28 - 0.5] * 2), axis=-1)
    source, target = (points + field).reshape(-1, 2), points.reshape(-1, 2)
    return cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=0.15)[0]


def by_correlation(frame: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Enhanced correlation coefficient, Euclidean."""
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (reference, frame)]
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-5)
    warp = cv2.findTransformECC(*grey, np.eye(2, 3, dtype=np.float32), cv2.MOTION_EUCLIDEAN, criteria, None, 5)[1]
    return cv2.invertAffineTransform(warp.astype(np.float64))


METHODS = {
    "nothing": lambda frame, reference: IDENTITY,
    "ECC, Euclidean": by_correlation,
    "DIS flow + RANSAC": by_flow,
    "micron_bert": lambda frame, reference: register(frame, reference).matrix,
}


def synthetic_table(portraits: list, count: int) -> None:
    for expression in (False, True):
        rng = np.random.default_rng(int(expression))
        pairs = [synthetic_pair(*portraits[i % len(portraits)], rng, expression) for i in range(count)]
        kind = "with" if expression else "without"
        print(f"\n{count} synthetic pairs {kind} an expression, {len(portraits)} portraits")
        print(f"{'':20}{'residue':>9}{'p90':>8}{'survives':>10}{'p10':>7}{'ms':>8}")
        for name, method in METHODS.items():
            residues, survival, milliseconds = [], [], []
            for reference, frame, head, field in pairs:
                start = time.thread_time()
                matrix = method(frame, reference)
                milliseconds.append(1e3 * (time.thread_time() - start))
                remaining = compose(matrix, head)
                residues.append(residue(remaining))
                if expression:
                    survival.append(1 + (displacement(remaining) * field).sum() / (field**2).sum())
            shares = f"{np.median(survival):10.2f}{np.percentile(survival, 10):7.2f}" if expression else " " * 17
            print(
                f"{name:20}{np.median(residues):9.4f}{np.percentile(residues, 90):8.4f}{shares}"
                f"{np.median(milliseconds):8.1f}"
            )


# ---- real clips


def seen_residue(frame: np.ndarray, reference: np.ndarray) -> float:
    """The similarity in the movement between two crops, as sparse Lucas-Kanade flow sees it."""
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (reference, frame)]
    double = [cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) for image in grey]
    points = GRID.reshape(SIZE, SIZE, 2)[6::6, 6::6][IN_FACE.reshape(SIZE, SIZE)[6::6, 6::6]]
    start = (2 * points + 0.5).astype(np.float32)
    end, found, _ = cv2.calcOpticalFlowPyrLK(*double, start, None, winSize=(21, 21), maxLevel=2)
    found = found.ravel() > 0
    matrix, _ = cv2.estimateAffinePartial2D(points[found], ((end - 0.5) / 2)[found], method=cv2.LMEDS)
    return residue(matrix)


def crops_by_eyes(path: str) -> tuple[list, list]:
    """Crops by the eyes of each frame alone, and what is needed to cut a frame by another frame's similarity."""
    tracker, images, matrices = FaceTracker(), [], []
    for frame in open_video(path):
        landmarks = tracker.locate(frame.image)
        if landmarks is not None:
            images.append(frame.image)
            matrices.append(similarity_from_landmarks(landmarks, SIZE))
    return images, matrices


def clip_table(path: str, count: int) -> None:
    video = open_video(path)
    aligned = align_clip(video, register=False, missing="skip")
    chained = align_clip(video, missing="skip").frames
    images, eyes = crops_by_eyes(path)
    step = max(1, round(INTERVAL * video.fps))
    starts = [i for i in range(len(aligned) - step) if aligned.indices[i + step] - aligned.indices[i] == step]
    starts = starts[:: max(1, len(starts) // count)]

    def cut(frame, by):
        return warp_similarity(images[frame], eyes[by], SIZE)

    ways = {
        "one similarity per pair": lambda i: (cut(i + step, i), cut(i, i)),
        "per frame, eyes": lambda i: (cut(i + step, i + step), cut(i, i)),
        "per frame, rigid points": lambda i: (aligned.frames[i + step], aligned.frames[i]),
        "the whole clip chained": lambda i: (chained[i + step], chained[i]),
    }
    print(f"\n{Path(path).name}: {len(starts)} pairs, {step} frames = {1e3 * step / video.fps:.0f} ms apart")
    print(f"{'':26}{'aligned':>9}{'p90':>8}{'flow':>9}{'p90':>8}{'registered':>12}{'p90':>8}")
    for name, pair in ways.items():
        columns = []
        pairs = [pair(i) for i in starts]
        columns.append([seen_residue(*both) for both in pairs])
        columns.append([seen_residue(warp_by_flow(*both), both[1]) for both in pairs])
        columns.append([seen_residue(register(*both).frame, both[1]) for both in pairs])
        cells = [f"{np.median(c):{w}.3f}{np.percentile(c, 90):8.3f}" for c, w in zip(columns, (9, 9, 12), strict=True)]
        print(f"{name:26}{''.join(cells)}")
    rng = np.random.default_rng(0)
    repeats = [repeatability(aligned.frames[i + step], aligned.frames[i], rng) for i in starts]
    middle, worst = np.median(repeats, axis=0), np.percentile(repeats, 90, axis=0)
    print(f"{'repeatability':43}{middle[0]:9.3f}{worst[0]:8.3f}{middle[1]:12.3f}{worst[1]:8.3f}")


def repeatability(frame: np.ndarray, reference: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Disagreement of two registrations of one frame, the second after a known movement, for both methods."""
    head = random_head_movement(rng)
    back = cv2.invertAffineTransform(head)
    x, y = np.moveaxis((GRID @ back[:, :2].T + back[:, 2]).reshape(SIZE, SIZE, 2), 2, 0)
    planes = [
        map_coordinates(plane, (y, x), order=3, mode="nearest") for plane in np.moveaxis(frame.astype(float), 2, 0)
    ]
    moved = np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)
    results = []
    for method in (by_flow, METHODS["micron_bert"]):
        twice = compose(method(moved, reference), head)
        results.append(residue(compose(twice, cv2.invertAffineTransform(method(frame, reference)))))
    return tuple(results)


def warp_by_flow(frame: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(
        frame, by_flow(frame, reference), (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


# ---- time


def timing_table() -> None:
    frame = np.full((480, 640, 3), 120, np.uint8)
    frame[:, 60:572] = skimage.data.astronaut()[:480]
    detector, mesh = FaceDetector(), FaceMesh()
    face = detector.detect(frame)[0]
    landmarks = mesh.landmarks(frame, face)
    matrix = similarity_from_landmarks(landmarks, SIZE)
    crop = warp_similarity(frame, matrix, SIZE)
    other = warp_similarity(frame, matrix + [[0, 0, 0.3], [0, 0, -0.2]], SIZE)
    print("milliseconds on a frame of 640 x 480 (median of 50)")
    for name, job in {
        "detector": lambda: detector.detect(frame),
        "mesh of a detected face": lambda: mesh.fit(frame, face),
        "mesh of a tracked face": lambda: mesh.fit(frame, landmarks),
        "crop": lambda: warp_similarity(frame, matrix, SIZE),
        "registration of a crop": lambda: register(other, crop),
    }.items():
        times = []
        for _ in range(50):
            start = time.thread_time()
            job()
            times.append(1e3 * (time.thread_time() - start))
        print(f"{name:26}{np.median(times):8.2f}")
    start = time.thread_time()
    align_clip([frame] * 50)
    print(f"{'a clip, per frame':26}{1e3 * (time.thread_time() - start) / 50:8.2f}")


def load_portraits(folder: str | None, limit: int = 40) -> list:
    images = [skimage.data.astronaut()]
    if folder:
        images += [frame_path for frame_path in sorted(Path(folder).rglob("*.jpg"))][:limit]
    portraits = []
    for image in images:
        try:
            aligned = align_image(read_image(image) if isinstance(image, Path) else image, 2 * SIZE)
            portraits.append((aligned.image, aligned.landmarks))
        except InputError as error:
            print(f"left out: {error}")
    return portraits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--clips", nargs="*", default=[], help="videos with a face")
    parser.add_argument("--faces", help="folder of portraits (JPEG) beside the one that comes with scikit-image")
    parser.add_argument("--pairs", type=int, default=100)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    timing_table()
    synthetic_table(load_portraits(arguments.faces), arguments.pairs)
    for path in arguments.clips:
        clip_table(path, arguments.pairs)


if __name__ == "__main__":
    main()
