// Registration of aligned faces to each other: what the head and the light do goes, the expression stays.
//
// The first estimate comes from the same Gauss-Newton steps on smaller pictures; in Python it comes from optical flow.

import { IDENTITY, compose, similarity } from "./alignment.js";
import { filter, gaussian, grey, plane, realGrey, resize } from "./picture.js";
import { SplineImage } from "./spline.js";

const GRID = 14; // blocks along a side whose movement is judged together
const COUNT = GRID * GRID;
const BLUR = 0.7; // standard deviations of the band-pass filter, in pixels of a 112 px crop
const BACKGROUND = 3.0;
const TOLERANCES = [0.4, 0.2, 0.1, 0.05]; // movement at which a block's weight has fallen to a quarter
const SETTLED = 0.002; // change of the fit (same pixels) below which the weights are settled
const ROUGH = 2; // fits at most: at first,
const MOST = 30; // and on the frame that was moved by the first
const TEXTURE = 4.0; // mean squared gradient of a block that could as well be noise
const MAX_SHIFT = 0.1; // of the side; beyond is a wrong estimate
const MAX_ROTATION = 0.15;
const MAX_SCALING = 0.1;
const STILL_SHARE = 0.2; // of the texture has to keep still within the tolerance, or the tolerance grows
const MIN_POWER = 0.05; // of the filtered grey levels, mean square: less is a blank picture
const MIN_CORRELATION = 0.4;
const COARSE = [4, 2]; // the picture is so many times smaller at first
const COARSE_TOLERANCES = [0.4, 0.2, 0.1]; // pixels of the smaller picture
const COARSE_STEPS = 3;

/** One of the sizes at which two faces are compared: Gauss-Newton over a grid of blocks. */
class Level {
  constructor(levels, unit) {
    this.size = levels.width;
    this.unit = unit;
    this.fine = gaussian(BLUR * unit);
    this.wide = gaussian(BACKGROUND * unit);
    this.smooth = this.smoothed(levels);
    this.band = this.withoutBackground(this.smooth);
    this.power = dot(this.band.data, this.band.data);
    this.blockOf = Int32Array.from({ length: this.size }, (_, i) => Math.floor((i * GRID) / this.size));
    this.centres = Array.from({ length: GRID }, (_, i) => ((i + 0.5) * this.size) / GRID - this.size / 2);
  }

  smoothed(levels) {
    return filter(levels, this.fine);
  }

  withoutBackground(smooth) {
    const background = filter(smooth, this.wide);
    return plane(smooth.width, smooth.height, smooth.data.map((value, i) => value - background.data[i]));
  }

  /** Similarity to apply to a picture that was moved already, the weights of the blocks, and the correlation. */
  refine(warped, tolerances, most) {
    const band = this.withoutBackground(warped);
    const product = dot(band.data, this.band.data);
    const power = dot(band.data, band.data);
    const correlation = product / Math.max(Math.sqrt(power * this.power), MIN_POWER * band.data.length);
    const blocks = this.blocks(band, product / Math.max(this.power, 1e-6));
    const { step, weights } = this.solve(blocks, tolerances, most);
    return { step, weights, correlation };
  }

  /** Of every block the means of dx dx, dx dy, dy dy, dx e and dy e; e is what the picture has more than the reference. */
  blocks(band, gain) {
    const { size, blockOf } = this;
    const own = band.data;
    const reference = this.band.data;
    const mean = new Float32Array(own.length);
    for (let i = 0; i < mean.length; i += 1) mean[i] = (own[i] + gain * reference[i]) / 2;
    const sums = Array.from({ length: 5 }, () => new Float64Array(COUNT));
    const [xx, xy, yy, px, py] = sums;
    for (let y = 0, i = 0; y < size; y += 1) {
      const above = (y > 0 ? y - 1 : 1) * size;
      const below = (y < size - 1 ? y + 1 : size - 2) * size;
      const row = blockOf[y] * GRID;
      for (let x = 0; x < size; x += 1, i += 1) {
        const dx = (mean[y * size + (x < size - 1 ? x + 1 : x - 1)] - mean[y * size + (x > 0 ? x - 1 : 1)]) / 2;
        const dy = (mean[below + x] - mean[above + x]) / 2;
        const more = own[i] - gain * reference[i];
        const block = row + blockOf[x];
        xx[block] += dx * dx;
        xy[block] += dx * dy;
        yy[block] += dy * dy;
        px[block] += dx * more;
        py[block] += dy * more;
      }
    }
    const share = COUNT / (size * size);
    for (const sum of sums) for (let block = 0; block < COUNT; block += 1) sum[block] *= share;
    return sums;
  }

  solve([xx, xy, yy, px, py], tolerances, most) {
    const texture = TEXTURE / this.unit ** 2;
    const normal = new Float64Array(COUNT * 16);
    const right = new Float64Array(COUNT * 4);
    const moved = new Float64Array(COUNT * 2);
    const carried = new Float64Array(COUNT * 8); // how the parameters take part of a block's movement away
    for (let block = 0; block < COUNT; block += 1) {
      const [x, y] = [this.centres[block % GRID], this.centres[Math.floor(block / GRID)]];
      const [jx, jy] = [[1, 0, x, -y], [0, 1, y, x]]; // of its movement: shift x, y, scaling, rotation
      const [a, b, c] = [xx[block] + texture, xy[block], yy[block] + texture];
      const area = a * c - b * b;
      moved[2 * block] = (c * px[block] - b * py[block]) / area;
      moved[2 * block + 1] = (a * py[block] - b * px[block]) / area;
      for (let k = 0; k < 4; k += 1) {
        const u = xx[block] * jx[k] + xy[block] * jy[k];
        const v = xy[block] * jx[k] + yy[block] * jy[k];
        for (let j = 0; j < 4; j += 1) normal[16 * block + 4 * j + k] = jx[j] * u + jy[j] * v;
        right[4 * block + k] = jx[k] * px[block] + jy[k] * py[block];
        carried[8 * block + k] = (c * u - b * v) / area;
        carried[8 * block + 4 + k] = (a * v - b * u) / area;
      }
    }
    const strength = xx.map((value, block) => value + yy[block]);
    const movement = new Float64Array(COUNT);
    const weights = new Float64Array(COUNT);
    let parameters = [0, 0, 0, 0];
    for (let number = 0; number < most; number += 1) {
      const asked = tolerances[Math.min(number, tolerances.length - 1)];
      for (let block = 0; block < COUNT; block += 1) {
        let [u, v] = [moved[2 * block], moved[2 * block + 1]];
        for (let k = 0; k < 4; k += 1) {
          u -= carried[8 * block + k] * parameters[k];
          v -= carried[8 * block + 4 + k] * parameters[k];
        }
        movement[block] = Math.hypot(u, v);
      }
      // a head that turns moves otherwise than by a similarity: without this one block or another would win
      const tolerance = Math.max(asked * this.unit, quantile(movement, strength, STILL_SHARE));
      const system = Array.from({ length: 4 }, () => [0, 0, 0, 0, 0]);
      for (let block = 0; block < COUNT; block += 1) {
        const weight = 1 / (1 + (movement[block] / tolerance) ** 2) ** 2;
        weights[block] = weight;
        for (let j = 0; j < 4; j += 1) {
          for (let k = 0; k < 4; k += 1) system[j][k] += weight * normal[16 * block + 4 * j + k];
          system[j][4] += weight * right[4 * block + j];
        }
      }
      const more = 1e-6 * (system[0][0] + system[1][1] + system[2][2] + system[3][3]) + 1e-9;
      for (let j = 0; j < 4; j += 1) system[j][j] += more;
      const before = parameters;
      parameters = solved(system);
      const changes = parameters.map((value, k) => Math.abs(value - before[k]) * (k < 2 ? 1 : this.size / 2));
      if (number >= tolerances.length - 1 && Math.max(...changes) < SETTLED * this.unit) break;
    }
    const [x, y, scaling, rotation] = parameters;
    const centre = (this.size - 1) / 2;
    const [real, imaginary] = [1 + scaling, rotation];
    const shift = [centre - (real - imaginary) * centre + x, centre - (imaginary + real) * centre + y];
    return { step: similarity(real, imaginary, ...shift), weights };
  }
}

/** Registers faces, RGB crops of one size, to a reference by a similarity, a gain and an offset. */
export class Registrar {
  constructor(reference) {
    this.size = reference.width;
    const levels = grey(reference);
    this.level = new Level(levels, this.size / 112);
    this.coarse = COARSE.map((times) => new Level(smaller(levels, times), 1));
  }

  /** { frame, matrix, gain, correlation, ok }: the frame moved back, with the brightness of the reference. */
  register(frame) {
    const unregistered = { frame, matrix: IDENTITY, gain: 1, correlation: 0, ok: false };
    const levels = grey(frame);
    const spline = new SplineImage(this.level.smoothed(levels));
    let matrix = this.estimate(levels);
    if (!this.plausible(matrix)) return unregistered;
    let found;
    for (const most of [ROUGH, MOST]) {
      found = this.level.refine(spline.warp(matrix), TOLERANCES, most);
      matrix = compose(found.step, matrix);
    }
    if (!(found.correlation >= MIN_CORRELATION) || !this.plausible(matrix)) return unregistered;
    const warped = new SplineImage(frame).warp(matrix);
    const [gain, offset] = this.brightness(warped, found.weights);
    const moved = new Uint8ClampedArray(warped.data.length);
    for (let i = 0; i < moved.length; i += 1) moved[i] = gain * warped.data[i] + offset;
    const size = { width: this.size, height: this.size, channels: 3 };
    return { frame: { data: moved, ...size }, matrix, gain, correlation: found.correlation, ok: true };
  }

  /** From coarse to fine. */
  estimate(levels) {
    let matrix = IDENTITY;
    COARSE.forEach((times, place) => {
      const level = this.coarse[place];
      const small = level.smoothed(smaller(levels, times));
      const moving = new SplineImage(small);
      let inside = scaled(matrix, 1 / times);
      for (let step = 0; step < COARSE_STEPS; step += 1) {
        const found = level.refine(moving.warp(inside), COARSE_TOLERANCES, COARSE_TOLERANCES.length);
        inside = compose(found.step, inside);
        if (!inside.every(Number.isFinite) || Math.abs(inside[0] - 1) > 0.5) return;
      }
      matrix = scaled(inside, times);
    });
    return matrix;
  }

  /** Gain and offset from the frame to the reference, on the pixels of the blocks that keep still. */
  brightness(warped, weights) {
    const own = this.level.smoothed(realGrey(warped)).data;
    const other = this.level.smooth.data;
    const { blockOf } = this.level;
    const total = [0, 0, 0, 0, 0, 0]; // weight, own, other, own own, own other
    for (let y = 0, i = 0; y < this.size; y += 1) {
      const row = blockOf[y] * GRID;
      for (let x = 0; x < this.size; x += 1, i += 1) {
        const weight = weights[row + blockOf[x]];
        total[0] += weight;
        total[1] += weight * own[i];
        total[2] += weight * other[i];
        total[3] += weight * own[i] * own[i];
        total[4] += weight * own[i] * other[i];
      }
    }
    const [mean, target] = [total[1] / total[0], total[2] / total[0]];
    const variance = total[3] / total[0] - mean * mean;
    const covariance = total[4] / total[0] - mean * target;
    const gain = Math.min(Math.max(covariance / Math.max(variance, 1e-6), 0.5), 2);
    return [gain, target - gain * mean];
  }

  plausible([a, b, x, c, d, y]) {
    const centre = (this.size - 1) / 2;
    return (
      Math.hypot((a + b - 1) * centre + x, (c + d - 1) * centre + y) <= MAX_SHIFT * this.size &&
      Math.abs(Math.atan2(c, a)) <= MAX_ROTATION &&
      Math.abs(Math.hypot(a, c) - 1) <= MAX_SCALING
    );
  }
}

function smaller(levels, times) {
  const side = Math.round(levels.width / times);
  return resize(levels, side, side, false);
}

/** A matrix between pictures as one between the same pictures scaled; pixel centres are at whole numbers. */
function scaled([a, b, x, c, d, y], times) {
  const middle = (times - 1) / 2;
  return [a, b, times * x + middle - (a + b) * middle, c, d, times * y + middle - (c + d) * middle];
}

function dot(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += one[i] * other[i];
  return sum;
}

/** The smallest value that, with all smaller ones, has a share of the weight. */
function quantile(values, weights, share) {
  const order = Array.from(values, (_, i) => i).sort((one, other) => values[one] - values[other]);
  const total = order.reduce((sum, i) => sum + weights[i], 0);
  let sum = 0;
  for (const i of order) {
    sum += weights[i];
    if (sum >= share * total) return values[i];
  }
  return values[order[order.length - 1]];
}

/** The solution of four equations, rows of four factors and what they sum to. */
function solved(system) {
  for (let pivot = 0; pivot < 4; pivot += 1) {
    let best = pivot;
    for (let row = pivot + 1; row < 4; row += 1) {
      if (Math.abs(system[row][pivot]) > Math.abs(system[best][pivot])) best = row;
    }
    [system[pivot], system[best]] = [system[best], system[pivot]];
    for (let row = 0; row < 4; row += 1) {
      if (row === pivot) continue;
      const factor = system[row][pivot] / system[pivot][pivot];
      for (let column = pivot; column < 5; column += 1) system[row][column] -= factor * system[pivot][column];
    }
  }
  return system.map((row, i) => row[4] / row[i]);
}
