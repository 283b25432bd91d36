// The cause of a movement that is no expression.

// Ranges from which on a cause counts, of each number of a moment's state less its steady drift: lids, lips, place and
// tip of the nose in inter-ocular distances, roll in radians, size and light in logarithms.
const BLINK = 0.01;
const SPEECH = 0.012;
const PLACE = 0.06; // of the head, as the next three
const TURN = 0.016;
const NOSE_ACROSS = 0.009;
const NOSE_DOWN = 0.014;
const LIGHT = 0.008;
const CLEAR = 2.0; // size from which a cause counts where the movement itself is doubtful

/**
 * The cause that moved most during the moments, { name, size }: "blink", "speech", "head", "light", or "rest" for
 * none; the size is relative to the range above. Of a doubtful movement only a clear cause is named.
 */
export function causeOf(moments, doubtful = false) {
  if (moments.length < 3) return { name: "rest", size: 0 }; // two are always steady
  const [lids, lips, x, y, roll, size, noseX, noseY, light] = moments[0].state.map((_, i) => rangeOf(moments, i));
  const shares = {
    blink: lids / BLINK,
    speech: lips / SPEECH,
    head: Math.max(Math.max(x, y) / PLACE, Math.max(roll, size) / TURN, noseX / NOSE_ACROSS, noseY / NOSE_DOWN),
    light: light / LIGHT,
  };
  const [name, share] = Object.entries(shares).reduce((best, one) => (one[1] > best[1] ? one : best));
  return { name: share >= (doubtful ? CLEAR : 1) ? name : "rest", size: share };
}

/** The range of one number of the states, less the straight line through it: heads drift at rest. */
function rangeOf(moments, number) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = mean(moments.map(({ time }) => time));
  const times = moments.map(({ time }) => time - middle);
  const level = mean(moments.map(({ state }) => state[number]));
  const values = moments.map(({ state }) => state[number] - level);
  const slope = mean(times.map((time, i) => time * values[i])) / Math.max(mean(times.map((time) => time * time)), 1e-12);
  const left = values.map((value, i) => value - slope * times[i]);
  return Math.max(...left) - Math.min(...left);
}
