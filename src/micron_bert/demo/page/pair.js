const part = (name) => element.querySelector(name);

function draw() {
  const pair = props.value;
  part(".pair").dataset.state = pair ? "shown" : "empty";
  if (!pair) return;
  part("img.onset").src = pair.onset;
  part("img.apex").src = pair.apex;
  element.querySelectorAll("img.map").forEach((map) => { map.src = pair.map; });
  part(".onset-title").textContent = pair.titles[0];
  part(".apex-title").textContent = pair.titles[1];
  part(".ramp").style.background = `linear-gradient(90deg, ${pair.ramp.join(",")})`;
}

element.addEventListener("input", (event) => {
  if (event.target.matches("input[type=range]"))
    part(".pair").style.setProperty("--opacity", event.target.value / 100);
});
watch("value", draw);
draw();
