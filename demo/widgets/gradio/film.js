// A walk's animation as a file: the one that is shown, when somebody takes it.
// Gradio gives: element.
element.addEventListener("click", ({ target }) => {
  const link = target.closest(".download");
  if (link) link.href = link.closest(".film").querySelector(".moving").src;
});
