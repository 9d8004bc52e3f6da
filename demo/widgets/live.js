// A run of two models as a film that grows, with knobs that act while it runs.
import { address, makePlanes } from "./plane.js";

const PAIRS = { vae: ["VAE", "KL divergence"], mmd: ["Adjusted VAE", "MMD"] };
const FIGURES = [  // name, what it is, how it is shown
  ["kl", "KL, the rate", (nats) => `${nats.toFixed(2)} nats = ${(nats / Math.LN2).toFixed(1)} bits`],
  ["mmd", "squared MMD", (value) => value.toFixed(4)],
  ["shapes", "of the prior draws shapes", (share) => `${(100 * share).toFixed(0)} %`],
  ["error", "squared error of mean codes", (value) => value.toFixed(2)],
  ["mismatch", "mismatch", (bits) => `${bits.toFixed(1)} bits`],
  ["loss", "loss", (nats) => `${nats.toFixed(1)} nats`],
  ["distortion", "of it errors of noisy codes", (nats) => `${nats.toFixed(1)} nats`],
  ["penalty", "of it penalty", (nats) => `${nats.toFixed(1)} nats`],
];
const FRAME_LATE = 10_000, FILM_MS = 5000;
const lossOf = ({ figures: { loss, distortion, penalty } }) => (loss == null ? {} : { loss, distortion, penalty });

// A frame that has only codes keeps the pictures and the figures of the one before.
function add(into, frame) {
  const before = into.frames.at(-1);
  frame.sides = frame.sides.map((side, i) => {
    const old = before?.sides[i] ?? { figures: {} };
    return { ...old, ...side, figures: { ...old.figures, ...side.figures, ...(side.figures.loss === null ? lossOf(old) : {}) } };
  });
  into.frames.push(frame);
}

// data: as live.py gives it. film(name) gives a recorded one. trigger(event) is how a run is asked for. Returns { take, question,
// refused }: what takes a frame, what is asked for as text, and what is to be called where that was refused.
export function mount(element, { data: DATA, film: recorded, trigger }) {
  const find = (selector) => element.querySelector(selector), findAll = (selector) => [...element.querySelectorAll(selector)];
  const { remember } = window.shapevae;
  const SIDES = [find(".side-0"), find(".side-1")];

  let film = { frames: [], names: ["vae", "mmd"], titles: null }, at = -1, state = "idle", exhibit = null, timer, late, asked = false;
  let settings = { ...DATA.usual.plane };

  // --- settings: knobs count from 0 to 100 between the powers of ten of their ends ---
  const toKnob = (name, value) => { const [low, high] = DATA.knobs[name]; return 100 * Math.log(Math.max(value, low) / low) / Math.log(high / low); };
  const fromKnob = (name, place) => { const [low, high] = DATA.knobs[name]; return Number((low * (high / low) ** (place / 100)).toPrecision(2)); };

  function showSettings() {
    for (const input of findAll("[data-set]")) {
      const name = input.dataset.set, value = settings[name];
      if (input.type === "checkbox") input.checked = value;
      else if (name in DATA.knobs) { input.value = toKnob(name, value); find(`[data-of=${name}]`).textContent = value; }
      else input.value = value;
      const fixed = name === "latent_dim" && settings.family === "plane";
      input.disabled = fixed || (going() && !DATA.moving.includes(name));
    }
    find(".settings").hidden = exhibit !== null;  // it has its own
  }

  function setOne(name, input) {
    const value = input.type === "checkbox" ? input.checked : name in DATA.knobs ? fromKnob(name, input.value) : input.type === "number" ? Number(input.value) : input.value;
    if (name === "family") { settings = { ...DATA.usual[value] }; exhibit = null; }
    else settings = { ...settings, [name]: value };
    if (name === "family") idle("Press Start to train both.");
    rememberSettings();
    if (DATA.moving.includes(name) && (going() || state === "paused") && exhibit === null) trigger("knob");
    showSettings();
  }

  function rememberSettings() {
    const usual = DATA.usual[settings.family];
    remember(Object.fromEntries(Object.entries(settings).map(([key, it]) => [key === "seed" ? "training_seed" : key, key !== "family" && it === usual[key] || it === "plane" ? null : it])));
  }

  element.addEventListener("input", ({ target }) => {
    if (target.dataset.set) setOne(target.dataset.set, target);
    if (target.dataset.do === "scrub") { stopPlaying(); show(Number(target.value)); }
  });

  // --- what can be done in which state ---
  const going = () => state === "running" || state === "waiting";

  function become(next, words) {
    state = next;
    clearTimeout(late);
    if (going()) late = setTimeout(() => { find(".status").textContent = "No news for ten seconds: the machine is busy, or the connection is lost."; }, FRAME_LATE);
    const may = { go: !going() && state !== "playing", pause: going(), step: !going() && state !== "playing", reset: state !== "idle" };
    for (const [name, yes] of Object.entries(may)) find(`[data-do=${name}]`).disabled = !yes;
    find("[data-do=go]").textContent = state === "paused" ? "Go on" : "Start";
    if (words !== undefined) find(".status").textContent = words;
    showSettings();
  }

  const question = () => (exhibit === null ? settings : { exhibit });

  function begin(event) {
    stopPlaying();
    if (state !== "paused") newFilm();
    asked = true;
    become("waiting", "Waiting for a place…");
    trigger(event);
  }

  function newFilm() {
    const names = exhibit === null ? ["vae", "mmd"] : [DATA.exhibits[exhibit].model, DATA.exhibits[exhibit].model];
    film = { frames: [], names, titles: exhibit === null ? null : [DATA.exhibits[exhibit].title, "Healthy, for comparison"] };
    at = -1;
    nameSides();
    showProgress(0);
    SIDES.forEach((root, i) => {
      planes[i].show({ mosaic: "", cells: "" }, "");
      root.querySelector(".sheet").hidden = true;
      for (const part of [".chart", ".keys"]) root.querySelector(part).innerHTML = "";
      showFigures(root, i, {});
    });
  }

  element.addEventListener("click", ({ target }) => {
    const todo = target.dataset.do;
    if (todo === "go" || todo === "step") begin(todo === "go" ? "go" : "step");  // whose names Gradio looks for
    if (todo === "pause") { find("[data-do=pause]").disabled = true; trigger("pause"); }
    if (todo === "reset") {
      asked = false;
      trigger("reset");
      exhibit = null;
      settings = { ...DATA.usual[settings.family] };
      idle("Press Start to train both.");
      rememberSettings();
    }
    if (target.dataset.exhibit) open(target.dataset.exhibit);
    if (target.dataset.answer) answer(Number(target.dataset.answer));
  });

  function idle(words) {
    stopPlaying();
    find(".lesson").hidden = true;
    newFilm();
    become("idle", words);
    remember({ exhibit: null });
  }

  // --- frames ---
  function take(frame) {
    if (!asked) return;
    add(film, frame);
    show(film.frames.length - 1);
    const [{ epoch, epochs, step, steps }] = frame.sides;
    const where = `Epoch ${epoch} of ${epochs}, step ${step} of ${steps}`;
    become(frame.over ? "over" : frame.paused ? "paused" : "running", `${frame.word} ${where}`.trim());
    if (frame.over && exhibit !== null) caption();
  }

  function show(index) {
    const frame = film.frames[at = index];
    if (!frame) return;
    const scrub = find("[data-do=scrub]");
    scrub.max = film.frames.length - 1;
    scrub.value = at;
    frame.sides.forEach((side, i) => showSide(side, i, frame.kinds));
    showProgress(Math.max(...frame.sides.map(({ step, steps }) => step / steps)));
  }

  function showProgress(done) {
    const bar = find(".split");
    bar.firstElementChild.style.width = `${100 * done}%`;
    bar.setAttribute("aria-valuenow", Math.round(100 * done));
  }

  function showSide(side, i, kinds) {
    const root = SIDES[i], flat = side.cells?.length === 144;
    planes[i].show({ ...side, mosaic: flat ? side.mosaic : "", cells: flat ? side.cells : "" }, kinds);
    const sheet = root.querySelector(".sheet");
    sheet.hidden = flat || !side.mosaic;
    if (!sheet.hidden) sheet.src = address(side.mosaic);
    showFigures(root, i, side.figures);
    curves(root, i, side);
  }

  function showFigures(root, i, figures) {
    const held = film.names[i] === "vae" ? "kl" : "mmd";
    root.querySelector(".figures").innerHTML = FIGURES.map(([name, words, print]) => {
      const value = figures[name];
      return `<span class="${name === held ? "held" : ""}"><b>${value == null ? "–" : print(value)}</b> ${words}</span>`;
    }).join("").replaceAll("-", "−");
  }

  // Loss, errors and penalty over the film so far, without the highest few, which come at the start.
  function curves(root, i, { figures }) {
    const series = ["loss", "distortion", "penalty"].map((name) => film.frames.slice(0, at + 1).map(({ sides }) => sides[i].figures[name] ?? NaN));
    const seen = series.flat().filter(Number.isFinite).sort((a, b) => a - b), kept = seen.slice(0, Math.ceil(0.95 * seen.length));
    const low = Math.min(0, kept[0] ?? 0), high = Math.max(kept.at(-1) ?? 1, low + 1e-9);
    const place = (value, j, all) => `${(300 * j / Math.max(all.length - 1, 1)).toFixed(1)} ${(70 - 66 * (Math.min(value, high) - low) / (high - low)).toFixed(1)}`;
    const line = (values, css) => `<path class="line ${css}" d="M${values.map((v, j, all) => (Number.isFinite(v) ? place(v, j, all) : "")).filter(Boolean).join("L")}"/>`;
    const css = ["now", "soft", film.names[i]], print = (value) => (Math.round(value) || 0).toLocaleString("en").replace("-", "−");
    root.querySelector(".chart").innerHTML = series.map((values, k) => (values.some(Number.isFinite) ? line(values, css[k]) : "")).join("");
    root.querySelector(".keys").innerHTML = ["loss", "errors", "penalty"].map((words, k) => `<span><i class="${css[k]}"></i>${words}</span>`).join("")
      + `<span>from ${print(low)} to ${print(high)} nats</span><span>${figures.c ? `an error costs 1/2c, c now ${figures.c.toPrecision(2)}: as c falls, a loss may rise` : ""}</span>`;
  }

  function nameSides() {
    SIDES.forEach((root, i) => {
      const name = film.names[i], [title, note] = PAIRS[name];
      root.classList.remove("vae", "mmd");
      root.classList.add(name);
      root.querySelector("h3").innerHTML = `${film.titles?.[i] ?? title} <small>${film.titles ? `${title}, ` : ""}${note}</small>`;
    });
  }

  // --- recorded films ---
  function stopPlaying() { clearInterval(timer); timer = undefined; if (state === "playing") become("idle"); }

  async function play(name, then) {
    const answer = await recorded(name);
    if (answer.error) return become("idle", answer.error);
    newFilm();
    const all = { ...film, frames: [] };
    for (const frame of answer.frames) add(all, frame);
    film = all;
    stopPlaying();
    if (!then) return show(all.frames.length - 1);
    let next = 0;
    become("playing", "Recorded: the left one goes wrong, the right one is healthy.");
    timer = setInterval(() => {
      show(next++);
      if (next < all.frames.length) return;
      stopPlaying();
      then();
    }, FILM_MS / all.frames.length);
  }

  // --- exhibits: a prediction, the film, what its figures say; then it can be trained live ---
  function open(name) {
    if (going()) trigger("pause");
    asked = false;
    exhibit = name;
    settings = { ...DATA.usual[DATA.exhibits[name].family] };
    idle("First a prediction.");
    remember({ exhibit: name });
    const { title, question, answers } = DATA.exhibits[name], lesson = find(".lesson");
    lesson.hidden = false;
    lesson.innerHTML = `<p><b>${title}.</b> ${question}</p><p class="chips">${answers.map((words, i) =>
      `<button type="button" class="sm" data-answer="${i}">${words}</button>`).join("")}</p><p class="told" role="status"></p>`;
  }

  function answer(chosen) {
    const { right, answers } = DATA.exhibits[exhibit];
    findAll("[data-answer]").forEach((button, i) => { button.disabled = true; button.setAttribute("aria-pressed", i === chosen); });
    find(".told").textContent = chosen === right ? "Watch: so it is." : `Watch: it is “${answers[right]}”.`;
    play(exhibit, caption);
  }

  function caption() {
    const [bad, good] = film.frames.at(-1).sides.map(({ figures }) => figures);
    const print = { shapes: (v) => `${(100 * v).toFixed(0)} %`, mismatch: (v) => v.toFixed(1), error: (v) => v.toFixed(2), loss: (v) => v.toFixed(0) };
    const value = (figures, name) => (name === "bits" ? (figures.kl / Math.LN2).toFixed(1) : figures[name] == null ? "–" : print[name](figures[name]));
    const told = find(".told");
    if (!told) return;
    told.textContent = DATA.exhibits[exhibit].caption.replace(/\{(bad|good)_(\w+)\}/g, (_, which, name) => value(which === "bad" ? bad : good, name).replace("-", "−"));
    find(".status").textContent = "Press Start to train these two yourself.";
  }

  const { planes } = makePlanes({ 0: SIDES[0].querySelector(".plane"), 1: SIDES[1].querySelector(".plane") }, find(".layers"),
    { reach: DATA.reach, layers: ["pictures", "kinds", "codes", "rings"], moved: () => {} });

  // A shared link may carry settings, or an exhibit. Older ones name one model to train, which was one of many numbers a code.
  const link = new URLSearchParams(window.shapevae.search), family = link.get("family") ?? (link.has("model") ? "report" : "plane");
  if (family in DATA.usual) settings = { ...DATA.usual[family] };
  for (const [name, usual] of Object.entries(settings)) {
    const text = link.get(name === "seed" ? "training_seed" : name);
    if (text === null || name === "family") continue;
    const value = typeof usual === "number" ? Number(text) : typeof usual === "boolean" ? text === "true" : text;
    const [low, high] = DATA.limits[name] ?? [];
    if (typeof usual !== "number" || (value >= low && value <= high)) settings[name] = value;
  }
  nameSides();
  if (link.get("exhibit") in DATA.exhibits) open(link.get("exhibit"));
  else { become("idle", "Press Start to train both. Shown is a recorded training."); play(DATA.opening); }
  return {
    take,
    question: () => JSON.stringify(question()),
    refused() { asked = false; become(film.frames.length ? "over" : "idle", "Not started."); },
  };
}
