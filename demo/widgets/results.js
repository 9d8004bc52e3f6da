// A reconstruction computed in the page, put where demo/markup/cards.py shows one.
import { difference, source } from "./pictures.js";

const FULL_BAR = 8;  // bits; more where a dimension has more

// rebuilt: as views.js gives it, by model's name.
export function showRebuilt(root, x, rebuilt) {
  const find = (selector) => root.querySelector(selector), bits = Object.values(rebuilt).flatMap((each) => each.bits ?? []);
  find(".input .shot").src = source(x);
  for (const [name, each] of Object.entries(rebuilt)) {
    find(`.${name} .shot`).src = source(each.image);
    find(`.${name} .diff`).src = difference(x, each.image);
    const [error, rate] = root.querySelectorAll(`.${name} .figure`);
    error.firstChild.textContent = each.error.toFixed(1);
    error.title = `Summed over the pixels; the mean over the pixels is ${(each.error / x.length).toFixed(5)}`;
    if (!each.bits) continue;  // not finite, whatever the picture
    rate.firstChild.textContent = each.bits.reduce((sum, value) => sum + value, 0).toFixed(1);
    showBars(find(`.${name} .bars`), each.bits, Math.max(FULL_BAR, ...bits));
  }
}

function showBars(strip, bits, full) {
  const unit = strip.getAttribute("aria-label").split(":")[0];
  strip.setAttribute("aria-label", `${unit}: ${bits.map((value, i) => `dimension ${i + 1} ${value.toFixed(1)}`).join(", ")}`);
  bits.forEach((value, i) => {
    strip.children[i].style.height = `${100 * Math.min(Math.max(value / full, 0.02), 1)}%`;
    strip.children[i].title = `dimension ${i + 1}: ${value.toFixed(2)} ${unit}`;
  });
}
