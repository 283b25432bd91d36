// A face frame by frame: crops on a smoothed path, and registrations in a chain.

import { fitSimilarity, similarityFromLandmarks, transformPoints, warpSimilarity } from "./alignment.js";
import { Registrar } from "./registration.js";

const SMOOTHING = [6, 4, 1]; // weights of a frame's similarity and of its neighbours'
const REACH = SMOOTHING.length - 1;
const KEY_CORRELATION = 0.97; // below this a chain of registrations takes a new key frame
// landmarks that neither expression nor speech moves much
const RIGID = [
  1, 4, 5, 6, 8, 9, 10, 21, 33, 54, 67, 103, 109, 122, 127, 133, 151, 162, 168, 195, 196, 197, 234, 251, 263, 284, 297,
  332, 338, 351, 356, 362, 389, 419, 454,
];

function rigid(landmarks) {
  return RIGID.flatMap((number) => [landmarks[2 * number], landmarks[2 * number + 1]]);
}

/**
 * Cuts a face out of frame after frame, by similarities that are smoothed over the two frames before and after.
 *
 * A frame is { place, index, time, picture, landmarks }; a crop is the same with its `image` and `transform`.
 */
export class CropStream {
  constructor(size) {
    this.size = size;
    this.template = null; // rigid landmarks in the crop of the first frame
    this.window = Array.from({ length: 2 * REACH + 1 }, () => null);
  }

  /** Takes the next frame; gives the crop that became ready, null at the start. */
  push(frame) {
    return this.shift({ ...frame, matrix: this.matrixOf(frame.landmarks) });
  }

  /** The crops that still waited for frames after them, one at a time. */
  *finish() {
    for (let i = 0; i < REACH; i += 1) {
      const crop = this.shift(null);
      if (crop) yield crop;
    }
  }

  /** The frame whose crop came out last and those after it. */
  waiting() {
    return this.window.slice(REACH).filter((frame) => frame !== null);
  }

  matrixOf(landmarks) {
    if (this.template) return fitSimilarity(rigid(landmarks), this.template);
    const matrix = similarityFromLandmarks(landmarks, this.size);
    this.template = transformPoints(matrix, rigid(landmarks));
    return matrix;
  }

  shift(frame) {
    this.window = [...this.window.slice(1), frame];
    const middle = this.window[REACH];
    if (!middle) return null;
    const transform = smoothed(this.window);
    return { ...middle, transform, image: warpSimilarity(middle.picture, transform, this.size) };
  }
}

/** The weighted mean of the similarities around the middle of a window. */
function smoothed(window) {
  const { place, matrix } = window[REACH];
  let total = matrix.map((value) => SMOOTHING[0] * value);
  let weight = SMOOTHING[0];
  for (let offset = 1; offset <= REACH; offset += 1) {
    const [before, after] = [window[REACH - offset], window[REACH + offset]];
    // a neighbour beyond a gap says nothing, and one without its counterpart would make a moving face lag
    if (!before || !after || after.place - before.place !== 2 * offset) continue;
    total = total.map((value, i) => value + SMOOTHING[offset] * (before.matrix[i] + after.matrix[i]));
    weight += 2 * SMOOTHING[offset];
  }
  return total.map((value) => value / weight);
}

/** Registers crop after crop: to the first as long as the face looks like it, then to a later one, and so on. */
export class RegistrationChain {
  constructor(first) {
    this.registrar = new Registrar(first);
  }

  register(image) {
    const result = this.registrar.register(image);
    if (result.correlation < KEY_CORRELATION) this.registrar = new Registrar(result.frame);
    return result;
  }
}

/** Root mean square displacement, over a crop of so many pixels, of a registration's matrix. */
export function rootMeanSquare([a, b, x, c, d, y], size) {
  let sum = 0;
  for (let j = 0; j < 9; j += 1) {
    for (let i = 0; i < 9; i += 1) {
      const [u, v] = [(i * (size - 1)) / 8, (j * (size - 1)) / 8];
      sum += (a * u + b * v + x - u) ** 2 + (c * u + d * v + y - v) ** 2;
    }
  }
  return Math.sqrt(sum / 81);
}
