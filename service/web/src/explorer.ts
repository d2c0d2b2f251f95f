// What every reading page loads; each page is complete without it.
import "./elements/chart";
import "./elements/diagram";
import "./elements/map";
import "./elements/slider";
import "./elements/timeline";
import { copy } from "./page/copy";
import { keys } from "./page/keys";
import { lit } from "./page/lit";
import { live } from "./page/live";
import { suggest } from "./page/suggest";
import { theme } from "./page/theme";

function enhance(root: ParentNode): void {
  copy(root);
}

keys();
lit();
live(enhance);
suggest();
theme(document);
enhance(document);
