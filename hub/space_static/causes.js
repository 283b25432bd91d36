// What a movement that is no expression is taken for.

// ranges within a movement from which on it is put down to something
const BLINK = 0.05;
const SPEECH = 0.03;
const HEAD = 0.03;
const LIGHT = 0.03;

/** "blink", "speech", "head", "light", or "rest" where nothing of these moved during the moments. */
export function causeOf(moments) {
  if (!moments.length) return "rest";
  const [lids, lips, x, y, roll, size, noseX, noseY, light] = moments[0].state.map((_, i) => {
    const values = moments.map(({ state }) => state[i]);
    return Math.max(...values) - Math.min(...values);
  });
  const shares = {
    blink: lids / BLINK,
    speech: lips / SPEECH,
    head: Math.max(x, y, roll, size, noseX, noseY) / HEAD,
    light: light / LIGHT,
  };
  const [cause, share] = Object.entries(shares).reduce((best, one) => (one[1] > best[1] ? one : best));
  return share >= 1 ? cause : "rest";
}
