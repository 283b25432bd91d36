// Where an expression begins and ends: of the length of its kind, and at which frames.

export const LONGEST_MICRO = 0.5; // seconds; longer ones are macro-expressions
const LEAST_LENGTH = 0.1; // seconds
const ROUNDING = 1e-6;

/** "micro" or "macro", by the length in seconds. */
export function kindOf(start, end) {
  return end - start <= LONGEST_MICRO + ROUNDING ? "micro" : "macro";
}

/** [onset, apex, offset] in seconds, as long as expressions of a kind are. */
export function ofKind(onset, apex, offset, kind) {
  const length = Math.max(offset - onset, LEAST_LENGTH);
  const wanted = kind === "micro" ? Math.min(length, LONGEST_MICRO) : Math.max(length, LONGEST_MICRO);
  const before = Math.max(apex - onset, LEAST_LENGTH / 4);
  const after = Math.max(offset - apex, LEAST_LENGTH / 4);
  const factor = wanted / (before + after);
  return [apex - factor * before, apex, apex + factor * after];
}

/** The place of the value that is nearest to a time. */
export function nearest(times, time) {
  let best = 0;
  times.forEach((value, place) => {
    if (Math.abs(value - time) < Math.abs(times[best] - time)) best = place;
  });
  return best;
}

/** Places of the frames at which an extent begins and ends. */
export function framesWithin(times, [start, apex, end], kind) {
  const middle = nearest(times, apex);
  const last = times.length - 1;
  let onset = Math.min(nearest(times, start), Math.max(middle - 1, 0));
  let offset = Math.max(nearest(times, end), Math.min(middle + 1, last));
  while (kindOf(times[onset], times[offset]) !== kind) {
    // the end that is further from where it should be gives way
    const [late, early] = [start - times[onset], times[offset] - end];
    if (kind === "micro") {
      if (offset - onset <= 2) break;
      if (onset < middle - 1 && (late >= early || offset <= middle + 1)) onset += 1;
      else offset -= 1;
    } else if (onset > 0 && (late <= early || offset === last)) onset -= 1;
    else if (offset < last) offset += 1;
    else break;
  }
  return [onset, offset];
}
