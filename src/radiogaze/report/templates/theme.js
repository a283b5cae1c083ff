// Light, dark, or as the system has it; kept where the browser allows it.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = dark() ? "Light page" : "Dark page"; };
  try { if (localStorage.radiogazeTheme) root.dataset.theme = localStorage.radiogazeTheme; } catch { /* private */ }
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.radiogazeTheme = root.dataset.theme; } catch { /* private */ }
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
})();
