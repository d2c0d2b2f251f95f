// What cq-map, cq-timeline, cq-diagram and cq-chart have in common: a table is there already, and is drawn above itself
// when it comes into sight.
import { html } from "../draw/svg";

export abstract class Drawn extends HTMLElement {
  private end?: () => void;
  private sight?: IntersectionObserver;

  // Draws what the rows hold; nothing comes back where there is nothing to be drawn.
  protected abstract draw(target: HTMLElement, rows: DOMStringMap[]): Promise<(() => void) | undefined>;

  connectedCallback(): void {
    this.sight = new IntersectionObserver(entries => entries.some(({ isIntersecting }) => isIntersecting) && this.seen(), { rootMargin: "300px" });
    this.sight.observe(this);
  }

  disconnectedCallback(): void {
    this.sight?.disconnect();
    this.end?.();
    this.querySelector(":scope > .drawing")?.remove();
  }

  private seen(): void {
    this.sight?.disconnect();
    const rows = [...this.querySelectorAll<HTMLTableRowElement>("tbody tr")].map(({ dataset }) => dataset);
    const drawing = html("div", { class: "drawing" });
    void this.draw(drawing, rows).then(end => {
      this.classList.add("is-ready");
      if (!end) return;
      // Gone meanwhile.
      if (!this.isConnected) return end();
      this.end = end;
      this.querySelector("details")?.removeAttribute("open");
      this.classList.add("is-drawn");
      // Not before there is something in it: the room that is kept for it would move.
      this.prepend(drawing);
    });
  }
}

export function number(text: string | undefined): number | undefined {
  const found = text ? Number(text) : NaN;
  return Number.isFinite(found) ? found : undefined;
}
