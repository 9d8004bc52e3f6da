// Grids of samples, drawn in the page as soon as a setting changes; and both as one file.
const GAP = 16, LINE = 22;
const FIELDS = ["count", "seed", "spread", "passes"];  // of the page's elements #draw-count and so on
const { asker } = window.shapevae;

// answers: as sampleAnswers gives them; say(sentence) tells what is wrong. Returns ask(), which draws what the settings say, and served(), to be told that newer grids
// came from elsewhere.
export function mount(element, answers, say = () => {}) {
  let version = 0;
  const askSamples = asker(answers.draw, null, ({ grids, error }, settings) => {
    say(error ?? "");
    if (grids && settings.version === version) show(element, grids, settings);
  });
  const ask = (changed = null) => {
    const values = FIELDS.map((name) => field(name, changed)), limits = values.every(({ valid }) => valid);
    if (limits) askSamples({ ...Object.fromEntries(FIELDS.map((name, i) => [name, values[i].value])), version });
  };
  document.addEventListener("input", ({ target }) => { if (target.closest(FIELDS.map((name) => `#draw-${name}`).join())) ask(target); });
  element.addEventListener("click", ({ target }) => {
    const link = target.closest(".download"), cell = target.closest(".marks li");
    if (link) link.href = join([...element.querySelectorAll(".card")]);
    if (cell) open(element, cell, answers.locate);
  });
  return { ask, served: () => { version++; } };
}

function field(name, changed) {
  const box = document.querySelector(`#draw-${name}`), input = box.contains(changed) ? changed : box.querySelector("input");
  const value = input.valueAsNumber;
  return { value, valid: value >= Number(input.min || 0) && value <= Number(input.max || Infinity) };
}

// A sample's code in Explore, beside that of the nearest true shape.
async function open(element, cell, locate) {
  const index = [...cell.parentElement.children].indexOf(cell), sample = JSON.parse(element.querySelector("[data-sample]").dataset.sample);
  const { codes } = await locate({ ...sample, index });
  if (codes) { window.shapevae.brought = codes; window.shapevae.explore?.(); window.shapevae.show("explore", "#explorer"); }
}

// In place of the grids of demo/markup/cards.py, whose marks are of other pictures.
function show(element, grids, { count, seed, spread, passes }) {
  const words = `seed ${seed}${spread === 1 ? "" : `, spread ${spread}`}${passes ? `, passes ${passes}` : ""}`;
  for (const [name, source] of Object.entries(grids)) {
    const card = element.querySelector(`.card.${name}`), sheet = card.querySelector(".sheet"), title = card.querySelector("h3").firstChild.textContent.trim();
    Object.assign(sheet, { src: source, alt: `${count} random pictures by the ${title}, ${words}` });
    card.querySelector(".marks")?.remove();
    if (card.querySelector(".counted")) card.querySelector(".counted").textContent = "";
  }
  const link = element.querySelector(".download");
  link.download = `${Object.keys(grids).join("-")} ${count} samples ${words}`.replace(/[^\w.]+/g, "-") + ".png";
}

function join(cards) {
  const sheets = cards.map((card) => card.querySelector(".sheet"));
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = sheets.reduce((width, sheet) => width + sheet.naturalWidth + GAP, -GAP);
  canvas.height = 2 * LINE + Math.max(...sheets.map((sheet) => sheet.naturalHeight));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  let at = 0;
  cards.forEach((card, i) => {
    const [count] = card.querySelector(".counted")?.textContent.split(".") ?? [""];
    [card.querySelector("h3").firstChild.textContent, count].forEach((text, line) => {
      pen.font = `${line ? "" : "bold "}14px sans-serif`;
      pen.fillText(text, at, LINE * (line + 0.7), sheets[i].naturalWidth);
    });
    pen.drawImage(sheets[i], at, 2 * LINE);
    at += sheets[i].naturalWidth + GAP;
  });
  return canvas.toDataURL();
}
