// Action units as text for people, and as codes for tables.

import { unitTitle } from "./action_units.js";

const CODES = { "both": "", "left": "L", "right": "R" };
export const NOTHING = "no action unit is claimed";

/** The readings that reach their threshold, the most probable first; none without readings. */
export function shown(readings) {
  return (readings ?? []).filter((one) => one.shown);
}

/** Such as "AU4 brow lowerer, both, .91". */
export function describeUnit({ number, side, probability }) {
  const share = Math.min(probability, 0.99).toFixed(2).replace(/^0/, "");
  return `${unitTitle(number)}, ${side}, ${share}`;
}

/** Such as "4+L12", by number, in the notation of the annotation sheets; empty where none is shown. */
export function codes(readings) {
  const ordered = shown(readings).sort((one, other) => Number(one.number) - Number(other.number));
  return ordered.map(({ number, side }) => `${CODES[side]}${number}`).join("+");
}
