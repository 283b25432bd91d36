// The picture that is watched, with the micro map over the face.

import { invert } from "./alignment.js";
import { tint } from "./heat_map.js";

const LONGEST = 960; // pixels of the longer side that is shown
const CLEAR = 1.5; // movement in % of the inter-ocular distance from which on the map is as bright as it gets

/** Draws frames on a canvas that the page handed over. */
export class Stage {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.map = null;
  }

  /** A frame, the box of the face or null, and what [`FaceWatch`] knows of the newest face. */
  draw(source, box, latest, grid) {
    const { canvas, context } = this;
    const scale = Math.min(1, LONGEST / Math.max(source.width, source.height));
    const [width, height] = [Math.round(source.width * scale), Math.round(source.height * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(source, 0, 0, width, height);
    if (!box) return;
    if (latest && latest.movement > 0) this.drawMap(latest, grid, scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.strokeStyle = "rgb(255 255 255 / 0.8)";
    context.lineWidth = 2 / scale;
    context.strokeRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
  }

  drawMap({ transform, microMap, movement }, grid, scale) {
    this.map ??= new OffscreenCanvas(grid, grid);
    this.map.getContext("2d").putImageData(tint(microMap, grid, Math.min(movement / CLEAR, 1)), 0, 0);
    const [a, b, x, c, d, y] = invert(transform);
    this.context.setTransform(scale * a, scale * c, scale * b, scale * d, scale * (x + 0.5), scale * (y + 0.5));
    this.context.drawImage(this.map, -0.5, -0.5, this.size, this.size);
  }
}
