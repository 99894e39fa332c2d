// Light or dark: what the reader chose, else what the system says.
const kept = localStorage.getItem("allusr-theme");
if (kept) document.documentElement.dataset.theme = kept;
window.allusrTheme = () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("allusr-theme", root.dataset.theme);
};
