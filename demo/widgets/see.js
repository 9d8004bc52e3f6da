// The See tab: both planes, and what each decoder draws at the place that is pointed at.
// Gradio gives: element, props, server.
const { asker, remember } = window.shapevae;
const DATA = JSON.parse(props.value), NAMES = Object.keys(DATA.planes);
const find = (selector, root = element) => root.querySelector(selector);
const card = (name) => find(`.card.${name}`);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

// From the server, until the page itself can: by name the side² values of the picture at each place.
async function decode(places) {
  const { pictures } = (await server.decode(places)) ?? {};  // nothing where the server does not answer
  return pictures && Object.fromEntries(Object.entries(pictures).map(([name, hex]) => [name, fromHex(hex)]));
}
const fromHex = (hex) => Float32Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.substr(2 * i, 2), 16) / 255);

const ask = asker(decode, () => element, (pictures) => {
  for (const name of NAMES) paintPicture(find(".shot", card(name)), pictures[name]);
});

let opened = false;  // only what a visitor points at is written to the address

function moved(places) {
  for (const name of NAMES) {
    const { at } = places[name];
    find("[data-word]", card(name)).textContent = `${KINDS[planes[name].kindAt(at)]} at (${at.map(signed).join(", ")})`;
  }
  ask(Object.fromEntries(NAMES.map((name) => [name, places[name].at])));
  const [first] = NAMES;
  if (!places[first].noise) {
    find(".dropped").hidden = true;
    if (opened) remember({ place: places[first].at.join(",") });
  }
}

const canvases = Object.fromEntries(NAMES.map((name) => [name, find(".plane", card(name))]));
const { planes, stand, standAll } = makePlanes(canvases, find(".layers"), { reach: DATA.reach, layers: ["pictures", "kinds", "rings"], moved });
for (const name of NAMES) planes[name].show(DATA.planes[name], DATA.kinds);

// A shape of the family, or what is on the pad, lands where each encoder puts it.
find(".drops").addEventListener("click", async ({ target }) => {
  const kind = target.dataset.drop;
  if (!kind) return;
  const own = kind === "drawing", { drawing } = window.shapevae;  // none before somebody was on the tab Reconstruct
  const question = own ? { hex: drawing } : { kind, seed: Math.floor(2 ** 31 * Math.random()) };
  const answer = own && !drawing ? { error: "Draw a shape on the tab Reconstruct first." } : await server.drop(question);
  find(".drop-note").textContent = answer.error ?? answer.words;
  if (answer.error) return;
  find(".dropped").hidden = false;
  paintPicture(find(".dropped"), fromHex(answer.hex));
  stand(Object.fromEntries(NAMES.map((name) => [name, { at: answer.places[name].slice(0, 2), noise: answer.places[name].slice(2) }])));
});

// A shared link may carry a place.
const linked = (new URLSearchParams(window.shapevae.search).get("place") ?? "").split(",").map(Number);
standAll(linked.length === 2 && linked.every(Number.isFinite) ? linked : [0.4, 0.4]);
opened = true;
