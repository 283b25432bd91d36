const FLIP = 600; // milliseconds
const part = (name) => element.querySelector(name);
let timer = null, later = true;

const apex = () => (part(".magnify input").checked && props.value.magnified) || props.value.apex;

// the second picture: the apex, or onset and apex in turn
function show() {
  const flipped = part(".pair").dataset.mode === "flip";
  const onset = flipped && !later;
  part("img.onset").src = props.value.onset;
  part("img.apex").src = onset ? props.value.onset : apex();
  part("img.apex").alt = onset ? "The face at the onset" : "The face at the apex";
  part(".apex-title").textContent = props.value.titles[onset ? 0 : 1];
}

function turn(mode) {
  part(".pair").dataset.mode = mode;
  clearInterval(timer);
  later = true;
  for (const name of ["side", "flip"]) part(`button.${name}`).setAttribute("aria-pressed", String(mode === name));
  if (mode === "flip") timer = setInterval(() => { later = !later; show(); }, FLIP);
  show();
}

function draw() {
  const pair = props.value;
  clearInterval(timer);
  part(".pair").dataset.state = pair ? "shown" : "empty";
  if (!pair) return;
  part("img.moved").src = pair.movement;
  part(".onset-title").textContent = pair.titles[0];
  part(".factor").textContent = pair.factor;
  part(".magnify").hidden = !pair.magnified;
  part(".magnify").style.display = pair.magnified ? "" : "none";
  part(".legend").style.display = pair.ramp ? "" : "none";
  part(".fourth").style.display = pair.units ? "" : "none";
  if (pair.units) {
    part("img.units").src = pair.units.picture;
    part(".names").replaceChildren(...pair.units.names.map(({colour, name}) => {
      const item = document.createElement("li");
      item.textContent = name;
      item.style.setProperty("--unit", colour);
      return item;
    }));
  }
  if (pair.ramp) part(".ramp").style.background = `linear-gradient(90deg, ${pair.ramp.join(",")})`;
  const last = pair.ticks.length - 1;
  part(".ticks").innerHTML = pair.ticks.map((tick, i) => `<span>${tick}${i === last ? "+" : ""}</span>`).join("");
  turn("side");
}

element.addEventListener("click", (event) => {
  if (event.target.matches("button.side")) turn("side");
  if (event.target.matches("button.flip")) turn("flip");
});
element.addEventListener("change", (event) => { if (event.target.matches("input[type=checkbox]")) show(); });
watch("value", draw);
draw();
