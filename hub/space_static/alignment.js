// The canonical face crop: eyes level, at a fixed place and a fixed distance; and how a picture is brought there.
//
// A similarity is [a, b, x, c, d, y]: (u, v) goes to (a u + b v + x, c u + d v + y). Landmarks are x, y, x, y, ….

import { cut, resize } from "./picture.js";

export const EYE_DISTANCE = 0.4; // between the eye centres, as a share of the crop's side
export const EYES_CENTRE = [0.5, 0.33]; // their midpoint, as shares of the crop's side
const EYE_CORNERS = [[33, 133], [362, 263]];
export const IDENTITY = [1, 0, 0, 0, 1, 0];

/** Centres of the two eyes, [x, y] each: the one on the left of the image first. */
export function eyeCentres(landmarks) {
  return EYE_CORNERS.map(([one, other]) => [
    (landmarks[2 * one] + landmarks[2 * other]) / 2,
    (landmarks[2 * one + 1] + landmarks[2 * other + 1]) / 2,
  ]);
}

/** The similarity of z -> factor z + shift, with z = x + i y. */
export function similarity(real, imaginary, x, y) {
  return [real, -imaginary, x, imaginary, real, y];
}

/** The similarity that brings the eyes of landmarks to their places in a crop of so many pixels. */
export function similarityFromLandmarks(landmarks, size) {
  const [[x0, y0], [x1, y1]] = eyeCentres(landmarks);
  const [dx, dy] = [x1 - x0, y1 - y0];
  const factor = (EYE_DISTANCE * size) / (dx * dx + dy * dy);
  const [a, b] = [factor * dx, -factor * dy]; // a real distance divided by a complex one
  const [mx, my] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [tx, ty] = [EYES_CENTRE[0] * size - 0.5, EYES_CENTRE[1] * size - 0.5];
  return similarity(a, b, tx - (a * mx - b * my), ty - (b * mx + a * my));
}

/** The similarity that brings points nearest to others, by least squares; both x, y, x, y, …. */
export function fitSimilarity(source, target) {
  const count = source.length / 2;
  let [sx, sy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < source.length; i += 2) {
    sx += source[i] / count;
    sy += source[i + 1] / count;
    tx += target[i] / count;
    ty += target[i + 1] / count;
  }
  let [real, imaginary, power] = [0, 0, 0];
  for (let i = 0; i < source.length; i += 2) {
    const [x, y] = [source[i] - sx, source[i + 1] - sy];
    real += x * target[i] + y * target[i + 1];
    imaginary += x * target[i + 1] - y * target[i];
    power += x * x + y * y;
  }
  real /= Math.max(power, 1e-12);
  imaginary /= Math.max(power, 1e-12);
  return similarity(real, imaginary, tx - (real * sx - imaginary * sy), ty - (imaginary * sx + real * sy));
}

/** The matrix that applies `inner` first, then `outer`. */
export function compose(outer, inner) {
  const [a, b, x, c, d, y] = outer;
  const [e, f, u, g, h, v] = inner;
  return [a * e + b * g, a * f + b * h, a * u + b * v + x, c * e + d * g, c * f + d * h, c * u + d * v + y];
}

/** The matrix that goes back. */
export function invert([a, b, x, c, d, y]) {
  const area = a * d - b * c;
  const [e, f, g, h] = [d / area, -b / area, -c / area, a / area];
  return [e, f, -(e * x + f * y), g, h, -(g * x + h * y)];
}

/** Points x, y, x, y, … under a matrix. */
export function transformPoints([a, b, x, c, d, y], points) {
  const moved = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    moved[i] = a * points[i] + b * points[i + 1] + x;
    moved[i + 1] = c * points[i] + d * points[i + 1] + y;
  }
  return moved;
}

/**
 * A square RGB crop of a picture, as whole numbers.
 *
 * Each pixel of the crop averages the picture over its own area: the picture is sampled on a grid as fine as its own
 * pixels, and the grid is averaged down. A picture with more than `refinement` pixels along one of the crop's is
 * averaged over whole blocks first. Outside of the picture its edge is repeated.
 */
export function warpSimilarity(picture, matrix, size, refinement = 4) {
  let scale = Math.hypot(matrix[0], matrix[3]); // crop pixels per pixel of the picture
  const block = Math.floor(1 / (refinement * scale));
  if (block > 1) {
    [picture, matrix] = averageBlocks(picture, matrix, size, block);
    scale *= block;
  }
  const factor = Math.max(1, Math.ceil(1 / scale));
  const fine = matrix.map((value) => value * factor);
  fine[2] += (factor - 1) / 2;
  fine[5] += (factor - 1) / 2;
  return factor === 1 ? sampleCubic(picture, invert(fine), size) : sampleLinear(picture, invert(fine), size, factor);
}

function sampleLinear(picture, [a, b, x0, c, d, y0], size, factor) {
  const { data, width, height, channels } = picture;
  const sums = new Float32Array(size * size * 3);
  const [right, bottom] = [width - 1, height - 1];
  for (let row = 0; row < size * factor; row += 1) {
    const line = Math.floor(row / factor) * size;
    let [x, y] = [b * row + x0, d * row + y0];
    for (let column = 0; column < size * factor; column += 1, x += a, y += c) {
      const u = x < 0 ? 0 : x > right ? right : x;
      const v = y < 0 ? 0 : y > bottom ? bottom : y;
      const left = u | 0;
      const top = v | 0;
      const [s, t] = [u - left, v - top];
      const across = left < right ? channels : 0;
      const down = top < bottom ? width * channels : 0;
      const at = (top * width + left) * channels;
      const w11 = s * t;
      const w10 = s - w11; // right, above
      const w01 = t - w11;
      const w00 = 1 - s - w01;
      const to = (line + Math.floor(column / factor)) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const i = at + channel;
        sums[to + channel] += w00 * data[i] + w10 * data[i + across] + w01 * data[i + down] + w11 * data[i + across + down];
      }
    }
  }
  const crop = new Uint8ClampedArray(sums.length);
  const share = 1 / (factor * factor);
  for (let i = 0; i < sums.length; i += 1) crop[i] = sums[i] * share;
  return { data: crop, width: size, height: size, channels: 3 };
}

/** Writes the weights of the four pixels around a place, by the cubic kernel of OpenCV (A = -0.75). */
function cubic(t, weights) {
  weights[0] = ((-0.75 * (t + 1) + 3.75) * (t + 1) - 6) * (t + 1) + 3;
  weights[1] = (1.25 * t - 2.25) * t * t + 1;
  weights[2] = (1.25 * (1 - t) - 2.25) * (1 - t) * (1 - t) + 1;
  weights[3] = 1 - weights[0] - weights[1] - weights[2];
}

function sampleCubic(picture, [a, b, x0, c, d, y0], size) {
  const { data, width, height, channels } = picture;
  const crop = new Uint8ClampedArray(size * size * 3);
  const across = new Float64Array(4);
  const down = new Float64Array(4);
  for (let row = 0, to = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1, to += 3) {
      const x = a * column + b * row + x0;
      const y = c * column + d * row + y0;
      const left = Math.floor(x);
      const top = Math.floor(y);
      cubic(x - left, across);
      cubic(y - top, down);
      const w0 = across[0];
      const w1 = across[1];
      const w2 = across[2];
      const w3 = across[3];
      const p0 = clamp(left - 1, width - 1) * channels;
      const p1 = clamp(left, width - 1) * channels;
      const p2 = clamp(left + 1, width - 1) * channels;
      const p3 = clamp(left + 2, width - 1) * channels;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < 4; j += 1) {
        const at = clamp(top - 1 + j, height - 1) * width * channels;
        const weight = down[j];
        red += weight * (w0 * data[at + p0] + w1 * data[at + p1] + w2 * data[at + p2] + w3 * data[at + p3]);
        green += weight * (w0 * data[at + p0 + 1] + w1 * data[at + p1 + 1] + w2 * data[at + p2 + 1] + w3 * data[at + p3 + 1]);
        blue += weight * (w0 * data[at + p0 + 2] + w1 * data[at + p1 + 2] + w2 * data[at + p2 + 2] + w3 * data[at + p3 + 2]);
      }
      crop[to] = red;
      crop[to + 1] = green;
      crop[to + 2] = blue;
    }
  }
  return { data: crop, width: size, height: size, channels: 3 };
}

function clamp(place, last) {
  return place < 0 ? 0 : place > last ? last : place;
}

/** What a crop shows of a picture, averaged over blocks of pixels, and the matrix from there to the crop. */
function averageBlocks(picture, matrix, size, block) {
  const [near, far] = [-0.5, size - 0.5];
  const corners = transformPoints(invert(matrix), [near, near, near, far, far, near, far, far]).map((v) => v / block);
  const [low, high] = [[], []];
  [picture.width, picture.height].forEach((side, axis) => {
    const blocks = Math.floor(side / block);
    const along = [0, 1, 2, 3].map((corner) => corners[2 * corner + axis]);
    low[axis] = Math.min(Math.max(Math.floor(Math.min(...along) - 2), 0), Math.max(blocks - 1, 0));
    high[axis] = Math.min(Math.max(Math.ceil(Math.max(...along) + 2), low[axis] + 1), Math.max(blocks, 1));
  });
  const [width, height] = [high[0] - low[0], high[1] - low[1]];
  const sides = [width * block, height * block];
  const part = cut(picture, low[0] * block, low[1] * block, Math.min(sides[0], picture.width), Math.min(sides[1], picture.height));
  const back = similarity(block, 0, low[0] * block + (block - 1) / 2, low[1] * block + (block - 1) / 2);
  return [resize(part, width, height, true), compose(matrix, back)];
}
