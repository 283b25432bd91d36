// Cubic B-spline interpolation of small pictures, exact in position.

import { invert } from "./alignment.js";
import { mirrored } from "./picture.js";

const REACH = 15; // pixels beyond the edge at which the filter begins: by then float32 sees no more of its beginning
const POLE = Math.sqrt(3) - 2;

/** A picture that can be moved by fractions of a pixel without changing its place or its sharpness by accident. */
export class SplineImage {
  constructor(picture) {
    const { data, width, height, channels } = picture;
    const result = Float32Array.from(data);
    const line = width * channels;
    const run = new Float64Array(Math.max(width, height) + 2 * REACH);
    for (let y = 0; y < height; y += 1) {
      for (let channel = 0; channel < channels; channel += 1) prefilter(result, y * line + channel, channels, width, run);
    }
    for (let i = 0; i < line; i += 1) prefilter(result, i, line, height, run);
    this.coefficients = { data: result, width, height, channels };
  }

  /** The picture, as real numbers, moved by a matrix near the identity: a pass along the rows, one along the columns. */
  warp(matrix) {
    const [a, b, c, d, e, f] = invert(matrix);
    const { width, height } = this.coefficients;
    const across = new Float64Array(width * height);
    const down = new Float64Array(width * height);
    for (let y = 0, i = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, i += 1) {
        across[i] = a * x + (b * (y - f - d * x)) / e + c;
        down[i] = d * x + e * y + f;
      }
    }
    return interpolate(interpolate(this.coefficients, across, true), down, false);
  }
}

/** Turns samples, from a first one on at equal steps, into coefficients: one recursion forth, one back (Unser). */
function prefilter(data, first, step, length, run) {
  let before = 0;
  for (let i = -REACH; i < length + REACH; i += 1) {
    const place = i < 0 || i >= length ? mirrored(i, length, true) : i;
    before = 6 * data[first + place * step] + POLE * before;
    run[i + REACH] = before;
  }
  const last = length + 2 * REACH - 1;
  let after = (POLE / (POLE * POLE - 1)) * (run[last] + POLE * run[last - 1]);
  for (let i = last - 1; i >= REACH; i -= 1) {
    after = POLE * (after - run[i]);
    if (i < length + REACH) data[first + (i - REACH) * step] = after;
  }
}

/** B-spline values of coefficients at positions along the rows, or along the columns. */
function interpolate(coefficients, positions, along) {
  const { data, width, height, channels } = coefficients;
  const result = new Float32Array(data.length);
  const last = (along ? width : height) - 1;
  const step = (along ? 1 : width) * channels;
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) {
      const base = Math.floor(positions[i]);
      const t = positions[i] - base;
      const t2 = t * t;
      const t3 = t2 * t;
      const w0 = (1 - 3 * t + 3 * t2 - t3) / 6;
      const w2 = (1 + 3 * t + 3 * t2 - 3 * t3) / 6;
      const w3 = t3 / 6;
      const w1 = 1 - w0 - w2 - w3;
      const line = (along ? y * width : x) * channels;
      const p0 = line + clamp(base - 1, last) * step;
      const p1 = line + clamp(base, last) * step;
      const p2 = line + clamp(base + 1, last) * step;
      const p3 = line + clamp(base + 2, last) * step;
      for (let channel = 0; channel < channels; channel += 1) {
        result[i * channels + channel] =
          w0 * data[p0 + channel] + w1 * data[p1 + channel] + w2 * data[p2 + channel] + w3 * data[p3 + channel];
      }
    }
  }
  return { data: result, width, height, channels };
}

function clamp(place, last) {
  return place < 0 ? 0 : place > last ? last : place;
}
