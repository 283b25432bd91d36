const WIDTH = 600, HEIGHT = 200;
const part = (name) => element.querySelector(name);
const seconds = (value) => `${value.toFixed(2)} s`;
let course = null, first = 0, span = 1, top_ = 1;

const x = (time) => ((time - first) / span) * WIDTH;
const y = (value) => HEIGHT - (Math.min(value, top_) / top_) * (HEIGHT - 8);

function line(times, movement) {
  let path = "", drawing = false;
  times.forEach((time, i) => {
    const value = movement[i];
    if (value === null) { drawing = false; return; }
    path += `${drawing ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`;
    drawing = true;
  });
  return path;
}

function level() {
  const step = [0.25, 0.5, 1, 2, 5, 10].find((size) => top_ / size <= 4) || 20;
  const values = [];
  for (let value = step; value < 0.92 * top_; value += step) values.push(value);
  return values;
}

function tell(state) {
  const chip = part(".chip");
  chip.hidden = !state;
  if (!state || chip.textContent === state.text) return; // said once, not with every frame
  chip.textContent = state.text;
  chip.dataset.name = state.name;
}

function list(events) {
  const place = part(".events"), told = JSON.stringify(events.map((event) => event.text));
  if (place.dataset.told === told) return;
  place.dataset.told = told;
  place.textContent = "";
  for (const event of events) {
    const item = document.createElement("li");
    if (event.picture) {
      const face = document.createElement("img");
      face.src = event.picture;
      face.alt = "The face at the apex";
      item.append(face);
    }
    item.append(event.text);
    place.append(item);
  }
}

function draw() {
  course = props.value;
  const figure = part(".movement");
  tell(course && course.state);
  list((course && course.events) || []);
  if (!course || !course.times || course.times.length < 2) {
    figure.dataset.state = "empty";
    part(".note").textContent = (course && course.note) || "";
    return;
  }
  figure.dataset.state = course.frames ? "film" : "live";
  const { times, movement } = course;
  figure.dataset.found = course.bands.length ? "yes" : "no";
  first = course.window ? course.window[0] : times[0];
  span = Math.max((course.window ? course.window[1] : times[times.length - 1]) - first, 1e-3);
  top_ = Math.max(1, 1.15 * Math.max(...movement.map((value) => value ?? 0)));
  part(".line").setAttribute("d", line(times, movement));
  part(".grid").innerHTML = level().map((value) =>
    `<line x1="0" x2="${WIDTH}" y1="${y(value)}" y2="${y(value)}" vector-effect="non-scaling-stroke"></line>`).join("");
  part(".levels").innerHTML = level().map((value) =>
    `<span style="top:${(100 * y(value)) / HEIGHT}%">${value}</span>`).join("");
  part(".gaps").innerHTML = (course.gaps || []).map((gap) => {
    const from = Math.max(0, x(gap.start)), to = Math.min(WIDTH, x(gap.end));
    return to > from ? `<rect x="${from}" width="${to - from}" y="0" height="${HEIGHT}"></rect>` : "";
  }).join("");
  figure.dataset.gaps = (course.gaps || []).length ? "yes" : "no";
  part(".bands").innerHTML = course.bands.map((band) => {
    const from = Math.max(0, x(band.start)), to = Math.min(WIDTH, x(band.end));
    return to > from ? `<rect x="${from}" width="${Math.max(to - from, 2)}" y="0" height="${HEIGHT}"></rect>` : "";
  }).join("");
  const marks = part(".marks");
  marks.textContent = "";
  for (const mark of course.marks) {
    if (mark.time < first) continue;
    const label = document.createElement("span");
    label.textContent = mark.name;
    label.style.left = `${(100 * x(mark.time)) / WIDTH}%`;
    marks.append(label);
  }
  part(".first").textContent = course.window ? `${span.toFixed(0)} s ago` : seconds(first);
  part(".last").textContent = course.window ? "now" : seconds(first + span);
  part(".note").textContent = course.note || "";
  if (course.frames) {
    const range = part("input");
    range.max = times.length - 1;
    range.value = course.shown;
    step();
  }
}

function step() {
  const i = Number(part("input").value), time = course.times[i], value = course.movement[i];
  const cursor = part(".cursor");
  cursor.setAttribute("x1", x(time));
  cursor.setAttribute("x2", x(time));
  const picture = course.frames[course.pictures[i]];
  if (picture) part("img").src = picture;
  part("img").alt = `The face in frame ${course.indices[i]}`;
  const moved = value === null ? "no reading" : `${value.toFixed(2)} %`;
  part(".reading").textContent = `frame ${course.indices[i]} · ${seconds(time)} · ${moved}`;
  part("input").setAttribute("aria-valuetext", part(".reading").textContent);
}

element.addEventListener("input", (event) => { if (event.target.matches("input[type=range]")) step(); });
watch("value", draw);
draw();
