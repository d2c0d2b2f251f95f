import { Drawn, number } from "./drawn";

// <cq-chart> over rows with data-label and data-value.
class ChartElement extends Drawn {
  protected override async draw(target: HTMLElement, rows: DOMStringMap[]): Promise<(() => void) | undefined> {
    const { drawChart } = await import("../draw/chart");
    const bars = rows.flatMap(({ label, href, value }) => {
      const found = number(value);
      return found === undefined ? [] : [{ label: label ?? "", href, value: found }];
    });
    return bars.length ? drawChart(target, bars) : undefined;
  }
}

customElements.define("cq-chart", ChartElement);
