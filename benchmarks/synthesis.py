"""
How fast synthetic pairs, clips and films are made on one core.

    python benchmarks/synthesis.py [FACES]

Without a folder of faces it uses the astronaut photograph that scikit-image ships.
"""

import argparse
import itertools
import time
from collections.abc import Callable

import cv2
import numpy as np

from micron_bert.faces.detector import FaceDetector
from micron_bert.faces.mesh import FaceMesh
from micron_bert.synthesis.clips.clip import synthesize_clip
from micron_bert.synthesis.films.film import synthesize_film
from micron_bert.synthesis.motion.displacement import Movement, pixel_grid, sample
from micron_bert.synthesis.motion.distractors import draw_tremor
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import expression_field
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.head import draw_residue
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import Portrait, frame_to_portrait, load_portraits, working_landmarks
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.view import draw_crop

SIZE = 112


def astronaut() -> Portrait:
    """The portrait that everybody has."""
    from skimage.data import astronaut

    photograph = astronaut()
    landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
    return Portrait.from_photograph("astronaut", photograph, landmarks, SIZE)


def seconds(work: Callable[[int], object], count: int) -> float:
    """Processor time of one call, the mean over `count` calls; other processes on the machine do not count."""
    for index in range(10):
        work(index)
    start = time.process_time()
    for index in range(count):
        work(index)
    return (time.process_time() - start) / count


def stages(portrait: Portrait) -> dict[str, Callable[[int], object]]:
    """The parts of a pair, with typical arguments."""
    rng = np.random.default_rng(0)
    grid = pixel_grid(SIZE, SIZE)
    landmarks = working_landmarks(portrait)
    regions = FaceRegions(landmarks, (SIZE, SIZE))
    units = [UnitActivation(4), UnitActivation(7), UnitActivation(9)]
    habits, nuisances = Habits(), Nuisances(jpeg=0.0)
    field = expression_field(units, regions, rng, habits)
    to_portrait = frame_to_portrait(draw_crop(rng, SIZE, nuisances))
    movement = Movement(field, draw_residue(rng, SIZE, 0.3))
    scene = np.stack([sample(portrait.image, to_portrait, grid)] * 2)
    light = np.ones(scene.shape[:3], np.float32)
    compressing = Camera.draw(rng, Nuisances(jpeg=1.0, grey=0.0))
    plain = Camera.draw(rng, Nuisances(jpeg=0.0, grey=0.0))
    return {
        "regions of the face": lambda index: FaceRegions(landmarks, (SIZE, SIZE)),
        "field of three units": lambda index: expression_field(units, regions, rng, habits),
        "tremor": lambda index: draw_tremor(regions, rng, 0.1),
        "blur and two warps": lambda index: [
            sample(cv2.GaussianBlur(portrait.image, (0, 0), 1.0), to_portrait, points)
            for points in (grid, movement.sources(grid))
        ],
        "light and noise": lambda index: plain.expose(scene, light, rng),
        "light, noise and JPEG": lambda index: compressing.expose(scene, light, rng),
        "true displacement": lambda index: movement.displacement(grid),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("faces", nargs="?", help="folder with photographs of faces")
    parser.add_argument("--count", type=int, default=500, help="pairs to time")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    portraits = load_portraits(args.faces, SIZE) if args.faces else [astronaut()]
    pairs = SyntheticPairs(portraits, SIZE)

    print(f"{'stage of a pair at 112 px':<28}{'ms':>8}")
    for name, work in stages(portraits[0]).items():
        print(f"{name:<28}{1e3 * seconds(work, args.count):>8.2f}")
    whole = seconds(lambda index: pairs[index], args.count)
    print(f"{'a whole pair':<28}{1e3 * whole:>8.2f}   {1 / whole:.0f} pairs/s on one core")

    frames = 0

    def clip(index: int) -> None:
        nonlocal frames
        portrait = portraits[index % len(portraits)]
        frames += len(synthesize_clip(portrait, "disgust", rng=np.random.default_rng(index)).frames)

    each = seconds(clip, 40)
    print(f"{'a clip, 30 frames/s':<28}{1e3 * each:>8.2f}   {1 / each:.1f} clips/s, {frames / 50 / each:.0f} frames/s")

    film = synthesize_film(portraits[0].image, portraits[0].landmarks, 60.0, 30.0, np.random.default_rng(0))
    reel = itertools.chain.from_iterable(film.frames() for _ in itertools.count())
    each = seconds(lambda index: next(reel), args.count)
    print(f"{'a frame of a film, 640x480':<28}{1e3 * each:>8.2f}   {1 / each:.0f} frames/s")


if __name__ == "__main__":
    main()
