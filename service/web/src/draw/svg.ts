// Elements made by name. Text is always text, and an address leads to this service or to http(s) only.
const SVG = "http://www.w3.org/2000/svg";

type Attributes = Record<string, string | number | undefined>;
type Content = Node | string;

export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes = {}, ...content: Content[]): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, name), attributes, content);
}

export function html<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Attributes = {}, ...content: Content[]): HTMLElementTagNameMap[K] {
  return filled(document.createElement(name), attributes, content);
}

function filled<E extends Element>(element: E, attributes: Attributes, content: Content[]): E {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, String(value));
  element.append(...content);
  return element;
}

// What an element is put in: a link where there is an address to lead to.
export function linked(href: string | undefined, attributes: Attributes, ...content: Content[]): SVGElement {
  return href && isSafe(href) ? svg("a", { href, ...attributes }, ...content) : svg("g", attributes, ...content);
}

export function isSafe(href: string): boolean {
  return /^(\/(?!\/)|https?:\/\/)/i.test(href);
}

// How wide a text is, in pixels; a canvas is asked, since an element would have to be laid out first.
const canvas = document.createElement("canvas").getContext("2d");
const widths = new Map<string, number>();

export function widthOf(text: string, size: number): number {
  const key = `${size} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (canvas) canvas.font = `${size}px "Source Sans 3 Variable", sans-serif`;
    width = canvas?.measureText(text).width ?? text.length * size * 0.55;
    if (widths.size > 5000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

export function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1).trimEnd()}…` : text;
}
