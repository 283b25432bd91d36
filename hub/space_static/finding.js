// A finding as a row of the page's table.

import { likeness } from "./detection.js";
import { tintedFace } from "./heat_map.js";
import { NOTHING, describeUnit, shown } from "./units.js";

const ALSO = { "blink": "lids", "speech": "lips", "head": "head", "light": "light", "rest": "–" };

/** A table row: the face at the apex, times, kind, confidence, region, what it resembles, units, what else moved. */
export function rowOf(interval) {
  const { start, peak, end, kind, confidence, region, units, cause } = interval;
  const cells = [start, peak, end].map((seconds) => `${seconds.toFixed(2)} s`);
  cells.push(kind, confidence.toFixed(2), region, likeness(interval) || "–", listOf(units), ALSO[cause]);
  const row = document.createElement("tr");
  for (const content of [faceOf(interval.view), ...cells]) {
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

function listOf(units) {
  if (!shown(units).length) return units ? NOTHING : "–";
  const list = document.createElement("ul");
  list.append(...shown(units).map((unit) => Object.assign(document.createElement("li"), { textContent: describeUnit(unit) })));
  return list;
}
