// Whether there is an expression, in the words of the package.

import { lipsSeen } from "./reliability.js";

const YES = "yes";
const NO = "no";
const CANNOT_TELL = "cannot tell";
const MICRO = "micro";
const NONE = "none";
const TOO_LITTLE = "too little movement";
// cause of a movement -> the reason in the record, and the words for a sentence
const REASONS = {
  "speech": ["speech", "the strongest movement looks like speech"],
  "blink": ["blink", "the strongest movement looks like a blink"],
  "head": ["head turn", "the strongest movement looks like a movement of the head"],
  "light": ["light", "the strongest movement looks like a change of the light"],
  "rest": ["too little movement", "too little movement"],
};
const LEAST_SHOWN = 0.005; // confidence; less would be written as 0.00
const SMALL_FACE = "small face";
const HINDRANCES = {
  "small face": "the face is too small",
  "rate under 25": "the film has too few frames a second",
};
const SLOW = "rate under 25";
const FEW_WATCHED = "too few frames a second could be watched"; // of a camera
const SURENESS = [[0.9, "closely resembles"], [0.6, "resembles"], [0.0, "faintly resembles"]];

/**
 * The answer to a film or a camera that was watched: { detected, reason, score, threshold, kind, cause, findings,
 * strongest, reliability, baseline }; reliability and baseline are null where they are not known.
 */
export function detectionOf(findings, strongest, thresholds, reliability = null, baseline = null) {
  const found = surest(findings) ?? strongest;
  const beside = { findings, strongest, reliability, baseline, score: null, threshold: null, kind: null, cause: null };
  if (found) {
    const { confidence, kind, cause } = found;
    Object.assign(beside, { score: confidence, threshold: thresholds[kind], kind, cause });
  }
  // in a face of a few pixels noise moves as far as an expression; at a low rate only what is missed counts
  if (findings.length && reliability?.hindrance !== SMALL_FACE) return { ...beside, detected: YES, reason: null };
  if (reliability?.hindrance) return { ...beside, detected: CANNOT_TELL, reason: reliability.hindrance };
  return { ...beside, detected: NO, reason: found ? REASONS[found.cause ?? "rest"][0] : TOO_LITTLE };
}

/** The surest micro-expression, else the surest macro-expression; undefined of none. */
function surest(findings) {
  const rank = ({ kind, confidence }) => (kind === MICRO ? 1 : 0) + confidence;
  return [...findings].sort((one, other) => rank(other) - rank(one))[0];
}

/** The answer in one sentence; `label` says what the movement resembles. */
export function summary(detection, label = "") {
  const { detected, score, threshold, kind, findings } = detection;
  const sure = (score ?? 0) < LEAST_SHOWN ? "" : ` (confidence ${score.toFixed(2)}, ${threshold.toFixed(2)} asked for)`;
  if (detected === YES) {
    const more = findings.length > 1 ? `; ${findings.length} findings in all` : "";
    return `${kind}-expression found${label ? `, ${label}` : ""}${sure}${more}`;
  }
  if (detected === CANNOT_TELL) return `cannot tell whether there is a micro-expression: ${why(detection)}`;
  return `no micro-expression found: ${why(detection)}${sure}`;
}

/** The same with what the surest finding resembles, as a sentence of its own. */
export function sentenceOf(detection) {
  const found = surest(detection.findings);
  const text = summary(detection, found && likeness(found));
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/** The reason for a no or a "cannot tell", as half a sentence. */
function why({ detected, reason, cause, reliability }) {
  if (detected === CANNOT_TELL) return reliability.live && reason === SLOW ? FEW_WATCHED : HINDRANCES[reason];
  return REASONS[cause ?? "rest"][1];
}

/** Lines about the input: its properties, and what would make the answer more reliable. */
export function describeInput({ reliability, baseline }) {
  const { eyeDistance, fps, talkingShare, advice } = reliability;
  const line =
    `input: ${eyeDistance.toFixed(0)} px between the eyes, ${Number(fps.toPrecision(4))} frames/s` +
    (lipsSeen(reliability) ? `, talking ${(100 * talkingShare).toFixed(0)}% of the time` : "");
  const usual = baseline
    ? `thresholds are this person's: ${baseline.seconds.toFixed(1)} s at rest move up to ${baseline.movement.toFixed(2)} %`
    : "thresholds are those of all people: no neutral stretch of this person was given";
  return [line, usual, ...advice];
}

/** The name of an interval; empty for a macro-expression, because nobody has measured those names. */
export function nameOf({ kind, label }) {
  return kind === MICRO && label && label !== NONE ? label : "";
}

/** Such as "closely resembles positive"; empty where it has no name. */
export function likeness(interval) {
  const name = nameOf(interval);
  if (!name) return "";
  const { probabilities } = interval;
  const expressions = Object.entries(probabilities).filter(([other]) => other !== NONE);
  const share = probabilities[name] / Math.max(expressions.reduce((sum, [, value]) => sum + value, 0), 1e-9);
  return `${SURENESS.find(([least]) => share >= least)[1]} ${name}`;
}
