// Elements, and text of the data made fit to be seen.
type Attributes = Record<string, string | number | boolean | undefined>;
export type Child = Node | string;

// An element; an attribute that is false or undefined is left out.
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, given: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

export function button(words: string, act: () => void, given: Attributes = {}): HTMLButtonElement {
  const made = make("button", { type: "button", ...given }, words);
  made.addEventListener("click", act);
  return made;
}

// What cannot be seen, or changes the order of what is seen; as on the pages.
const INVISIBLE = /[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\x00-\x08\x0b-\x1f\x7f-\x9f]/gu;

export function shown(text: string): string {
  return text.replace(INVISIBLE, found => `⟦U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟧`);
}
