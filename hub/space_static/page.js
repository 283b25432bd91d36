// The page: what a visitor presses, and what is told.

import { Camera } from "./camera.js";
import { Curve } from "./curve.js";
import { describeInput, detectionOf, sentenceOf } from "./detection.js";
import { rowOf } from "./finding.js";
import { Offline } from "./offline.js";
import { Settings } from "./settings.js";
import { toCsv } from "./tables.js";

const at = (id) => document.getElementById(id);
const settings = new Settings(at);
const LEAST_SHARE = 0.02; // of a film, from which on it is foreseen how long the rest takes
const LONG_WAIT = 60; // seconds from which on the page says so
const SLOWEST = 20; // frames a second of a camera, below which the page says so
const controls = ["file", "camera", "example"].map(at);
const curve = new Curve(at("curve"));
const camera = new Camera(at("video"), (sentence) => fail(sentence));
let worker;
let intervals = [];
let name = "film";
let faces = 1;
let begun = 0; // milliseconds
let times = []; // of the last frames, to tell how many there are in a second
let running = null; // "film", "camera" or null
let since = 0; // milliseconds, when it was hidden
let hidden = 0; // seconds for which nobody could see the page, in which a browser gives no pictures of the camera
let kept = true; // whether the page opens without a connection

function say(sentence) {
  if (at("status").textContent !== sentence) at("status").textContent = sentence;
}

function fail(sentence) {
  const watched = running !== null;
  stop();
  if (watched) {
    at("results").hidden = !times.length; // of a film that never began there is nothing to show
    at("verdict").textContent = intervals.length ? "Not watched to the end; what was found until then:" : "No answer";
    at("file").focus();
  }
  at("fault").textContent = sentence;
  at("fault").hidden = false;
  say("");
}

/** Buttons and what is shown beside them, while something is watched and when it is over. */
function show() {
  controls.forEach((control) => { control.disabled = running !== null || !worker; });
  at("stop").disabled = running === null;
  at("stage").classList.toggle("mirrored", running === "camera");
}

function stop() {
  camera.stop();
  running = null;
  show();
}

function begin(what, title) {
  running = what;
  name = title;
  intervals = [];
  times = [];
  faces = 1;
  hidden = since = 0;
  begun = performance.now();
  curve.clear();
  at("fault").hidden = true;
  at("results").hidden = false;
  at("verdict").textContent = what === "camera" ? "Watching the camera" : `Watching “${title}”`;
  say(what === "camera" ? "The camera starts." : "The film is opened.");
  at("advice").replaceChildren();
  at("findings").hidden = at("nothing").hidden = true;
  at("rows").replaceChildren();
  at("csv").disabled = true;
  show();
  at("stop").focus();
}

function hear(told) {
  if (!told.length) return;
  intervals.push(...told);
  at("rows").append(...told.map(rowOf));
  at("findings").hidden = false;
  at("csv").disabled = false;
}

/** How much of a film was watched, and how long the rest takes. */
function progress({ time, duration }) {
  const share = Math.min(time / duration, 1);
  const left = ((performance.now() - begun) / 1000) * (1 / Math.max(share, 1e-3) - 1);
  const wait = share > LEAST_SHARE && left > LONG_WAIT ? `, about ${Math.ceil(left / 60)} min left; Stop keeps what was found` : "";
  return `${Math.round(100 * share)} %${wait}.`;
}

function update(message) {
  if (running === null) return;
  curve.add(message.points, message.intervals, message.duration);
  hear(message.intervals);
  times = [...times, performance.now()].slice(-31);
  faces = Math.max(message.faces, message.face ? 1 : 0);
  const rate = times.length > 5 ? ((times.length - 1) * 1000) / (times.at(-1) - times[0]) : 0;
  at("rate").textContent = rate ? `${rate.toFixed(rate < 10 ? 1 : 0)} frames/s, ` : "";
  const done = message.duration ? ` ${progress(message)}` : "";
  if (!message.face) say(`No face is in the picture; show one from the front.${done}`);
  else if (faces > 1) say(`There are ${faces} faces; the largest is followed.${done}`);
  else if (running === "camera" && rate && rate < SLOWEST) {
    say(`This computer manages ${rate.toFixed(0)} frames a second, too few for the quickest movements; a film is not hurried.`);
  } else if (message.resting) say("Keep a resting face: the page learns what is usual for it.");
  else say(running === "camera" ? "The face is followed; hold the head still." : `The face is followed.${done}`);
}

function done(message) {
  curve.add(message.points, message.intervals, curve.duration);
  hear(message.intervals);
  stop();
  const { strongest, thresholds, reliability, baseline } = message;
  const detection = detectionOf(intervals, strongest, thresholds, reliability, baseline);
  at("verdict").textContent = sentenceOf(detection);
  at("nothing").hidden = intervals.length > 0;
  const lines = reliability ? describeInput(detection) : [];
  if (message.faces > 1) lines.push(`Up to ${message.faces} faces were in the picture; only the largest was followed.`);
  if (hidden >= 0.5) lines.push(`The page was hidden for ${hidden.toFixed(0)} s, in which nothing was watched.`);
  at("advice").replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  at("curve").setAttribute("aria-label", `Movement over time: up to ${curve.highest.toFixed(1)} % of the distance between the eyes; ${intervals.length} findings are shaded.`);
  say("Done.");
  at("verdict").focus();
}

async function sendPicture() {
  const next = running === "camera" ? await camera.next() : null;
  if (next && running === "camera") worker.postMessage({ type: "picture", ...next }, [next.bitmap]);
}

const heard = {
  loading: ({ share }) => say(`Loading the model: ${Math.round(100 * share)} %.`),
  ready: ({ calibration, engine }) => {
    at("engine").textContent = engine;
    settings.calibration = calibration;
    show();
    say(`Ready. Choose a film, or start the camera.${kept ? "" : " This browser keeps no files for the page: it needs a connection."}`);
  },
  resting: ({ share }) => {
    begun = performance.now(); // of what comes after it
    if (running === "film") say(`The neutral stretch is watched: ${Math.min(Math.round(100 * share), 100)} %.`);
  },
  update,
  wanted: sendPicture,
  done,
  failed: ({ sentence }) => fail(sentence),
};

function watchFile(file) {
  let chosen;
  try {
    chosen = settings.forFilm();
  } catch (error) {
    fail(error.message);
    return;
  }
  begin("film", file.name);
  worker.postMessage({ type: "film", file, ...chosen });
}

at("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (file) watchFile(file);
});

at("example").addEventListener("click", async () => {
  const answer = await fetch("examples/clip-1.mp4").catch(() => null);
  if (!answer?.ok) fail("The example cannot be loaded; check the connection.");
  else watchFile(new File([await answer.blob()], "example.mp4"));
});

at("camera").addEventListener("click", async () => {
  let chosen;
  try {
    chosen = settings.forCamera();
    await camera.start();
  } catch (error) {
    fail(error.message);
    return;
  }
  begin("camera", "camera");
  worker.postMessage({ type: "camera", ...chosen });
});

at("stop").addEventListener("click", () => {
  camera.stop();
  running = "stopping";
  worker.postMessage({ type: "stop", finish: true });
});

at("csv").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([toCsv(intervals)], { type: "text/csv" }));
  const stem = name.replace(/\.[^.]*$/, "");
  Object.assign(document.createElement("a"), { href: address, download: `${stem}-intervals.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
});

document.addEventListener("visibilitychange", () => {
  if (running !== "camera") return;
  if (document.hidden) {
    since = performance.now();
    say("The page is hidden, and nothing is watched; show it to go on.");
  } else if (since) {
    hidden += (performance.now() - since) / 1000;
    since = 0;
    say("The page was hidden; what moved meanwhile is not known.");
  }
});

async function start() {
  if (typeof WebAssembly === "undefined") {
    throw new Error("This browser has no WebAssembly, or it is switched off; switch it on, or use another browser.");
  }
  if (!at("stage").transferControlToOffscreen) {
    throw new Error("This browser cannot draw in the background; use a newer one, such as Firefox 130 or Safari 16.4.");
  }
  kept = await new Offline((share) => say(`Fetching the page's files: ${Math.round(100 * share)} %.`)).prepare();
  const own = new Worker("worker.js", { type: "module" });
  own.onmessage = ({ data }) => {
    if (data.type === "ready") worker = own;
    heard[data.type](data);
  };
  own.onerror = (event) => {
    fail(`The page cannot start${event.message ? ` (${event.message})` : ""}; load it anew, or use a newer browser.`);
  };
  const canvas = at("stage").transferControlToOffscreen();
  own.postMessage({ type: "load", canvas, engine: new URL(location).searchParams.get("engine") }, [canvas]);
}

show();
start().catch((error) => fail(error.message));
