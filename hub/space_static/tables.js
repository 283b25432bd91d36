// Intervals as a table for a file.

import { nameOf } from "./detection.js";
import { codes } from "./units.js";

const COLUMNS = [
  "face", "kind", "onset", "apex", "offset", "start", "peak", "end", "confidence", "region", "label", "action_units",
];
const FORMULA = /^[=+\-@\t\r]/; // what a spreadsheet takes for a formula

/** The file that `micron-bert spot --csv` writes: a row for each finding. */
export function toCsv(intervals) {
  const classes = Object.keys(intervals.find(({ probabilities }) => probabilities)?.probabilities ?? {});
  const rows = intervals.map((interval) => {
    const { face, kind, onset, apex, offset, start, peak, end, confidence, region, probabilities } = interval;
    const name = nameOf(interval);
    const seconds = [start, peak, end].map((value) => value.toFixed(4));
    const shares = classes.map((one) => (name ? probabilities[one].toFixed(4) : "nan"));
    const told = [confidence.toFixed(4), region, name, codes(interval.units)];
    return [face, kind, onset, apex, offset, ...seconds, ...told, ...shares];
  });
  const header = [...COLUMNS, ...classes.map((name) => `p_${name}`)];
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** A cell that spreadsheets take for text; numbers stay as they are. */
function cell(value) {
  let text = String(value);
  if (FORMULA.test(text) && !Number.isFinite(Number(text))) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
