import { kindOf } from "../draw/kinds";
import { Drawn, number } from "./drawn";

// <cq-timeline> over rows with data-earliest, data-latest or both; with data-count they are bins.
class TimelineElement extends Drawn {
  protected override async draw(target: HTMLElement, rows: DOMStringMap[]): Promise<(() => void) | undefined> {
    const { drawTimeline } = await import("../draw/timeline");
    const spans = rows.filter(({ earliest, latest }) => earliest || latest).map(row => ({
      id: row.id ?? "", href: row.href, label: row.label ?? "", lane: row.lane, earliest: row.earliest, latest: row.latest,
      hollow: row.inferred === "true", kind: kindOf(row.kind), count: number(row.count),
    }));
    return spans.length ? drawTimeline(target, spans) : undefined;
  }
}

customElements.define("cq-timeline", TimelineElement);
