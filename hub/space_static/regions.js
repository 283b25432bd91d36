// Regions of a face on the patch grid of its canonical crop.

import { EYE_DISTANCE } from "./alignment.js";

export const REGIONS = ["brows", "eyes", "nose", "mouth", "cheeks"];
const BROWS = [70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285];
const EYES = [
  [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
  [362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398],
];
const NOSE = [168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358, 48, 278, 64, 294];
const LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
const CHEEKS = [
  [117, 118, 101, 36, 206, 207, 187, 123, 50],
  [346, 347, 330, 266, 426, 427, 411, 352, 280],
];
const FOREHEAD = 0.12; // inter-ocular distances above the brows that move with them
const WIDENED = 1.3; // eyes and lips: what surrounds them moves with them
const FINE = 8; // points along a patch on which its share of a region is counted

/** Share of every patch that belongs to each region, by the order of `REGIONS`; each sums to 1. */
export function regionWeights(landmarks, size, grid) {
  const factor = (grid * FINE) / size;
  const points = (numbers) =>
    numbers.map((number) => [(landmarks[2 * number] + 0.5) * factor, (landmarks[2 * number + 1] + 0.5) * factor]);
  const brows = points(BROWS);
  const up = FOREHEAD * EYE_DISTANCE * grid * FINE;
  const masks = {
    brows: fill([[...brows, ...brows.map(([x, y]) => [x, y - up])]], grid),
    eyes: fill(EYES.map((eye) => widen(points(eye))), grid),
    nose: fill([points(NOSE)], grid),
    mouth: fill([widen(points(LIPS))], grid),
    cheeks: fill(CHEEKS.map(points), grid),
  };
  const without = (mask, other) => mask.map((value, i) => value * (1 - other[i]));
  masks.brows = without(masks.brows, masks.eyes);
  masks.cheeks = without(masks.cheeks, masks.eyes);
  masks.nose = without(masks.nose, masks.mouth);
  return REGIONS.map((name) => normalised(counted(masks[name], grid)));
}

/** Patches of the face without the eyes, which blinks move; sum 1. */
export function faceWeights([brows, eyes, nose, mouth, cheeks]) {
  return normalised(brows.map((value, i) => Math.max(Math.max(value, nose[i], mouth[i], cheeks[i]) - eyes[i], 0)));
}

function normalised(shares) {
  const total = Math.max(shares.reduce((sum, value) => sum + value, 0), 1e-6);
  return shares.map((value) => value / total);
}

/** The share of a mask in each patch. */
function counted(mask, grid) {
  const shares = new Float64Array(grid * grid);
  const side = grid * FINE;
  mask.forEach((value, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    shares[Math.floor(y / FINE) * grid + Math.floor(x / FINE)] += value / FINE ** 2;
  });
  return shares;
}

function widen(points) {
  const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis] / points.length, 0));
  return points.map(([u, v]) => [x + WIDENED * (u - x), y + WIDENED * (v - y)]);
}

/** A mask of the convex hulls of outlines, their edges included. */
function fill(outlines, grid) {
  const side = grid * FINE;
  const mask = new Float32Array(side * side);
  for (const outline of outlines) {
    const corners = hull(outline.map(([x, y]) => [Math.round(x), Math.round(y)]));
    for (let y = 0; y < side; y += 1) {
      let [low, high] = [Infinity, -Infinity];
      corners.forEach(([x0, y0], i) => {
        const [x1, y1] = corners[(i + 1) % corners.length];
        if (Math.min(y0, y1) > y || Math.max(y0, y1) < y) return;
        const ends = y0 === y1 ? [x0, x1] : [x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)];
        low = Math.min(low, ...ends);
        high = Math.max(high, ...ends);
      });
      for (let x = Math.max(Math.round(low), 0); x <= Math.min(Math.round(high), side - 1); x += 1) mask[y * side + x] = 1;
    }
  }
  return mask;
}

function hull(points) {
  const sorted = [...points].sort(([x, y], [u, v]) => x - u || y - v);
  const half = (several) => {
    const chain = [];
    for (const point of several) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half([...sorted].reverse())];
}

function turn([x0, y0], [x1, y1], [x2, y2]) {
  return (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0);
}
