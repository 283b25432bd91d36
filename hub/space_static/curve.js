// The curve of the movement, with what was found shaded.

const LIVE = 12; // seconds that are shown of a camera
const LEAST = 2; // % of the inter-ocular distance that the height stands for at least
const [LEFT, BOTTOM, TOP] = [38, 20, 8]; // pixels beside, below and above

/** Draws points { time, movement } and intervals on a canvas, in the colours of the page. */
export class Curve {
  constructor(canvas) {
    this.canvas = canvas;
    this.clear();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  clear(duration = null) {
    this.points = [];
    this.intervals = [];
    this.duration = duration;
    this.draw();
  }

  add(points, intervals, duration) {
    this.points.push(...points);
    this.intervals.push(...intervals);
    this.duration = duration;
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      this.draw();
    });
  }

  /** The most that the face moved, in % of the inter-ocular distance. */
  get highest() {
    return highestOf(this.points);
  }

  draw() {
    const { canvas } = this;
    const ratio = devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    Object.assign(canvas, { width: width * ratio, height: height * ratio });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const colour = (name) => getComputedStyle(canvas).getPropertyValue(name);
    const newest = this.points.at(-1)?.time ?? 0;
    const begin = this.duration ? 0 : Math.max(newest - LIVE, this.points[0]?.time ?? 0);
    const end = this.duration ?? begin + LIVE;
    const shown = this.points.filter(({ time }) => time >= begin);
    const most = Math.max(LEAST, highestOf(shown));
    const x = (time) => LEFT + ((time - begin) / (end - begin)) * (width - LEFT - 4);
    const y = (movement) => height - BOTTOM - (movement / most) * (height - BOTTOM - TOP);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = context.strokeStyle = colour("--soft");
    for (const level of [0, most / 2, most]) {
      context.globalAlpha = 0.4;
      context.fillRect(LEFT, Math.round(y(level)), width - LEFT, 1);
      context.globalAlpha = 1;
      context.fillText(`${level.toFixed(1)} %`, 0, y(level) + 4);
    }
    const every = [0.5, 1, 2, 5, 10, 30, 60, 300].find((step) => (end - begin) / step <= 8) ?? 600;
    for (let time = Math.ceil(begin / every) * every; time < end; time += every) {
      if (x(time) < width - 30) context.fillText(`${Number(time.toFixed(1))} s`, x(time), height - 4);
    }
    context.fillStyle = colour("--found");
    for (const { start, end: over, kind } of this.intervals) {
      if (over < begin) continue;
      context.globalAlpha = kind === "micro" ? 0.5 : 0.25;
      context.fillRect(Math.max(x(start), LEFT), TOP, Math.max(x(over) - Math.max(x(start), LEFT), 2), height - BOTTOM - TOP);
    }
    context.globalAlpha = 1;
    context.strokeStyle = colour("--curve");
    context.lineWidth = 2;
    context.beginPath();
    let drawing = false;
    for (const { time, movement } of shown) {
      const known = Number.isFinite(movement);
      if (known) context[drawing ? "lineTo" : "moveTo"](x(time), y(movement));
      drawing = known;
    }
    context.stroke();
  }
}

function highestOf(points) {
  return points.reduce((most, { movement }) => (movement > most ? movement : most), 0);
}
