// The baseline of one face and camera: seconds in which the face is neutral.

import { InputError } from "./errors.js";

export const SHORTEST = 1.0; // seconds of the face that a baseline needs at least
const NOISE = 0.95; // quantile of the movement at rest that is the noise floor

/** What is usual for a face: { stretch, seconds, movement, surest }. */
export class Baseline {
  /**
   * `stretch` are the seconds from and to which the person was watched at rest, `seconds` how long the face was seen
   * in them, `movements` the curve there, and `told` all findings in them: at rest each is false.
   */
  constructor(stretch, seconds, movements, told) {
    const known = movements.filter(Number.isFinite);
    if (seconds < SHORTEST || known.length < 2) {
      throw new InputError(
        `The face was seen for ${seconds.toFixed(1)} s of the neutral stretch; give one of at least ${SHORTEST} s in ` +
          "which it is in the picture and at rest.",
      );
    }
    this.stretch = stretch;
    this.seconds = seconds;
    this.movement = quantile(known, NOISE);
    this.surest = {};
    for (const { kind, confidence } of told) this.surest[kind] = Math.max(this.surest[kind] ?? 0, confidence);
  }

  /** Whether a time of the film is one at rest. */
  holds(time) {
    return this.stretch[0] <= time && time <= this.stretch[1];
  }

  /** Confidence required, by kind: more than that of any finding at rest. */
  required(thresholds) {
    const own = ([kind, asked]) => [kind, Math.max(asked, this.surest[kind] ?? 0)];
    return Object.fromEntries(Object.entries(thresholds).map(own));
  }
}

function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (place - Math.floor(place)) * (high - low);
}
