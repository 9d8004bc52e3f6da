// The latent explorer: codes in ranked standard coordinates, moved by sliders and on maps, decoded on the server.
// Gradio gives: element, props, server, watch.
const { asker, later, remember, drag } = window.shapevae;
const REACH = props.reach, MAPS = props.maps, NAMES = Object.keys(MAPS);
const COLOURS = ["#38bdf8", "#f472b6", "#a3e635"];
const find = (selector, root = element) => root.querySelector(selector);
const card = (name) => find(`.card.${name}`);
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const clamp = (value) => Math.min(Math.max(value, -REACH), REACH);
const round = (value) => Math.round(1000 * value) / 1000;  // as a link says it, so that the link shows the same
let codes = JSON.parse(props.value).codes;

// What each model gets: its picture, its map, and its dimensions, the unused ones folded away.
function row({ title, bits }, rank) {
  return `<li data-dim="${rank}"><span class="dim">${rank + 1} <small>${bits[rank]}</small></span>
    <input type="range" min="${-REACH}" max="${REACH}" step="0.05" aria-label="${title}, dimension ${rank + 1}, ${bits[rank]}">
    <img class="strip" alt="What dimension ${rank + 1} of the ${title} changes"></li>`;
}

function content(name) {
  const { title, active } = MAPS[name], rows = active.map((_, rank) => row(MAPS[name], rank));
  const [used, unused] = [true, false].map((wanted) => rows.filter((_, rank) => active[rank] === wanted));
  const words = `${unused.length} unused dimension${unused.length > 1 ? "s" : ""}: they carry next to nothing`;
  const folded = `<details class="unused"><summary>${words}</summary><ol class="dims">${unused.join("")}</ol></details>`;
  return `<div class="explore-top">
    <img class="shot" data-role="decoded" width="64" height="64" alt="Picture that the ${title} decodes from the code">
    <canvas class="map" width="440" height="440" tabindex="0" role="application" aria-label="Map of test shapes in the latent
      space of the ${title}. Drag, or use the arrow keys, to move the code."></canvas></div>
    <p class="word"><span data-word="${name}">&nbsp;</span> <small class="kinds"><span class="k0">● circle</span>
      <span class="k1">■ rectangle</span> <span class="k2">▲ triangle</span></small></p>
    <ol class="dims">${used.join("")}</ol>${unused.length ? folded : ""}`;
}

find(".cards").innerHTML = NAMES.map((name) => MAPS[name].card).join("");
for (const name of NAMES) card(name).insertAdjacentHTML("beforeend", content(name));
const most = Math.max(...NAMES.map((name) => MAPS[name].active.filter(Boolean).length));
const choices = [["pc0", "component 1"], ["pc1", "component 2"], ...Array.from({ length: most }, (_, i) => [`dim${i}`, `dimension ${i + 1}`])];
for (const [i, way] of ["across", "up"].entries()) {
  find(`[data-axis=${way}]`).append(...choices.map(([value, text]) => new Option(text, value)));
  find(`[data-axis=${way}]`).selectedIndex = i;
}

// A direction (unit vector) and a centre for each axis that can be chosen.
function axis(name, choice) {
  const { components, centre } = MAPS[name], index = Number(choice.slice(-1)), number = Number(choice.replace(/\D/g, ""));
  if (choice.startsWith("pc")) return { direction: components[index], centre };
  const own = Math.min(number, centre.length - 1);
  return { direction: centre.map((_, i) => Number(i === own)), centre: centre.map(() => 0) };
}

const axes = (name) => ["across", "up"].map((way) => axis(name, find(`[data-axis=${way}]`).value));

const project = (name, code) => axes(name).map(({ direction, centre }) => dot(direction, code.map((value, i) => value - centre[i])));

// The smallest move that brings a code to a place on the map.
function moved(name, code, target) {
  const [a, b] = axes(name).map(({ direction }) => direction), at = project(name, code);
  const [p, q] = [target[0] - at[0], target[1] - at[1]], c = dot(a, b), det = 1 - c * c;
  const [s, t] = det > 1e-6 ? [(p - c * q) / det, (q - c * p) / det] : [p, 0];
  return code.map((value, i) => clamp(value + s * a[i] + t * b[i]));
}

function toPixels([x, y], side) {
  return [((x / REACH + 1) / 2) * side, ((1 - y / REACH) / 2) * side];
}

function mark(pen, kind, [x, y], size) {
  pen.beginPath();
  if (kind === 0) pen.arc(x, y, size, 0, 7);
  else if (kind === 1) pen.rect(x - size, y - size, 2 * size, 2 * size);
  else { pen.moveTo(x, y - size * 1.2); pen.lineTo(x + size * 1.2, y + size); pen.lineTo(x - size * 1.2, y + size); }
  pen.fill();
}

// The points are painted once an axis choice; only the cross moves.
const backgrounds = {};

function paintBackground(name) {
  const side = find(".map", card(name)).width, canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = canvas.height = side;
  pen.strokeStyle = "#64748b55";
  for (const sd of [1, 2]) {
    pen.beginPath();
    pen.arc(side / 2, side / 2, (sd / REACH) * (side / 2), 0, 7);
    pen.stroke();
  }
  MAPS[name].points.forEach((point, i) => {
    pen.fillStyle = COLOURS[MAPS[name].kinds[i]];
    mark(pen, MAPS[name].kinds[i], toPixels(project(name, point), side), 3);
  });
  backgrounds[name] = canvas;
}

function paintMap(name) {
  const canvas = find(".map", card(name)), pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(backgrounds[name], 0, 0);
  const [x, y] = toPixels(project(name, codes[name]), canvas.width);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(x, y, 9, 0, 7);
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { pen.moveTo(x + 5 * dx, y + 5 * dy); pen.lineTo(x + 16 * dx, y + 16 * dy); }
  pen.stroke();
}

const askDescribe = asker(server.describe, () => element, ({ strips, words }) => {
  for (const name of NAMES) {
    strips?.[name].forEach((source, i) => { find(`[data-dim="${i}"] .strip`, card(name)).src = source; });
    find("[data-word]", card(name)).textContent = words?.[name] ?? "";
  }
});

const askDecode = asker(server.decode, () => element, ({ pictures }, data, newest) => {
  for (const name of NAMES) if (pictures?.[name]) find("[data-role=decoded]", card(name)).src = pictures[name];
  if (newest) describeLater(data);
});

// Strips and words take as long as many pictures: they are asked for when the hand rests.
const describeLater = later(askDescribe);

function show() {
  for (const name of NAMES) {
    codes[name] = codes[name].map(round);
    paintMap(name);
    codes[name].forEach((value, i) => { find(`[data-dim="${i}"] input`, card(name)).value = value; });
  }
  askDecode(codes);
  remember({ code: NAMES.map((name) => `${name}:${codes[name].join(",")}`).join(";") });
}

const linked = () => find("[data-do=link]").checked;
const others = (name) => (linked() ? NAMES : [name]);

function slide(name, dimension, value) {
  const change = value - codes[name][dimension];
  for (const each of others(name))
    if (dimension < codes[each].length) codes[each][dimension] = clamp(codes[each][dimension] + change);
  show();
}

function go(name, target) {
  for (const each of others(name)) codes[each] = moved(each, codes[each], target);
  show();
}

for (const name of NAMES) {
  const canvas = find(".map", card(name));
  const goTo = (event) => {
    const box = canvas.getBoundingClientRect();
    go(name, [((event.clientX - box.left) / box.width) * 2 * REACH - REACH, REACH - ((event.clientY - box.top) / box.height) * 2 * REACH]);
  };
  drag(canvas, { begin: goTo, move: goTo });
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const at = project(name, codes[name]);
    go(name, [at[0] + way[0], at[1] + way[1]]);
  });
  codes[name].forEach((_, i) => {
    find(`[data-dim="${i}"] input`, card(name)).addEventListener("input", (event) => slide(name, i, Number(event.target.value)));
  });
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

function setAll(value) {
  const drawn = Array.from({ length: Math.max(...NAMES.map((name) => codes[name].length)) }, value);
  for (const name of NAMES) codes[name] = drawn.slice(0, codes[name].length).map(clamp);
  show();
}

find("[data-do=random]").addEventListener("click", () => setAll(normal));
find("[data-do=zero]").addEventListener("click", () => setAll(() => 0));
const askEncode = asker(server.encode, () => element, (answer) => { if (answer.codes) { codes = answer.codes; show(); } });
find("[data-do=drawing]").addEventListener("click", () => askEncode(window.shapevae.drawing ?? ""));
const selects = [...element.querySelectorAll("[data-axis]")];
for (const select of selects)
  select.addEventListener("change", () => {
    NAMES.forEach((name) => { paintBackground(name); paintMap(name); });
    remember({ axes: selects.map(({ value }) => value).join(",") });
  });

// A shared link may carry the map's axes and a code.
const link = new URLSearchParams(window.shapevae.search), wanted = (link.get("axes") ?? "").split(",");
selects.forEach((select, i) => { if ([...select.options].some(({ value }) => value === wanted[i])) select.value = wanted[i]; });
for (const part of (link.get("code") ?? "").split(";")) {
  const [name, list] = part.split(":"), values = (list ?? "").split(",").map(Number);
  if (MAPS[name] && values.length === codes[name].length && values.every(Number.isFinite)) codes[name] = values.map(clamp);
}
NAMES.forEach(paintBackground);
show();
