// Shared by the page's own components: change only what differs, and never more than one question at a time.
const UNANSWERED = "The server does not answer. What is pale belongs to an earlier question; the last one is asked again until it is answered.";

window.shapevae = {
  // The address as it was opened, before anything on the page writes to it.
  search: location.search,

  // Make the children of `element` those of `html`, keeping nodes, so that pictures do not flicker. [data-word] keeps its text.
  patch(element, html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    window.shapevae.merge(element, fresh.content);
  },

  merge(old, fresh) {
    const before = [...old.childNodes], after = [...fresh.childNodes];
    after.forEach((node, i) => {
      const mate = before[i];
      if (!mate) old.append(node);
      else if (mate.nodeName !== node.nodeName) mate.replaceWith(node);
      else if (node.nodeType === Node.TEXT_NODE) { if (mate.data !== node.data) mate.data = node.data; }
      else if (node.nodeType === Node.ELEMENT_NODE) {
        for (const { name } of [...mate.attributes]) if (!node.hasAttribute(name)) mate.removeAttribute(name);
        for (const { name, value } of [...node.attributes]) if (mate.getAttribute(name) !== value) mate.setAttribute(name, value);
        if (!node.dataset.word) window.shapevae.merge(mate, node);
      }
    });
    before.slice(after.length).forEach((node) => node.remove());
  },

  // ask(data) calls `question(data)` at once, or, while one is under way, afterwards with the newest data only. Without an answer
  // it is asked again until there is one; meanwhile what `place()` shows is pale, and a sentence says so. Without a place it may take
  // its time.
  asker(question, place, answered) {
    let busy = false, next;
    const shown = () => place();  // one's own, though several may have the same place
    return async function ask(data) {
      next = { data };
      if (busy) return;
      busy = true;
      while (next) {
        ({ data } = next);
        next = undefined;
        const answer = await (place ? inTime(shown, question(data)) : question(data));
        if (answer) answered(answer, data, !next);
        else {
          next ??= { data };
          await rest(1000);
        }
      }
      busy = false;
    };
  },

  // One pointer at a time: begin(event), then move(event), then end(); others are ignored. Only a pen takes over, from a finger,
  // which may be the palm of its hand.
  drag(canvas, { begin, move, end = () => {} }) {
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || (held && (event.pointerType !== "pen" || held.pointerType === "pen"))) return;
      held = event;
      canvas.setPointerCapture(event.pointerId);
      begin(event);
    });
    canvas.addEventListener("pointermove", (event) => { if (event.pointerId === held?.pointerId) move(event); });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
      canvas.addEventListener(name, (event) => {
        if (event.pointerId !== held?.pointerId) return;
        held = null;
        end();
      });
  },

  // later(action) does it with the newest data only, when nothing newer has come for a moment.
  later(action, wait = 150) {
    let timer;
    return (data) => { clearTimeout(timer); timer = setTimeout(action, wait, data); };
  },

  // Keep what is shown in the address, so that a link shows the same. Writing it takes a browser milliseconds: it waits a moment.
  remember(values) {
    Object.assign(window.shapevae.unwritten, values);
    window.shapevae.write();
  },

  forget(...names) {
    window.shapevae.remember(Object.fromEntries(names.map((name) => [name, null])));
  },

  unwritten: {},  // values by name, null for what is to go; too long a one goes, too
};

// The server's answer, or nothing where Gradio's client failed to get one, or got none for 20 seconds.
const waiting = new Set();
async function inTime(place, answer) {
  const slow = setTimeout(() => showWaiting(waiting.add(place)), 4000);
  try {
    const result = await Promise.race([answer, new Promise((over) => setTimeout(over, 20000))]);
    waiting[result ? "delete" : "add"](place);
    return result;
  } finally {
    clearTimeout(slow);
    showWaiting();
  }
}

function showWaiting() {
  document.querySelectorAll(".unanswered").forEach((shown) => shown.classList.remove("unanswered"));
  for (const place of waiting) place()?.classList.add("unanswered");
  const note = document.querySelector("#unanswered"), sentence = waiting.size ? UNANSWERED : "";
  if (note.textContent !== sentence) note.textContent = sentence;
}

// Until the time is over or the network is back, whichever is first.
function rest(milliseconds) {
  return new Promise((resolve) => {
    const listening = new AbortController(), end = () => { listening.abort(); resolve(); };
    setTimeout(end, milliseconds);
    window.addEventListener("online", end, { signal: listening.signal });
  });
}

// One's own part of the address: a Space adds names that begin with "__", among them a key to a private one.
function ownQuery() {
  const query = new URLSearchParams(location.search);
  for (const name of [...query.keys()]) if (name.startsWith("__")) query.delete(name);
  return query.toString();
}

window.shapevae.flush = (push) => {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(window.shapevae.unwritten))
    if (value === null || String(value).length > 2000) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  window.shapevae.unwritten = {};
  if (url.href === location.href) return;
  history[push ? "pushState" : "replaceState"](history.state, "", url);
  // On a Space the address bar is that of the page around, which takes the query from a message.
  if (window.parent !== window) window.parent.postMessage({ queryString: ownQuery() }, "https://huggingface.co");
};
window.shapevae.write = window.shapevae.later(() => window.shapevae.flush(false));

// Each tab is an entry of the browser's history: Back turns to the one before.
const tabNow = () => new URLSearchParams(location.search).get("tab") ?? "see";
const nameTab = () => { document.querySelector(".masthead").dataset.tab = tabNow(); };
window.shapevae.opened = () => { nameTab(); return window.shapevae.search; };
window.shapevae.turnTo = (tab) => {
  if (tab === tabNow()) return nameTab();
  window.shapevae.flush(false);
  window.shapevae.unwritten = { tab };
  window.shapevae.flush(true);
  nameTab();
};
const tabOf = (tab) => document.querySelector(`#tabs [data-tab-id="${CSS.escape(tab)}"]`);
window.addEventListener("popstate", () => tabOf(tabNow())?.click());

// Turn to a tab, then scroll to a thing on it, or to all of it, once it is there; gives the thing.
window.shapevae.show = async (tab, selector) => {
  tabOf(tab)?.click();
  for (let tries = 0; tries < 50; tries++) {
    const panel = [...document.querySelectorAll("[role=tabpanel]")].find((each) => each.offsetParent);
    const thing = (selector && panel?.querySelector(selector)) || (tries > 5 && panel);
    if (thing?.offsetParent && tabNow() === tab) {
      thing.scrollIntoView({ behavior: calm() ? "auto" : "smooth", block: "start" });
      return thing;
    }
    await new Promise((after) => setTimeout(after, 100));
  }
};
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// The tour points at what it speaks of; the button that was pressed may be gone.
window.shapevae.point = async () => {
  document.querySelectorAll(".pointed").forEach((thing) => thing.classList.remove("pointed"));
  document.querySelector("#tour-next, #tour .share, #tour-start")?.focus({ preventScroll: true });
  const { tab, thing } = document.querySelector("#tour-text [data-tab]")?.dataset ?? {};
  if (tab) (await window.shapevae.show(tab, thing))?.classList.add("pointed");
};

// A word that is tapped says what it means, by its class word-NUMBER, or turns to a tab, by go-TAB.
document.addEventListener("click", ({ target }) => {
  const [, does, what] = target.closest?.(".term")?.className.match(/\b(word|go)-(\w+)/) ?? [];
  if (does === "word") document.getElementById(`word-${what}`).togglePopover();
  if (does === "go") tabOf(what) ? tabOf(what).click() : document.getElementById(what)?.scrollIntoView();
});

// Hand the address over, which names what is shown: by the device's own dialogue where it has one, else on the clipboard.
window.shapevae.share = async () => {
  window.shapevae.flush(false);
  const query = ownQuery(), url = location.origin + location.pathname + (query && `?${query}`);
  const say = (text) => document.querySelectorAll(".share").forEach((button) => { button.textContent = text; });
  try {
    if (navigator.share && matchMedia("(pointer: coarse)").matches) return await navigator.share({ title: document.title, url });
    await navigator.clipboard.writeText(url);
    say("Link copied");
  } catch { // refused, or no safe connection
    say("Copy the address bar");
  }
  setTimeout(say, 2500, "Share this view");
};
