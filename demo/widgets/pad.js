// The drawing pad: strokes in, picture as hex out, answers shown while drawing.
import { whenLoaded } from "./answers.js";
import { asImage, enlarged, rasterised, reduced, SIDE, SIZE } from "./raster.js";
import { showRebuilt } from "./results.js";

const STEP = 8;
const { patch, asker, later, drag } = window.shapevae;

// Opens with the picture `value` (hex), that of the sketch named `sketch` among `sketches`. answers: as padAnswers gives them;
// results(): the element they are shown in; settled(hex) hears what is on the pad when the hand rests. Returns put(hex), which
// replaces it, and askShape(), which draws what the settings say.
export function mount(element, { value, sketch, sketches, answers, results, settled = () => {} }) {
  const canvas = element.querySelector("canvas"), screen = canvas.getContext("2d");
  const note = element.querySelector("[role=status]");
  const filling = element.querySelector("input[type=checkbox]");

  let ink;              // brightness of what is on the pad, SIDE × SIDE bytes
  let base = null;      // hex of a picture that was put on the pad, or null
  let strokes = [];     // each an array of [x, y] in pad pixels
  let past = [];        // what undo goes back to
  let shown = "";       // hex of what is on the pad
  let drawing = null;   // the stroke under the pointer, or of the keyboard
  let asked = "";       // the newest question: a picture as hex, or an object, a shape's settings
  let sketched = true;  // whether the strokes are those of a sketch, which a first stroke of one's own replaces
  let played = 0;       // counts what ends a sketch that draws itself
  let cursor = [SIDE / 2, SIDE / 2], keyboard = false, pointing = false;

  function remember() {
    played++;
    past.push({ base, sketched, strokes: strokes.map((stroke) => [...stroke]), hex: shown, filled: filling.checked });
    if (past.length > 100) past.shift();
  }

  function paint() {
    ink = base ? enlarged(base) : rasterised(strokes, filling.checked);
    screen.putImageData(asImage(ink), 0, 0);
    if (keyboard && document.activeElement === canvas) {
      screen.strokeStyle = "#f59e0b";
      screen.lineWidth = 2;
      screen.strokeRect(cursor[0] - 6, cursor[1] - 6, 12, 12);
    }
  }

  const toHex = () => base ?? reduced(ink);

  // What is asked about the pad.
  const asShown = () => (filling.checked ? shown : { hex: shown, filled: false });

  const askJudge = asker(answers.judge, () => results()?.querySelector(".belief"), ({ words }, data) => {
    if (!words || (data.hex ?? data) !== shown) return;
    results()?.classList.remove("unjudged");
    for (const [name, word] of Object.entries(words)) {
      const place = results()?.querySelector(`[data-word=${name}]`);
      if (place) place.textContent = word;
    }
  });

  const isShape = (question) => Boolean(question.kind);

  // Shapes are drawn and rebuilt in one go.
  const askRebuild = asker(answers.rebuild, results, (answer, question, newest) => {
    note.textContent = answer.error ?? answer.notice ?? "";
    results()?.classList.toggle("stale", Boolean(answer.error));  // they are of another picture
    if (answer.hex && isShape(asked)) lay(answer.hex);  // unless a stroke has begun meanwhile
    if (!results() || !(answer.html || answer.rebuilt)) return;
    if (answer.html) patch(results(), answer.html);
    else showRebuilt(results(), answer.x, answer.rebuilt);
    if (answers.judge) results().classList.add("unjudged");
    if (newest) settleLater();
  });

  // When the hand rests: Gradio learns what is on the pad, and the judge, who takes as long as several pictures, looks at it.
  const settleLater = later(() => {
    if (!pointing) settled(shown);
    if (answers.judge) askJudge(asShown());
  });

  function ask(question) {
    asked = question;
    askRebuild(question);
  }

  function changed(finished = true, hex = toHex) {
    show(hex);
    ask(asShown());
    if (finished) settled(shown);
  }

  function show(hex = toHex) {
    paint();
    shown = hex();
    window.shapevae.drawing = asShown();
  }

  function lay(hex) {
    if (hex === shown || typeof hex !== "string" || hex.length !== 2 * SIZE * SIZE) return false;
    remember();
    [base, strokes, sketched, drawing, pointing] = [hex, [], false, null, false];
    show();
    return true;
  }

  function put(hex) {
    if (lay(hex)) ask(asShown());
  }

  function undo() {
    if (!past.length) return;
    const before = past.pop();
    ({ base, strokes, sketched } = before);
    drawing = null;
    played++;
    changed(true, before.filled === filling.checked ? () => before.hex : toHex);
  }

  function clear() {
    if (!base && !strokes.length) return;
    remember();
    [base, strokes, sketched, drawing] = [null, [], false, null];
    changed();
  }

  function begin(point) {
    remember();
    if (sketched) strokes = [];
    [base, sketched] = [null, false];  // a first stroke starts a new drawing
    strokes.push((drawing = [point]));
  }

  const strokesOf = (name) => sketches[name].map((stroke) => stroke.map(([x, y]) => [x * SIDE, y * SIDE]));

  // A sketch draws itself, in about a second, or is there at once for whoever wants less motion.
  async function play(name) {
    remember();
    [base, strokes, sketched, drawing] = [null, [], true, null];
    const mine = played, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const stroke of strokesOf(name)) {
      const part = [];
      strokes.push(part);
      for (const [i, point] of stroke.entries()) {
        part.push(point);
        if (still || i % Math.ceil(stroke.length / 30)) continue;
        changed(false);
        await new Promise(requestAnimationFrame);
        if (mine !== played) return;
      }
    }
    changed();
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  }

  drag(canvas, {
    begin(event) {
      if (pointing) undo();  // a pen that takes over from the palm of its hand
      [keyboard, pointing] = [false, true];
      begin(place(event));
      changed(false);
    },
    move(event) {
      if (!pointing || !drawing) return;
      const events = event.getCoalescedEvents?.() ?? [];
      drawing.push(...(events.length ? events : [event]).map(place));
      changed(false);
    },
    end() {
      if (!pointing) return;
      [drawing, pointing] = [null, false];
      changed();
    },
  });

  const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

  function move([dx, dy], draw) {
    keyboard = true;
    if (draw && !drawing) begin([...cursor]);
    cursor = [cursor[0] + dx, cursor[1] + dy].map((at) => Math.min(Math.max(at, 0), SIDE));
    if (!draw) return paint();
    drawing.push([...cursor]);
    changed();
  }

  function corner() {
    keyboard = true;
    if (drawing) drawing.push([...cursor]);
    else begin([...cursor]);
    changed();
  }

  canvas.addEventListener("keydown", (event) => {
    if (MOVES[event.key]) move(MOVES[event.key], event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") corner();
    else if (event.key === "Escape") drawing = null;
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
  });

  // A shape's sliders, past Gradio's queue.
  const FIELDS = ["kind", "seed", "size", "angle", "across", "down"];
  const SLIDERS = FIELDS.slice(2).map((name) => `#set-${name}`).join();

  function field(name, changed) {
    const box = document.querySelector(`#set-${name}`);
    const input = box.contains(changed) ? changed : box.querySelector("input:checked, input[type=range]") ?? box.querySelector("input");
    return name === "kind" ? input.value : input.valueAsNumber;
  }

  function askShape(changed = null) {
    ask(Object.fromEntries(FIELDS.map((name) => [name, field(name, changed)])));
  }

  let typed = null;  // into a number field, which Gradio brings back into its limits when it is left

  document.addEventListener("input", ({ target }) => {
    if (target.matches("[type=number]") && target.closest(SLIDERS)) typed = target.value;
    if (target.closest(SLIDERS) && target.value !== "") askShape(target);  // empty: somebody is typing
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("button")?.closest(SLIDERS)) requestAnimationFrame(() => askShape());  // back to its first value
  });
  document.addEventListener("focusout", ({ target }) => {
    const before = typed;
    typed = null;
    if (before !== null) setTimeout(() => { if (target.value !== before) askShape(); });
  });

  for (const name of ["focus", "blur"]) canvas.addEventListener(name, paint);
  for (const name of Object.keys(sketches)) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    button.addEventListener("click", () => play(name));
    element.querySelector(".chips").append(button);
  }
  filling.addEventListener("change", () => {
    window.shapevae.remember({ filling: filling.checked ? null : "off" });
    changed();
  });
  element.querySelector("[data-do=undo]").addEventListener("click", undo);
  element.querySelector("[data-do=clear]").addEventListener("click", clear);

  filling.checked = new URLSearchParams(window.shapevae.search).get("filling") !== "off";  // as a shared link says
  strokes = strokesOf(sketch);
  show(() => value);
  if (!filling.checked) changed(false);
  else if (answers.judge) askJudge(shown);
  for (const name of ["pointerenter", "focus"]) canvas.addEventListener(name, answers.prepare, { once: true });
  whenLoaded(() => { if (asked) ask(asked); });
  canvas.dataset.ready = "";
  return { put, askShape };
}
