// Probabilities and their logarithmic odds.

export function logit(share) {
  const kept = Math.min(Math.max(share, 1e-4), 1 - 1e-4);
  return Math.log(kept / (1 - kept));
}

export function sigmoid(value) {
  return 1 / (1 + Math.exp(-value));
}

/** Logits as probabilities of one class each. */
export function softmax(logits) {
  const largest = Math.max(...logits);
  const odds = Array.from(logits, (value) => Math.exp(value - largest));
  const total = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / total);
}
