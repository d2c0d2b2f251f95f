// The button that changes between light and dark, and keeps what was chosen.
import { keep } from "./kept";

const dark = matchMedia("(prefers-color-scheme: dark)");

export function theme(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLElement>("[data-theme-toggle]")) {
    button.hidden = false;
    told(button);
    button.addEventListener("click", () => {
      const chosen = present() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = chosen;
      // What the system says anyway need not be kept.
      keep("theme", chosen === (dark.matches ? "dark" : "light") ? null : chosen);
      told(button);
    });
  }
}

function present(): string {
  return document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
}

function told(button: HTMLElement): void {
  button.textContent = present() === "dark" ? "Light theme" : "Dark theme";
}
