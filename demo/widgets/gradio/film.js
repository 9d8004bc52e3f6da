// A walk of both models as a film in a file, made when somebody takes it. Gradio gives: element, server.
element.addEventListener("click", async (event) => {
  const link = event.target.closest(".download");
  if (!link || link.href.startsWith("data:")) return;
  event.preventDefault();
  const { film } = await server.film(JSON.parse(element.querySelector("[data-walk]").dataset.walk));
  if (!film) return;
  link.href = film;
  link.click();
});
