// The 468 landmarks of a face, by the MediaPipe face mesh.

import { invert, similarity, transformPoints, warpSimilarity } from "./alignment.js";

const INPUT_SIZE = 192;
const NUM_LANDMARKS = 468;
const MARGIN = 1.5; // side of the square that the network sees, over the longer side of the face's box
const OUTER_EYE_CORNERS = [33, 263];
export const PRESENCE_THRESHOLD = 0.8;

/** Left, top, right and bottom of landmarks. */
export function boxOf(landmarks) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < landmarks.length; i += 2) {
    box[0] = Math.min(box[0], landmarks[i]);
    box[1] = Math.min(box[1], landmarks[i + 1]);
    box[2] = Math.max(box[2], landmarks[i]);
    box[3] = Math.max(box[3], landmarks[i + 1]);
  }
  return box;
}

/** Fits the mesh; gives { landmarks, presence }, landmarks as float32 in pixels of the picture. */
export class FaceMesh {
  /** `network` takes a picture of 192x192 as real numbers and gives landmarks and presence. */
  constructor(network) {
    this.network = network;
  }

  /** From a face that the detector found; three passes, each on a crop that the one before centred. */
  async find(picture, face) {
    const [x0, y0, x1, y1] = face.keypoints;
    const first = await this.run(picture, face.box, [x1 - x0, y1 - y0]);
    const second = await this.refit(picture, first.landmarks);
    return this.refit(picture, second.landmarks);
  }

  /** From landmarks in the frame before. */
  async refit(picture, landmarks) {
    const [left, right] = OUTER_EYE_CORNERS;
    const line = [landmarks[2 * right] - landmarks[2 * left], landmarks[2 * right + 1] - landmarks[2 * left + 1]];
    return this.run(picture, boxOf(landmarks), line);
  }

  /** One pass over the square around a box that has the eye line level. */
  async run(picture, [left, top, right, bottom], [dx, dy]) {
    const length = Math.hypot(dx, dy);
    const [cosine, sine] = length > 0 ? [dx / length, dy / length] : [1, 0];
    const scale = INPUT_SIZE / (MARGIN * Math.max(right - left, bottom - top, 1));
    const [a, b] = [scale * cosine, -scale * sine];
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const middle = (INPUT_SIZE - 1) / 2;
    const matrix = similarity(a, b, middle - (a * x - b * y), middle - (b * x + a * y));
    const crop = warpSimilarity(picture, matrix, INPUT_SIZE, 1);
    const pixels = new Float32Array(crop.data);
    for (let i = 0; i < pixels.length; i += 1) pixels[i] /= 255;
    const [values, logit] = await this.network(pixels);
    const points = new Float64Array(2 * NUM_LANDMARKS);
    for (let i = 0; i < NUM_LANDMARKS; i += 1) {
      points[2 * i] = values[3 * i] - 0.5;
      points[2 * i + 1] = values[3 * i + 1] - 0.5;
    }
    const landmarks = Float32Array.from(transformPoints(invert(matrix), points));
    return { landmarks, presence: 1 / (1 + Math.exp(-logit[0])) };
  }
}
