// How far a film lets an answer be trusted, measured while its face is followed.

import { eyeCentres } from "./alignment.js";

const SLOWEST = 25.0; // frames per second: of slower films a movement of a tenth of a second shows in two frames or less
const RATE_ROUNDING = 0.02;
const SMALLEST_EYES = 20.0; // pixels between the eyes (a face some 40 px wide)
const SMALL_EYES = 45.0;
const TALKING_LIPS = 0.03; // range of the lips' opening in inter-ocular distances
const TALKING_WINDOW = 0.5; // seconds
const MUCH_TALKING = 0.3; // share of the film
const POOR_REGISTRATION = 0.9; // correlation with the key frame
const FEW_FRAMES = 0.9; // share of frames with the face

/** Measures frame by frame; its memory does not grow. */
export class ReliabilityMeter {
  constructor() {
    this.seen = this.missed = this.talking = this.eyes = this.correlation = 0;
    this.lips = [];
  }

  see({ landmarks, correlation, time }, lips) {
    const [[x0, y0], [x1, y1]] = eyeCentres(landmarks);
    this.seen += 1;
    this.eyes += Math.hypot(x1 - x0, y1 - y0);
    this.correlation += correlation;
    this.lips.push([time, lips]);
    while (this.lips[0][0] < time - TALKING_WINDOW) this.lips.shift();
    const openings = this.lips.map(([, opening]) => opening);
    if (Math.max(...openings) - Math.min(...openings) >= TALKING_LIPS) this.talking += 1;
  }

  miss() {
    this.missed += 1;
  }

  /**
   * { eyeDistance, fps, live, registration, talkingShare, faceShare, hindrance, advice }, null where no frame showed
   * the face; `live` says that the frames came from a camera.
   */
  read(fps, live = false) {
    if (!this.seen) return null;
    const measured = {
      eyeDistance: this.eyes / this.seen,
      fps,
      live,
      registration: this.correlation / this.seen,
      talkingShare: this.talking / this.seen,
      faceShare: this.seen / (this.seen + this.missed),
    };
    return { ...measured, hindrance: hindranceOf(measured), advice: adviceOf(measured) };
  }
}

/** Why the film cannot show that there is no micro-expression; null where it can. */
function hindranceOf({ eyeDistance, fps }) {
  if (eyeDistance < SMALLEST_EYES) return "small face";
  if (fps < SLOWEST - RATE_ROUNDING) return "rate under 25";
  return null;
}

/** Whether the face is large enough for `talkingShare` to mean anything: the lips of a smaller one tremble. */
export function lipsSeen({ eyeDistance }) {
  return eyeDistance >= SMALLEST_EYES;
}

/** What would make the answer more reliable, a sentence each. */
function adviceOf({ eyeDistance, fps, live, talkingShare, registration, faceShare }) {
  const told = [];
  const share = (value) => `${(100 * value).toFixed(0)}%`;
  if (eyeDistance < SMALL_EYES) {
    told.push(`The eyes are ${eyeDistance.toFixed(0)} px apart; film the face larger, ${SMALL_EYES} px or more.`);
  }
  if (fps < SLOWEST - RATE_ROUNDING) {
    const many = Number(fps.toPrecision(3));
    told.push(
      live
        ? `${many} frames a second were watched; a micro-expression lasts as little as 0.1 s, so film with ${SLOWEST} ` +
            "or more, and choose the film."
        : `The film has ${many} frames a second; a micro-expression lasts as little as 0.1 s, so record ${SLOWEST} or ` +
            "more.",
    );
  }
  if (lipsSeen({ eyeDistance }) && talkingShare > MUCH_TALKING) {
    told.push(
      `The person talks ${share(talkingShare)} of the time; movements during speech are found less often and ` +
        "mistaken more often.",
    );
  }
  if (registration < POOR_REGISTRATION) {
    told.push(
      "The face turns or its light changes so much that the frames cannot be registered well; ask for a still head " +
        "and even light.",
    );
  }
  if (faceShare < FEW_FRAMES) told.push(`The face is in ${share(faceShare)} of the frames only.`);
  return told;
}
