// Action units as they are reported: from the head's scores to side, probability and intensity.

import { sigmoid } from "./odds.js";

const SIDES = ["both", "left", "right"]; // of the person, in the order of the head

/**
 * The action units of one clip, { number, side, probability, intensity, shown }, the most probable first; null of a
 * model without a head for them. `told` is what [`Runtime.compare`] gives.
 */
export function unitReadings(told, clip, names, thresholds) {
  if (!names.length) return null;
  const [logits, sides, intensity] = [told.action_unit_logits, told.action_unit_sides, told.action_unit_intensity]
    .map((clips) => clips[clip]);
  const readings = names.map((number, place) => {
    const ofSides = [...sides.subarray(SIDES.length * place, SIDES.length * (place + 1))];
    const probability = sigmoid(logits[place]);
    return {
      number,
      side: SIDES[ofSides.indexOf(Math.max(...ofSides))],
      probability,
      intensity: intensity[place],
      shown: probability >= thresholds[place],
    };
  });
  return readings.sort((one, other) => other.probability - one.probability);
}
