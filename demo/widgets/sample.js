// Both grids side by side in one file, each under the name of its model and its count, made when somebody takes it; and the way
// from a sample to its code. Gradio gives: element, server.
const GAP = 16, LINE = 22;

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

// A sample's code in Explore, beside that of the nearest true shape.
async function open(cell) {
  const index = [...cell.parentElement.children].indexOf(cell), sample = JSON.parse(element.querySelector("[data-sample]").dataset.sample);
  const { codes } = await server.locate({ ...sample, index });
  if (codes) { window.shapevae.brought = codes; window.shapevae.explore?.(); window.shapevae.show("explore", "#explorer"); }
}

element.addEventListener("click", ({ target }) => {
  const link = target.closest(".download"), cell = target.closest(".marks li");
  if (link) link.href = join([...element.querySelectorAll(".card")]);
  if (cell) open(cell);
});
