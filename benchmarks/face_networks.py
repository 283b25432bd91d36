"""
How long one pass of each face network takes, run by OpenCV and by LiteRT, and by how much they differ.

    python benchmarks/face_networks.py

Processor time of one thread, on a smooth random picture.
"""

import time

import cv2
import numpy as np

from micron_bert.faces.models import find_face_models
from micron_bert.faces.network import FaceNetwork

PASSES = 100


def main() -> None:
    cv2.setNumThreads(1)
    models, rng = find_face_models(), np.random.default_rng(0)
    networks = {
        "mesh": (models.mesh, 192, ("conv2d_21", "conv2d_31")),
        "detector": (models.detector, 128, ("regressors", "classificators")),
    }
    print(f"{'network':<10}{'OpenCV ms':>10}{'LiteRT ms':>10}{'largest difference':>20}")
    for name, (path, side, outputs) in networks.items():
        picture = cv2.GaussianBlur(rng.random((side, side, 3)).astype(np.float32), (0, 0), 4)
        spent, told = [], []
        for litert in (False, True):
            network = FaceNetwork(path, outputs, litert)
            told.append([values.ravel() for values in network(picture)])
            begun = time.process_time()
            for _ in range(PASSES):
                network(picture)
            spent.append(1e3 * (time.process_time() - begun) / PASSES)
        largest = max(float(np.abs(one - other).max()) for one, other in zip(*told, strict=True))
        print(f"{name:<10}{spent[0]:>10.2f}{spent[1]:>10.2f}{largest:>20.1e}")


if __name__ == "__main__":
    main()
