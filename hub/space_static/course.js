// The course of a face: where every patch is at every moment, joined from movements over several lags.

import { eyeCentres, transformPoints } from "./alignment.js";
import { regionWeights } from "./regions.js";

const NOSE_TIP = 1;
export const LIPS = 1; // place of their opening in a moment's state

/** What is kept of an aligned face, after the moments before it. */
export function join(moments, face, pairs, count) {
  const { index, place, time, image } = face;
  const view = { image, microMap: pairs.microMap };
  return { index, place, time, position: positionOf(moments, pairs, count), state: stateOf(face), view };
}

/** Where every patch is: each pair says where from where it was, and their mean is taken. */
function positionOf(moments, pairs, count) {
  const position = new Float32Array(4 * count);
  const votes = [];
  pairs.places.forEach((place, number) => {
    const known = moments.find((moment) => moment.place === place);
    if (known) votes.push([known.position, pairs.fields[number]]);
  });
  if (!votes.length) return moments.length ? moments[moments.length - 1].position : position;
  for (const [before, field] of votes) {
    for (let i = 0; i < position.length; i += 1) position[i] += (before[i] + field[i]) / votes.length;
  }
  return position;
}

/** Shares of the regions of an aligned face. */
export function weightsOf(face, grid) {
  return regionWeights(transformPoints(face.transform, face.landmarks), face.image.width, grid);
}

/**
 * Opening of the eyes and of the lips, place of the head (in inter-ocular distances), its roll and logarithmic size,
 * the tip of the nose relative to the eyes, the logarithmic gain of the light.
 */
function stateOf({ landmarks, transform, gain }) {
  const [[x0, y0], [x1, y1]] = eyeCentres(landmarks);
  const [dx, dy] = [x1 - x0, y1 - y0];
  const size = Math.max(Math.hypot(dx, dy), 1e-6);
  const [nx, ny] = [landmarks[2 * NOSE_TIP] - (x0 + x1) / 2, landmarks[2 * NOSE_TIP + 1] - (y0 + y1) / 2];
  const nose = [(nx * dx + ny * dy) / size ** 2, (ny * dx - nx * dy) / size ** 2];
  // place, roll and size of the head from the registration, which shakes less than the landmarks
  const [a, b, x, c, d, y] = transform;
  const area = a * d - b * c;
  const where = [-(d * x - b * y) / area / size, -(a * y - c * x) / area / size];
  const head = [...where, Math.atan2(c, a), -Math.log(Math.hypot(a, c))];
  return [...openings(landmarks, size), ...head, ...nose, Math.log(Math.max(gain, 1e-3))];
}

function openings(landmarks, span) {
  const far = (one, other) =>
    Math.hypot(landmarks[2 * one] - landmarks[2 * other], landmarks[2 * one + 1] - landmarks[2 * other + 1]);
  return [(far(159, 145) + far(386, 374)) / 2 / span, far(13, 14) / span];
}
