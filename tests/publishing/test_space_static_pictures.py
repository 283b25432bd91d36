"""The page makes the package's pictures: of the same film the same frames, crops and registered faces, in Node.js."""

import json

import av
import cv2
import numpy as np
import pytest

from micron_bert.faces import FaceTracker
from micron_bert.faces.registration import Registrar
from micron_bert.faces.stream import CropStream, root_mean_square
from micron_bert.synthesis.example_clips import make_examples

FRAMES, SIZE = 10, 112
EXACT = int(cv2.__version__.split(".")[0]) < 5  # versions that round positions to 1/32 pixel

FRAME_SCRIPT = """
import { readFileSync, writeSync } from "node:fs";
import { Colours, coloursOf } from "./colours.js";

const given = readFileSync(0);
const { width, height, colorSpace, format, turn } = JSON.parse(given.subarray(0, 200));
const planes = given.subarray(200);
const twofold = format === "NV12";
const half = width / 2;
const layout = [{ offset: 0, stride: width }, { offset: width * height, stride: twofold ? width : half }];
if (!twofold) layout.push({ offset: width * height + (half * height) / 2, stride: half });
const frame = {
  format,
  visibleRect: { width, height },
  allocationSize: () => planes.length,
  copyTo: async (target) => { target.set(planes); return layout; },
};
const picture = await new Colours(coloursOf({ colorSpace })).convert(frame, turn);
for (let from = 0; from < picture.data.length;) from += writeSync(1, picture.data, from);
"""
FACE_SCRIPT = """
import { readFileSync, writeSync } from "node:fs";
import { CropStream } from "./stream.js";
import { Registrar } from "./registration.js";

const given = readFileSync(0);
const { width, height, count, size } = JSON.parse(given.subarray(0, 200));
const length = width * height * 3;
const crops = [];
const stream = new CropStream(size);
for (let place = 0; place < count; place += 1) {
  const at = 200 + place * (length + 936 * 4);
  const begin = given.byteOffset + at + length;
  const landmarks = new Float32Array(given.buffer.slice(begin, begin + 936 * 4));
  const picture = { data: new Uint8ClampedArray(given.subarray(at, at + length)), width, height, channels: 3 };
  crops.push(stream.push({ place, picture, landmarks }));
}
crops.push(...stream.finish());
const images = crops.filter(Boolean).map(({ image }) => image);
const registrar = new Registrar(images[0]);
const matrices = images.map((image) => registrar.register(image).matrix);
const parts = [...images.map(({ data }) => data), new Uint8Array(Float64Array.from(matrices.flat()).buffer)];
for (const part of parts) for (let from = 0; from < part.length;) from += writeSync(1, part, from);
"""


def header(**values):
    return json.dumps(values).encode().ljust(200)


@pytest.fixture(scope="module")
def frames():
    """The first frames of an example, as FFmpeg gives them."""
    with av.open(str(make_examples()[0][0])) as container:
        decoded = container.decode(video=0)
        return [next(decoded) for _ in range(FRAMES)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("form", ["I420", "NV12"])
@pytest.mark.parametrize("matrix", [None, "smpte170m", "bt709"])
def test_a_frame_has_the_colours_that_the_package_sees(in_node, frames, matrix, form, turn):
    frame = frames[0].reformat(format={"I420": "yuv420p", "NV12": "nv12"}[form])
    frame.colorspace = {None: 2, "smpte170m": 6, "bt709": 1}[matrix]
    planes = b"".join(
        np.frombuffer(plane, np.uint8)
        .reshape(-1, plane.line_size)[:, : frame.width // (1 if form == "NV12" or i == 0 else 2)]
        .tobytes()
        for i, plane in enumerate(frame.planes)
    )
    size = {"width": frame.width, "height": frame.height}
    told = in_node(
        FRAME_SCRIPT, header(**size, format=form, turn=turn, colorSpace=matrix and {"matrix": matrix}) + planes
    )
    planar = frame.reformat(format="yuv420p")
    planar.colorspace = frame.colorspace
    expected = np.rot90(planar.to_ndarray(format="rgb24"), -turn // 90)
    told = np.frombuffer(told, np.uint8).reshape(*expected.shape[:2], 4)
    assert (told[..., 3] == 255).all()
    # FFmpeg rounds by the processor's own instructions
    assert np.abs(told[..., :3].astype(int) - expected).max() <= 2


def test_crops_and_registrations_are_those_of_the_package(in_node, frames):
    images = [frame.to_ndarray(format="rgb24") for frame in frames]
    tracker, stream, given, crops = FaceTracker(), CropStream(SIZE), [], []
    for number, image in enumerate(images):
        landmarks = tracker.locate(image)
        given += [image.tobytes(), landmarks.astype(np.float32).tobytes()]
        crops.append(stream.push(number, None, image, landmarks))
    crops = [crop.image for crop in (*crops, *stream.finish()) if crop is not None]
    size = {"width": images[0].shape[1], "height": images[0].shape[0]}
    told = in_node(FACE_SCRIPT, header(**size, count=len(images), size=SIZE) + b"".join(given))
    pixels = len(crops) * SIZE * SIZE * 3
    told_crops = np.frombuffer(told[:pixels], np.uint8).reshape(-1, SIZE, SIZE, 3)
    apart = np.abs(told_crops.astype(int) - crops)
    assert apart.mean() < (0.005 if EXACT else 0.3)
    registrar = Registrar(crops[0])
    identity = np.eye(2, 3)
    for matrix, crop in zip(np.frombuffer(told[pixels:]).reshape(-1, 2, 3), crops, strict=True):
        # a first estimate by another way leads to the same end
        assert root_mean_square(matrix - registrar.register(crop).matrix + identity, SIZE) < (0.02 if EXACT else 0.05)
