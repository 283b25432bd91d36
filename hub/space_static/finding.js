// A finding as a row of the page's table.

import { likeness } from "./detection.js";
import { tintedFace } from "./heat_map.js";
import { NOTHING, describeUnit, shown } from "./units.js";

// of each cause; none where nothing else moved
const ALSO = {
  "blink": "the lids moved too",
  "speech": "the lips moved too",
  "head": "the head moved too",
  "light": "the light changed too",
};

/** A table row: the face at the apex, when, what, and the action units. */
export function rowOf(interval) {
  const { start, peak, end, kind, confidence, region, units, cause } = interval;
  const [from, apex, to] = [start, peak, end].map((seconds) => seconds.toFixed(2));
  const when = [`${from} to ${to} s`, `apex ${apex} s`];
  const what = [`${kind}, confidence ${confidence.toFixed(2)}`, region, likeness(interval), ALSO[cause]];
  const told = shown(units).length ? shown(units).map(describeUnit) : [units ? NOTHING : "–"];
  const row = document.createElement("tr");
  for (const content of [faceOf(interval.view), ...[when, what, told].map(listOf)]) {
    const cell = document.createElement("td");
    cell.append(content);
    row.append(cell);
  }
  return row;
}

function faceOf(view) {
  const face = tintedFace(view);
  face.setAttribute("role", "img");
  face.setAttribute("aria-label", "The face at the apex, with what moved tinted");
  return face;
}

function listOf(lines) {
  const list = document.createElement("ul");
  list.append(...lines.filter(Boolean).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  return list;
}
