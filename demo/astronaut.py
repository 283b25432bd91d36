"""
A film of a micro-expression, made from the photograph of Eileen Collins that scikit-image ships (NASA, public domain).

    python demo/astronaut.py out/astronaut.mp4 [--emotion happiness] [--amplitude 2.0] [--fps 60] [--seed 2]

The movement is synthetic, and so is what is recognised in it.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

SIDE = 640  # pixels of the film; in the photograph the eyes are 44 px apart, fewer than are asked for


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", help="video to write")
    parser.add_argument("--emotion", default="happiness")
    parser.add_argument("--amplitude", type=float, default=2.0, help="%% of the distance between the eyes")
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=2)
    args = parser.parse_args(argv)

    import cv2
    from skimage.data import astronaut

    from micron_bert.faces import FaceDetector, FaceMesh
    from micron_bert.synthesis.clips.scene import synthesize_scene
    from micron_bert.video.writer import write_video

    photograph = cv2.resize(astronaut(), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
    clip = synthesize_scene(
        photograph,
        landmarks,
        args.emotion,
        amplitude=args.amplitude,
        fps=args.fps,
        rng=np.random.default_rng(args.seed),
    )
    Path(args.output).parent.mkdir(parents=True, exist_ok=True)
    write_video(args.output, clip.frames, clip.fps)
    print(
        f"{args.output}: {len(clip.frames)} frames at {clip.fps:g} a second, synthetic {args.emotion} of "
        f"{clip.amplitude:.1f} % of the distance between the eyes, onset {clip.onset}, apex {clip.apex}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
