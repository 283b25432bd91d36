// The page: what a visitor presses, and what is told.

import { likeness, summary, toCsv } from "./answer.js";
import { Camera } from "./camera.js";
import { Curve } from "./curve.js";
import { tintedFace } from "./heat_map.js";
import { Offline } from "./offline.js";

const at = (id) => document.getElementById(id);
const SLOWEST = 20; // frames a second of a camera, below which the page says so
const controls = ["file", "camera", "example"].map(at);
const curve = new Curve(at("curve"));
const camera = new Camera(at("video"), (sentence) => fail(sentence));
let worker;
let intervals = [];
let name = "film";
let faces = 1;
let times = []; // of the last frames, to tell how many there are in a second
let running = null; // "film", "camera" or null

function say(sentence) {
  if (at("status").textContent !== sentence) at("status").textContent = sentence;
}

function fail(sentence) {
  const watched = running !== null;
  stop();
  if (watched) at("file").focus();
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

function addRow(interval) {
  const { start, peak, end, kind, confidence, region } = interval;
  const cells = [start, peak, end].map((seconds) => `${seconds.toFixed(2)} s`);
  cells.push(kind, confidence.toFixed(2), region, likeness(interval) || "–");
  const row = document.createElement("tr");
  const face = tintedFace(interval.view);
  face.setAttribute("role", "img");
  face.setAttribute("aria-label", `The face at the apex, with what moved tinted`);
  row.append(document.createElement("td"));
  row.firstChild.append(face);
  row.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  at("rows").append(row);
  at("findings").hidden = false;
  at("csv").disabled = false;
}

function hear(told) {
  intervals.push(...told);
  told.forEach(addRow);
}

function update(message) {
  if (running === null) return;
  curve.add(message.points, message.intervals, message.duration);
  hear(message.intervals);
  times = [...times, performance.now()].slice(-31);
  faces = Math.max(message.faces, message.face ? 1 : 0);
  const rate = times.length > 5 ? ((times.length - 1) * 1000) / (times.at(-1) - times[0]) : 0;
  at("rate").textContent = rate ? `${rate.toFixed(0)} frames/s` : "";
  const done = message.duration ? ` ${Math.min(Math.round((100 * message.time) / message.duration), 100)} %.` : "";
  if (!message.face) say(`No face is in the picture; show one from the front.${done}`);
  else if (faces > 1) say(`There are ${faces} faces; the largest is followed.${done}`);
  else if (running === "camera" && rate && rate < SLOWEST) {
    say(`This computer manages ${rate.toFixed(0)} frames a second, too few for the quickest movements; a film is not hurried.`);
  } else say(running === "camera" ? "The face is followed; hold the head still." : `The face is followed.${done}`);
}

function done(message) {
  curve.add(message.points, message.intervals, curve.duration);
  hear(message.intervals);
  stop();
  const sentence = summary({ ...message, intervals });
  at("verdict").textContent = sentence;
  at("nothing").hidden = intervals.length > 0;
  const lines = message.reliability?.advice ?? [];
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
  ready: () => {
    show();
    say("Ready. Choose a film, or start the camera.");
  },
  update,
  wanted: sendPicture,
  done,
  failed: ({ sentence }) => fail(sentence),
};

function watchFile(file) {
  begin("film", file.name);
  worker.postMessage({ type: "film", file });
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
  try {
    await camera.start();
  } catch (error) {
    fail(error.message);
    return;
  }
  begin("camera", "camera");
  worker.postMessage({ type: "camera" });
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

async function start() {
  if (typeof WebAssembly === "undefined") {
    throw new Error("This browser has no WebAssembly, or it is switched off; switch it on, or use another browser.");
  }
  if (!at("stage").transferControlToOffscreen) {
    throw new Error("This browser cannot draw in the background; use a newer one, such as Firefox 130 or Safari 16.4.");
  }
  await new Offline((share) => say(`Fetching the page's files: ${Math.round(100 * share)} %.`)).prepare();
  const own = new Worker("worker.js", { type: "module" });
  own.onmessage = ({ data }) => {
    if (data.type === "ready") worker = own;
    heard[data.type](data);
  };
  own.onerror = (event) => {
    fail(`The page cannot start${event.message ? ` (${event.message})` : ""}; load it anew, or use a newer browser.`);
  };
  const canvas = at("stage").transferControlToOffscreen();
  own.postMessage({ type: "load", canvas }, [canvas]);
}

show();
start().catch((error) => fail(error.message));
