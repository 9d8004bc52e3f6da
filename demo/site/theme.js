// Dark where the visitor's system is, before anything is painted.
const wish = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", wish.matches);
wish.addEventListener("change", follow);
follow();
