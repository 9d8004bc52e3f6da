// The latent explorer: codes in ranked standard coordinates, moved by sliders and on maps.
import { NO_DRAWING, whenLoaded } from "./answers.js";

const COLOURS = ["#38bdf8", "#f472b6", "#a3e635"];
const { asker, later, remember, drag } = window.shapevae;

// codes: where it begins, by model; maps: theirs; reach: of sliders and maps; answers: as explorerAnswers gives them.
export function mount(element, { codes, maps, reach, answers }) {
  const names = Object.keys(maps), place = answers.describe && (() => element);  // with a server, which may not answer
  const find = (selector, root = element) => root.querySelector(selector);
  const card = (name) => find(`.card.${name}`);
  const within = (limit) => (value) => Math.min(Math.max(value, -limit), limit);
  const clamp = within(reach), far = within(10 * reach);  // a code that was not made here may lie off the map
  const round = (value) => Math.round(1000 * value) / 1000;  // as a link says it, so that the link shows the same

  // What each model gets: its picture, its map, and its dimensions, the unused ones folded away.
  function row({ title, bits }, rank) {
    return `<li data-dim="${rank}"><span class="dim">${rank + 1} <small>${bits[rank]}</small></span>
      <input type="range" min="${-reach}" max="${reach}" step="0.05" aria-label="${title}, dimension ${rank + 1}, ${bits[rank]}">
      <img class="strip" alt="What dimension ${rank + 1} of the ${title} changes"></li>`;
  }

  function content(name) {
    const { title, active } = maps[name], rows = active.map((_, rank) => row(maps[name], rank));
    const [used, unused] = [true, false].map((wanted) => rows.filter((_, rank) => active[rank] === wanted));
    const words = `${unused.length} unused dimension${unused.length > 1 ? "s" : ""}: they carry next to nothing`;
    const folded = `<details class="unused"><summary>${words}</summary><ol class="dims">${unused.join("")}</ol></details>`;
    return `<div class="explore-top">
      <img class="shot" data-role="decoded" width="64" height="64" alt="Picture that the ${title} decodes from the code">
      <canvas class="map" width="440" height="440" tabindex="0" role="application" aria-label="Map of test shapes in the latent
        space of the ${title}. Drag, or use the arrow keys, to move the code."></canvas></div>
      <p class="word"><span data-word="${name}">&nbsp;</span> <small class="kinds"><span class="k0">● circle</span>
        <span class="k1">■ rectangle</span> <span class="k2">▲ triangle</span></small></p>
      <p class="beside"><img class="thumb" data-role="nearest" width="64" height="64" alt="The true shape nearest to the picture">
        <span data-role="distance"></span></p>
      <p class="legend" data-role="map-note"></p>
      <ol class="dims">${used.join("")}</ol>${unused.length ? folded : ""}`;
  }

  find(".cards").innerHTML = names.map((name) => maps[name].card).join("");
  for (const name of names) card(name).insertAdjacentHTML("beforeend", content(name));
  const most = Math.max(...names.map((name) => maps[name].active.filter(Boolean).length));
  const choices = [["best", "separating best"], ...Array.from({ length: most }, (_, i) => [`dim${i}`, `dimension ${i + 1}`])];
  const selects = ["across", "up"].map((way) => find(`[data-axis=${way}]`));
  for (const select of selects) select.append(...choices.map(([value, text]) => new Option(text, value)));

  // The two ranked dimensions that a map shows.
  const axes = (name) => selects.map(({ value }, i) =>
    value === "best" ? maps[name].pair[i] : Math.min(Number(value.slice(3)), codes[name].length - 1));

  const project = (name, code) => axes(name).map((rank) => code[rank]);

  // A code brought to a place on the map.
  function moved(name, code, target) {
    const there = [...code];
    axes(name).forEach((rank, i) => { there[rank] = clamp(target[i]); });
    return there;
  }

  function toPixels([x, y], side) {
    return [((x / reach + 1) / 2) * side, ((1 - y / reach) / 2) * side];
  }

  function mark(pen, kind, [x, y], size) {
    pen.beginPath();
    if (kind === 0) pen.arc(x, y, size, 0, 7);
    else if (kind === 1) pen.rect(x - size, y - size, 2 * size, 2 * size);
    else { pen.moveTo(x, y - size * 1.2); pen.lineTo(x + size * 1.2, y + size); pen.lineTo(x - size * 1.2, y + size); }
    pen.fill();
  }

  // Pictures, rings and points are painted once an axis choice and mosaic; only the cross and the nearest shape move.
  const backgrounds = {}, mosaics = {}, nearest = {};

  function paintBackground(name) {
    const side = find(".map", card(name)).width, canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = canvas.height = side;
    pen.globalAlpha = 0.4;
    if (mosaics[name]) pen.drawImage(mosaics[name], 0, 0, side, side);
    pen.globalAlpha = 1;
    maps[name].points.forEach((point, i) => {
      pen.fillStyle = COLOURS[maps[name].kinds[i]];
      mark(pen, maps[name].kinds[i], toPixels(project(name, point), side), 3);
    });
    paintRings(pen, side);
    backgrounds[name] = canvas;
  }

  function paintRings(pen, side) {
    pen.font = "bold 17px system-ui, sans-serif";
    pen.textAlign = "center";
    for (const sd of [1, 2]) {
      pen.strokeStyle = "#cbd5e1";
      pen.lineWidth = 1;
      pen.beginPath();
      pen.arc(side / 2, side / 2, (sd / reach) * (side / 2), 0, 7);
      pen.stroke();
      pen.strokeStyle = "#0b1220";
      pen.lineWidth = 5;
      for (const draw of ["strokeText", "fillText"]) {
        pen.fillStyle = "#fff";
        pen[draw](`${sd} sd`, side / 2, (1 - sd / reach) * (side / 2) - 5);
      }
    }
  }

  function paintMap(name) {
    const canvas = find(".map", card(name)), pen = canvas.getContext("2d"), beside = nearest[name];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(backgrounds[name], 0, 0);
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 3;
    const [x, y] = toPixels(project(name, codes[name]), canvas.width);
    if (beside) {
      const [u, w] = toPixels(project(name, beside.code), canvas.width);
      const [wide, high] = project(name, beside.std).map((std) => Math.max((std / reach) * (canvas.width / 2), 4));
      pen.strokeStyle = "#fde047";
      pen.beginPath();
      pen.ellipse(u, w, wide, high, 0, 0, 7);
      pen.moveTo(x, y); pen.lineTo(u, w);
      pen.stroke();
      pen.strokeStyle = getComputedStyle(canvas).color;
    }
    pen.beginPath();
    pen.arc(x, y, 9, 0, 7);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { pen.moveTo(x + 5 * dx, y + 5 * dy); pen.lineTo(x + 16 * dx, y + 16 * dy); }
    pen.stroke();
  }

  // What the map is, and how well it shows what the whole space holds apart.
  function noteMap(name) {
    const { active, purity, whole, chance } = maps[name], pair = axes(name), used = active.filter(Boolean).length;
    const share = purity[[...pair].sort((a, b) => a - b)];
    find("[data-role=map-note]", card(name)).textContent = `Across dimension ${pair[0] + 1}, up dimension ${pair[1] + 1}, of ${used} in use` +
      (share ? `: of a test shape's ten nearest on this map, ${share} are of its kind; in all dimensions ${whole}, by chance ${chance}.` : ".");
  }

  // The mosaic changes with the axes and with the dimensions that the map does not show.
  const askMosaic = asker(answers.mosaic, null, ({ mosaics: sources }) => {
    for (const name of names) if (sources?.[name]) {
      const image = new Image();
      image.onload = () => { mosaics[name] = image; paintBackground(name); paintMap(name); };
      image.src = sources[name];
    }
  });
  let shown;
  const mosaicLater = later(() => {
    const places = Object.fromEntries(names.map((name) => [name, axes(name)]));
    const hidden = JSON.stringify([places, names.map((name) => codes[name].filter((_, rank) => !places[name].includes(rank)))]);
    if (hidden !== shown) askMosaic({ codes, axes: places });
    shown = hidden;
  });

  const askStrips = asker(answers.strips, null, ({ strips }) => {
    for (const name of names)
      strips?.[name]?.forEach((source, i) => { find(`[data-dim="${i}"] .strip`, card(name)).src = source; });
  });

  const askDescribe = asker(answers.describe, place, ({ words, nearest: found }, data, newest) => {
    for (const name of names) {
      if (newest && found?.[name]) {
        nearest[name] = found[name];
        find("[data-role=nearest]", card(name)).src = found[name].picture;
        find("[data-role=distance]", card(name)).textContent =
          `The nearest true shape; its code, the yellow ring, is ${found[name].distance.toFixed(1)} sd away, over all dimensions.`;
        paintMap(name);
      }
      find("[data-word]", card(name)).textContent = words?.[name] ?? "";
    }
  });

  const askDecode = asker(answers.decode, place, ({ pictures, error, notice }, data, newest) => {
    find("[data-role=said]").textContent = error ?? notice ?? "";
    for (const name of names) if (pictures?.[name]) find("[data-role=decoded]", card(name)).src = pictures[name];
    if (newest) describeLater(data);
  });

  // Strips and words take as long as many pictures: they are asked for when the hand rests.
  const describeLater = later((data) => {
    askStrips(data);
    if (answers.describe) askDescribe(data);
  });

  function show() {
    for (const name of names) {
      codes[name] = codes[name].map(round);
      delete nearest[name];
      paintMap(name);
      codes[name].forEach((value, i) => { find(`[data-dim="${i}"] input`, card(name)).value = value; });
    }
    askDecode(codes);
    mosaicLater();
    remember({ code: names.map((name) => `${name}:${codes[name].join(",")}`).join(";") });
  }

  const linked = () => find("[data-do=link]").checked;
  const others = (name) => (linked() ? names : [name]);

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

  for (const name of names) {
    const canvas = find(".map", card(name));
    const goTo = (event) => {
      const box = canvas.getBoundingClientRect();
      go(name, [((event.clientX - box.left) / box.width) * 2 * reach - reach, reach - ((event.clientY - box.top) / box.height) * 2 * reach]);
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
    const drawn = Array.from({ length: Math.max(...names.map((name) => codes[name].length)) }, value);
    for (const name of names) codes[name] = drawn.slice(0, codes[name].length).map(clamp);
    show();
  }

  find("[data-do=random]").addEventListener("click", () => setAll(normal));
  find("[data-do=zero]").addEventListener("click", () => setAll(() => 0));
  const askEncode = asker(answers.encode, place, (answer) => { if (answer.codes) { codes = answer.codes; show(); } });
  find("[data-do=drawing]").addEventListener("click", () => {
    const { drawing } = window.shapevae;
    if (drawing) askEncode(drawing);
    else find("[data-role=said]").textContent = NO_DRAWING;
  });
  function turn() {
    names.forEach((name) => { paintBackground(name); paintMap(name); noteMap(name); });
    mosaicLater();
  }
  for (const select of selects)
    select.addEventListener("change", () => {
      turn();
      remember({ axes: selects.map(({ value }) => value).join(",") });
    });

  // A shared link may carry the map's axes and a code.
  const link = new URLSearchParams(window.shapevae.search), wanted = (link.get("axes") ?? "").split(",");
  selects.forEach((select, i) => { if ([...select.options].some(({ value }) => value === wanted[i])) select.value = wanted[i]; });
  for (const part of (link.get("code") ?? "").split(";")) {
    const [name, list] = part.split(":"), values = (list ?? "").split(",").map(Number);
    if (maps[name] && values.length === codes[name].length && values.every(Number.isFinite)) codes[name] = values.map(far);
  }

  // Another tab may bring codes, before this one was ever shown.
  window.shapevae.explore = () => {
    const { brought } = window.shapevae;
    delete window.shapevae.brought;
    if (!brought) return;
    for (const name of names) codes[name] = brought[name].map(far);
    show();
  };
  turn();
  show();
  window.shapevae.explore();
  whenLoaded(show);
}
