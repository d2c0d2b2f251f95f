import { kindOf } from "../draw/kinds";
import { Drawn } from "./drawn";

// <cq-diagram> over rows of who spoke, what was said, and who is held responsible.
class DiagramElement extends Drawn {
  protected override async draw(target: HTMLElement, rows: DOMStringMap[]): Promise<(() => void) | undefined> {
    const { drawDiagram } = await import("../draw/diagram");
    const lines = rows.map(row => ({
      id: row.id ?? row.whatHref ?? "", who: row.who ?? "", whoHref: row.whoHref, kind: kindOf(row.kind), stance: row.stance ?? "",
      what: row.what ?? "", whatHref: row.whatHref, held: row.held || undefined, heldHref: row.heldHref, hedged: row.hedged === "true",
    }));
    return lines.length ? drawDiagram(target, lines) : undefined;
  }
}

customElements.define("cq-diagram", DiagramElement);
