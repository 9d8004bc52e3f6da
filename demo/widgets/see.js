// Both planes, and what each decoder draws at the place that is pointed at.
import { NO_DRAWING, whenLoaded } from "./answers.js";
import { fromHex } from "./pictures.js";
import { KINDS, makePlanes, paintPicture, signed } from "./plane.js";

const { asker, remember } = window.shapevae;

// data: as demo/views/plane.py's both_planes gives them; answers: as planeAnswers gives them.
export function mount(element, { data, answers }) {
  const names = Object.keys(data.planes);
  const find = (selector, root = element) => root.querySelector(selector);
  const card = (name) => find(`.card.${name}`);
  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  let asked, opened = false;  // only where a visitor points is written to the address
  const ask = asker(answers.decode, () => element, ({ pictures }) => {
    for (const name of names) if (pictures) paintPicture(find(".shot", card(name)), pictures[name]);
  });

  function moved(places) {
    for (const name of names) {
      const { at } = places[name];
      find("[data-word]", card(name)).textContent = `${KINDS[planes[name].kindAt(at)]} at (${at.map(signed).join(", ")})`;
    }
    ask(asked = Object.fromEntries(names.map((name) => [name, places[name].at])));
    const [first] = names;
    if (!places[first].noise) {
      find(".dropped").hidden = true;
      if (opened) remember({ place: places[first].at.join(",") });
    }
  }

  const canvases = Object.fromEntries(names.map((name) => [name, find(".plane", card(name))]));
  const { planes, stand, standAll } = makePlanes(canvases, find(".layers"), { reach: data.reach, layers: ["pictures", "kinds", "rings"], moved });
  for (const name of names) planes[name].show(data.planes[name], data.kinds);

  // A shape of the family, or what is on the pad, lands where each encoder puts it.
  find(".drops").addEventListener("click", async ({ target }) => {
    const kind = target.dataset.drop;
    if (!kind) return;
    const own = kind === "drawing", { drawing } = window.shapevae;
    const question = own ? { hex: drawing } : { kind, seed: Math.floor(2 ** 31 * Math.random()) };
    const answer = own && !drawing ? { error: NO_DRAWING } : await answers.drop(question);
    find(".drop-note").textContent = answer?.error ?? answer?.words ?? "";
    find(".dropped").hidden = !answer?.places;
    if (!answer?.places) return;
    paintPicture(find(".dropped"), fromHex(answer.hex));
    stand(Object.fromEntries(names.map((name) => [name, { at: answer.places[name].slice(0, 2), noise: answer.places[name].slice(2) }])));
  });

  // A shared link may carry a place.
  const linked = (new URLSearchParams(window.shapevae.search).get("place") ?? "").split(",").map(Number);
  const isLinked = linked.length === 2 && linked.every(Number.isFinite), { place, pictures } = data.first;
  if (!isLinked) for (const name of names) paintPicture(find(".shot", card(name)), fromHex(pictures[name]));  // before the weights are there
  standAll(isLinked ? linked : place);
  opened = true;
  whenLoaded(() => ask(asked));
}
