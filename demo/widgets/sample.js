// Both grids side by side in one file, made when somebody takes it.
// Gradio gives: element.
const GAP = 16;

function join(pictures) {
  const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
  canvas.width = pictures.reduce((width, picture) => width + picture.naturalWidth + GAP, -GAP);
  canvas.height = Math.max(...pictures.map((picture) => picture.naturalHeight));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  let at = 0;
  for (const picture of pictures) {
    pen.drawImage(picture, at, 0);
    at += picture.naturalWidth + GAP;
  }
  return canvas.toDataURL();
}

element.addEventListener("click", ({ target }) => {
  const link = target.closest(".download");
  if (link) link.href = join([...element.querySelectorAll(".sheet")]);
});
