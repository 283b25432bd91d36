// The canonical face crop: eyes level, at a fixed place and a fixed distance; and how a picture is brought there.
//
// A similarity is [a, b, x, c, d, y]: (u, v) goes to (a u + b v + x, c u + d v + y). Landmarks are x, y, x, y, ….

import { cut, meanOf, resize } from "./picture.js";

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

/**
 * Where a grid of pixels lies in a picture, in 1/32 of its pixels: `across[column] + right[row]` along its rows,
 * `down[column] + below[row]` along its columns, both shifted by `SHIFT`. OpenCV rounds positions so, and what both are
 * asked for must be the same picture: of a movement, 1/32 pixel is a part that can be seen.
 */
function placesOf([a, b, x0, c, d, y0], side) {
  const steps = (slope) => Int32Array.from({ length: side }, (_, i) => roundEven(slope * i * FINE));
  const starts = (slope, shift) => Int32Array.from({ length: side }, (_, i) => roundEven((slope * i + shift) * FINE) + HALF);
  return { across: steps(a), right: starts(b, x0), down: steps(c), below: starts(d, y0) };
}

const FINE = 1024; // parts of a pixel in which positions are summed
const SHIFT = 5; // and by which they are shifted to those in which they are used
const HALF = 1 << (SHIFT - 1);
const PARTS = 32;
const SHARES = Float64Array.from({ length: PARTS }, (_, i) => i / PARTS);

function roundEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
}

function sampleLinear(picture, matrix, size, factor) {
  const { data, width, height, channels } = picture;
  const side = size * factor;
  const { across, right, down, below } = placesOf(matrix, side);
  const sums = new Uint32Array(size * size * 3);
  for (let row = 0; row < side; row += 1) {
    const line = Math.floor(row / factor) * size;
    for (let column = 0; column < side; column += 1) {
      const x = (across[column] + right[row]) >> SHIFT;
      const y = (down[column] + below[row]) >> SHIFT;
      const [s, t] = [SHARES[x & (PARTS - 1)], SHARES[y & (PARTS - 1)]];
      const [left, top] = [x >> SHIFT, y >> SHIFT];
      const above = clamp(top, height - 1) * width;
      const under = clamp(top + 1, height - 1) * width;
      const near = clamp(left, width - 1);
      const far = clamp(left + 1, width - 1);
      const p00 = (above + near) * channels;
      const p10 = (above + far) * channels;
      const p01 = (under + near) * channels;
      const p11 = (under + far) * channels;
      const w11 = s * t;
      const w10 = s - w11; // right, above
      const w01 = t - w11;
      const w00 = 1 - s - w01;
      const to = (line + Math.floor(column / factor)) * 3;
      for (let i = 0; i < 3; i += 1) {
        sums[to + i] += w00 * data[p00 + i] + w10 * data[p10 + i] + w01 * data[p01 + i] + w11 * data[p11 + i] + 0.5;
      }
    }
  }
  const crop = new Uint8ClampedArray(sums.length);
  for (let i = 0; i < sums.length; i += 1) crop[i] = meanOf(sums[i], factor * factor);
  return { data: crop, width: size, height: size, channels: 3 };
}

// of each part of a pixel the weights of the four pixels around it, by the cubic kernel of OpenCV (A = -0.75)
const CUBIC = Float64Array.from({ length: 4 * PARTS }, (_, place) => {
  const t = SHARES[place >> 2];
  const outer = (far) => ((-0.75 * far + 3.75) * far - 6) * far + 3;
  const inner = (near) => (1.25 * near - 2.25) * near * near + 1;
  return [outer(t + 1), inner(t), inner(1 - t), 1 - outer(t + 1) - inner(t) - inner(1 - t)][place & 3];
});

function sampleCubic(picture, matrix, size) {
  const { data, width, height, channels } = picture;
  const { across, right, down, below } = placesOf(matrix, size);
  const crop = new Uint8ClampedArray(size * size * 3);
  for (let row = 0, to = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1, to += 3) {
      const x = (across[column] + right[row]) >> SHIFT;
      const y = (down[column] + below[row]) >> SHIFT;
      const [left, top] = [x >> SHIFT, y >> SHIFT];
      const [u, v] = [4 * (x & (PARTS - 1)), 4 * (y & (PARTS - 1))];
      const w0 = CUBIC[u];
      const w1 = CUBIC[u + 1];
      const w2 = CUBIC[u + 2];
      const w3 = CUBIC[u + 3];
      const p0 = clamp(left - 1, width - 1) * channels;
      const p1 = clamp(left, width - 1) * channels;
      const p2 = clamp(left + 1, width - 1) * channels;
      const p3 = clamp(left + 2, width - 1) * channels;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < 4; j += 1) {
        const at = clamp(top - 1 + j, height - 1) * width * channels;
        const weight = CUBIC[v + j];
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
