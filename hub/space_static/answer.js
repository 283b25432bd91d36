// What is answered, in words, and as a table for a file.

const SURENESS = [[0.9, "closely resembles"], [0.6, "resembles"], [0, "faintly resembles"]];
const CAUSES = {
  speech: "looks like speech",
  blink: "looks like a blink",
  head: "looks like a movement of the head",
  light: "looks like a change of the light",
  rest: "is what a face at rest shows too",
};
const COLUMNS = [
  "face", "kind", "onset", "apex", "offset", "start", "peak", "end", "confidence", "region", "label", "action_units",
];

/** The surest micro-expression, else the surest macro-expression; undefined of none. */
function surest(intervals) {
  const rank = ({ kind, confidence }) => (kind === "micro" ? 1 : 0) + confidence;
  return [...intervals].sort((one, other) => rank(other) - rank(one))[0];
}

/** The answer to a film or a camera's stream, in one sentence. */
export function summary({ intervals, strongest, thresholds, reliability }) {
  const shown = surest(intervals) ?? strongest;
  const sure = shown
    ? ` (confidence ${shown.confidence.toFixed(2)}, ${thresholds[shown.kind].toFixed(2)} asked for)`
    : "";
  if (intervals.length) {
    const like = likeness(shown);
    const more = intervals.length > 1 ? `; ${intervals.length} findings in all` : "";
    const kind = shown.kind === "micro" ? "Micro" : "Macro";
    return `${kind}-expression found${like ? `, ${like}` : ""}${sure}${more}.`;
  }
  if (reliability?.hindrance) {
    return `Cannot tell whether there is a micro-expression: ${reliability.hindrance}.`;
  }
  const why = strongest ? `the strongest movement ${CAUSES[strongest.cause]}` : "nothing moved as expressions do";
  return `No micro-expression found: ${why}${sure}.`;
}

/** Such as "closely resembles positive"; empty where a finding has no name: nobody has measured macro-expressions'. */
export function likeness({ kind, label, probabilities }) {
  if (kind !== "micro" || !label) return "";
  const [, words] = SURENESS.find(([least]) => probabilities[label] >= least);
  return `${words} ${label}`;
}

/** The file that `micron-bert spot --csv` writes: a row for each finding. */
export function toCsv(intervals) {
  const classes = Object.keys(intervals.find(({ probabilities }) => probabilities)?.probabilities ?? {});
  const rows = intervals.map((interval) => {
    const { face, kind, onset, apex, offset, start, peak, end, confidence, region, label, probabilities } = interval;
    const named = kind === "micro" && label;
    const seconds = [start, peak, end].map((value) => value.toFixed(4));
    const shares = classes.map((name) => (named ? probabilities[name].toFixed(4) : "nan"));
    const told = [confidence.toFixed(4), region, named ? label : "", ""];
    return [face, kind, onset, apex, offset, ...seconds, ...told, ...shares];
  });
  return [[...COLUMNS, ...classes.map((name) => `p_${name}`)], ...rows].map((row) => `${row.join(",")}\n`).join("");
}
