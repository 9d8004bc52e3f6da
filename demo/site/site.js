// The static page: the widgets, computing in the browser alone.
import { explorerAnswers, models, padAnswers, planeAnswers, sampleAnswers } from "./widgets/answers.js";
import { mount as mountExplorer } from "./widgets/explorer.js";
import { mount as mountPad } from "./widgets/pad.js";
import { mount as mountSamples } from "./widgets/samples.js";
import { mount as mountPlanes } from "./widgets/see.js";
import { seedSetting } from "./widgets/shapes.js";

const find = (selector) => document.querySelector(selector);
const { sketch, sketches, value, shapes, maps, codes, reach, planes, family } = JSON.parse(find("#data").textContent);
find("#old").remove();
if (planes) mountPlanes(find("#planes"), { data: planes, answers: planeAnswers(family) });

// A shape's settings follow its seed, and the pad follows them.
const SLIDERS = ["size", "angle", "across", "down"];
const seed = find("#set-seed input");

function setShape(kind) {
  const setting = seedSetting(kind, seed.valueAsNumber || 0, shapes);
  find(`#set-kind [value=${kind}]`).checked = true;
  for (const name of SLIDERS) find(`#set-${name} input`).value = setting[name];
}

const pad = mountPad(find("#pad"), { value, sketch, sketches, answers: padAnswers(shapes), results: () => find("#rebuilt") });
const kind = () => find("#set-kind :checked").value;
for (const button of document.querySelectorAll("[data-kind]"))
  button.addEventListener("click", () => {
    seed.value = ((seed.valueAsNumber || 0) + 1) % (Number(seed.max) + 1);
    setShape(button.dataset.kind);
    pad.askShape();
  });
for (const input of [seed, ...document.querySelectorAll("#set-kind input")]) input.addEventListener("change", () => { setShape(kind()); pad.askShape(); });
setShape(kind());

const samples = mountSamples(find("#samples"), sampleAnswers(), (sentence) => { find("#draw-note").textContent = sentence; });
find("#next-seed").addEventListener("click", () => {
  const input = find("#draw-seed input");
  input.value = ((input.valueAsNumber || 0) + 1) % (Number(input.max) + 1);
  samples.ask();
});
const show = (input) => { if (input.nextElementSibling) input.nextElementSibling.value = input.value; };
for (const input of document.querySelectorAll("#draw input")) { show(input); input.addEventListener("input", () => show(input)); }

// The explorer decodes from the start on: it waits until it is seen.
const near = new IntersectionObserver(([{ isIntersecting }]) => {
  if (!isIntersecting) return;
  near.disconnect();
  mountExplorer(find("#explorer"), { codes, maps, reach, answers: explorerAnswers(maps, reach) });
}, { rootMargin: "300px" });
near.observe(find("#explorer"));
find(".share").addEventListener("click", window.shapevae.share);
// The decoders are more than all else together: they come as soon as somebody does something.
const begun = new AbortController();
for (const name of ["pointermove", "pointerdown", "keydown", "scroll"])
  window.addEventListener(name, () => { begun.abort(); models.decoders().catch(() => {}); }, { signal: begun.signal, passive: true });
