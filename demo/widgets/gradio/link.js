// A drawing in the address: its pixels deflated, as base64url, where that takes at most 2,000 characters.
// A shape that the settings name needs none; the settings changed a moment ago where they drew it.
async (picture) => {
  const page = window.shapevae, mine = (page.drawings = (page.drawings ?? 0) + 1);
  await new Promise((after) => setTimeout(after, 300));
  if (mine !== page.drawings || performance.now() - (page.shaped ?? -Infinity) < 1500) return;
  const bytes = Uint8Array.from(picture.match(/../g), (pair) => parseInt(pair, 16));
  const deflated = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const text = btoa(String.fromCharCode(...new Uint8Array(await new Response(deflated).arrayBuffer())));
  page.forget("drawing", "kind", "shape", "size", "angle", "across", "down");
  if (text.length <= 2000) page.remember({ drawing: text.replace(/[+/=]/g, (sign) => ({ "+": "-", "/": "_", "=": "" })[sign]) });
}
