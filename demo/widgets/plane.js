// Latent planes side by side: pictures of decoders, codes, rings and noise on canvases, one of them pointed at in all.
// It knows of no server: whoever makes it gives the data, as views/plane.py makes them, and is told where somebody points.
export const KINDS = ["circle", "rectangle", "triangle", "no clear shape"];
const COLOURS = ["#38bdf8", "#f472b6", "#a3e635", "#64748b"];
const LAYERS = {
  pictures: ["Pictures", "what the decoder draws at each place"],
  kinds: ["Colour by kind", "as the judge names what is drawn"],
  noshape: ["No shape", "where the judge sees no clear shape"],
  codes: ["Codes", "where the encoder puts fresh pictures"],
  noise: ["Noise", "of single codes: two standard deviations"],
  rings: ["Prior", "one, two and three of its standard deviations"],
};
const SIDE = 880;  // of a plane's canvas; the page shows it smaller

const small = (side) => Object.assign(document.createElement("canvas"), { width: side, height: side });
export const address = (png) => `data:image/png;base64,${png}`;
export const signed = (value) => value.toFixed(2).replace("-", "−");

// A picture of side² values in [0, 1] on a canvas.
export function paintPicture(canvas, values) {
  const side = Math.sqrt(values.length), pen = canvas.getContext("2d"), data = new ImageData(side, side);
  canvas.width = canvas.height = side;
  values.forEach((value, i) => data.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
  pen.putImageData(data, 0, 0);
}

// A picture of one pixel a cell, its colour by the cell's digit; null leaves it clear.
function paintCells(digits, colour) {
  const side = Math.sqrt(digits.length), canvas = small(side), pen = canvas.getContext("2d");
  [...digits].forEach((digit, i) => {
    if (!(pen.fillStyle = colour(Number(digit)) ?? "#0000")) return;
    pen.fillRect(i % side, Math.floor(i / side), 1, 1);
  });
  return canvas;
}

// One plane on its canvas. plane: {mosaic, cells, points, noise, radius}; without a mosaic, "", it shows the rest.
class Plane {
  constructor(canvas, reach) {
    Object.assign(this, { canvas, reach, pen: canvas.getContext("2d"), plane: {}, kinds: "", layers: new Set(), place: null });
    canvas.width = canvas.height = SIDE;
  }

  async show(plane, kinds) {
    this.plane = plane;
    this.kinds = kinds;
    if (plane.mosaic !== this.source) {
      const image = (this.source = plane.mosaic) && new Image();
      if (image) {
        image.src = address(plane.mosaic);
        await image.decode();
        if (this.source !== plane.mosaic) return;  // a newer one came meanwhile
      }
      this.image = image;
      this.tints = plane.cells && paintCells(plane.cells, (kind) => COLOURS[kind]);
      this.holes = plane.cells && paintCells(plane.cells, (kind) => (kind === 3 ? "#fb718599" : null));
    }
    this.paint();
  }

  pixels([across, up]) { return [(across / this.reach + 1) * SIDE / 2, (1 - up / this.reach) * SIDE / 2]; }
  length(value) { return (value / this.reach) * SIDE / 2; }
  kindAt(place) {  // where there is a mosaic
    const side = Math.sqrt(this.plane.cells.length), cell = (value) => Math.min(Math.max(Math.floor(value * side / SIDE), 0), side - 1);
    const [x, y] = this.pixels(place);
    return Number(this.plane.cells[cell(y) * side + cell(x)]);
  }

  paint() {
    const { pen, layers, plane } = this;
    pen.globalAlpha = 1;
    pen.fillStyle = "#05080f";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.imageSmoothingEnabled = layers.has("pictures") && this.image?.width > SIDE;
    if (layers.has("pictures") && this.image) pen.drawImage(this.image, 0, 0, SIDE, SIDE);
    pen.imageSmoothingEnabled = false;
    if (layers.has("kinds") && this.tints) {
      pen.globalCompositeOperation = layers.has("pictures") ? "multiply" : "source-over";
      pen.drawImage(this.tints, 0, 0, SIDE, SIDE);
      pen.globalCompositeOperation = "source-over";
    }
    if (layers.has("noshape") && this.holes) pen.drawImage(this.holes, 0, 0, SIDE, SIDE);
    if (layers.has("codes") || layers.has("noise")) this.dim();
    if (layers.has("codes")) this.paintCodes();
    if (layers.has("noise")) this.paintNoise();
    if (layers.has("rings")) this.paintRings(plane.radius ?? 1);
    if (this.place) this.paintMark();
  }

  dim() {
    this.pen.fillStyle = "#05080f90";
    this.pen.fillRect(0, 0, SIDE, SIDE);
  }

  paintCodes() {
    this.plane.points?.forEach((point, i) => {
      const [x, y] = this.pixels(point);
      this.pen.fillStyle = COLOURS[this.kinds[i]];
      this.pen.fillRect(x - 3, y - 3, 6, 6);
    });
  }

  // Of every few codes the ellipse of two standard deviations of its noise.
  paintNoise() {
    const { points = [], noise = [] } = this.plane, every = Math.ceil(points.length / 120);
    points.forEach((point, i) => { if (i % every === 0) this.ellipse(point, noise[i], COLOURS[this.kinds[i]], 2); });
  }

  ellipse(point, deviations, colour, width) {
    const { pen } = this, [x, y] = this.pixels(point), [a, b] = deviations.map((value) => this.length(2 * value));
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.ellipse(x, y, a, b, 0, 0, 7);
    pen.stroke();
  }

  paintRings(radius) {
    const { pen } = this;
    pen.lineWidth = 2;
    pen.font = "22px system-ui, sans-serif";
    for (const deviations of [1, 2, 3]) {
      pen.strokeStyle = "#fde68a";
      pen.beginPath();
      pen.arc(SIDE / 2, SIDE / 2, this.length(deviations * radius), 0, 7);
      pen.stroke();
      const [x, y] = [SIDE / 2 + 6, SIDE / 2 - this.length(deviations * radius) + 24], words = `${deviations} sd`;
      pen.fillStyle = "#05080fcc";
      pen.fillRect(x - 4, y - 20, pen.measureText(words).width + 8, 26);
      pen.fillStyle = "#fde68a";
      pen.fillText(words, x, y);
    }
  }

  paintMark() {
    const { pen, place } = this, [x, y] = this.pixels(place.at);
    for (const [width, colour] of [[8, "#000"], [4, "#fff"]]) {
      if (place.noise) { this.ellipse(place.at, place.noise, colour, width); continue; }
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(x, y, 13, 0, 7);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { pen.moveTo(x + 7 * dx, y + 7 * dy); pen.lineTo(x + 22 * dx, y + 22 * dy); }
      pen.stroke();
    }
  }
}

// All planes of a page: canvases by name in `cards`, chips for the layers in `bar`. moved(places) is told where all stand.
export function makePlanes(cards, bar, { reach, layers, moved }) {
  const planes = Object.fromEntries(Object.entries(cards).map(([name, canvas]) => [name, new Plane(canvas, reach)]));
  const all = Object.values(planes), shown = new Set(layers);
  for (const plane of all) plane.layers = shown;
  bar.innerHTML = Object.entries(LAYERS).map(([layer, [words, more]]) =>
    `<button type="button" class="sm" data-layer="${layer}" title="${more}" aria-pressed="${shown.has(layer)}">${words}</button>`).join("");
  bar.addEventListener("click", ({ target }) => {
    const layer = target.dataset.layer;
    if (!layer) return;
    if (!shown.delete(layer)) shown.add(layer);
    target.setAttribute("aria-pressed", shown.has(layer));
    all.forEach((plane) => plane.paint());
  });

  // places: by name {at, noise}, noise where a picture's code stands there.
  function stand(places) {
    for (const [name, place] of Object.entries(places)) { planes[name].place = place; planes[name].paint(); }
    moved(places);
  }

  const inside = (value) => Math.min(Math.max(Math.round(1000 * value) / 1000, -reach), reach);
  const standAll = (at) => stand(Object.fromEntries(Object.keys(planes).map((name) => [name, { at: at.map(inside) }])));

  for (const plane of all) {
    const { canvas } = plane;
    const goTo = (event) => {
      const box = canvas.getBoundingClientRect();
      standAll([((event.clientX - box.left) / box.width * 2 - 1) * reach, (1 - (event.clientY - box.top) / box.height * 2) * reach]);
    };
    window.shapevae.drag(canvas, { begin: goTo, move: goTo });
    canvas.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && !event.buttons) goTo(event); });
    canvas.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const step = event.shiftKey ? 0.5 : 0.1, at = plane.place?.at ?? [0, 0];
      standAll([at[0] + step * way[0], at[1] + step * way[1]]);
    });
  }
  return { planes, stand, standAll };
}
