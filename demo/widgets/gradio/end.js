// The buttons that choose an end of the walk, named alike for both, as a group with the name of its picture.
// Gradio gives: element.
const row = element.closest(".controls");
row.setAttribute("role", "group");
row.setAttribute("aria-label", element.querySelector("img").alt);
