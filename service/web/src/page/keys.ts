// Single keys: / searches, g and a letter goes to a page, ? tells of all of them. They can be turned off (WCAG 2.1.4).
import { html } from "../draw/svg";
import { keep, kept } from "./kept";

const PAGES: Record<string, [string, string]> = {
  h: ["/", "the first page"],
  a: ["/attacks", "attacks"],
  s: ["/statements", "statements"],
  p: ["/places", "places"],
  c: ["/actors", "actors"],
  r: ["/reports", "reports"],
  q: ["/queries", "questions"],
  w: ["/workbench", "workbench"],
};
// How long after g a letter may come.
const SOON = 1500;
let going = 0;

export function keys(): void {
  document.addEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isWriting(event.target)) return;
  if (event.key === "?") return act(event, help);
  if (kept("keys") === "off") return;
  const page = Date.now() - going < SOON ? PAGES[event.key] : undefined;
  going = event.key === "g" ? Date.now() : 0;
  if (page) act(event, () => location.assign(page[0]));
  else if (event.key === "/") act(event, search);
}

function act(event: Event, what: () => void): void {
  event.preventDefault();
  what();
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [role=textbox]"));
}

function search(): void {
  const field = document.querySelector<HTMLInputElement>("header input[name=q], input[type=search], input[name=q]");
  if (!field) location.assign("/search");
  else field.select(), field.focus();
}

function help(): void {
  const open = document.querySelector<HTMLDialogElement>("dialog.keys");
  (open ?? made()).showModal();
}

function made(): HTMLDialogElement {
  const row = (key: string, words: string) => [html("dt", {}, ...key.split(" ").flatMap((part, i) => [i ? " " : "", html("kbd", {}, part)])), html("dd", {}, words)];
  const rows = [
    row("/", "search"),
    ...Object.entries(PAGES).map(([key, [, words]]) => row(`g ${key}`, words)),
    row("?", "these keys"),
    row("Esc", "close"),
    row("← →", "in a timeline: from one to the next; on a map: move it"),
    row("+ −", "on a map: zoom"),
  ];
  const off = html("input", { type: "checkbox", id: "keys-on" });
  off.checked = kept("keys") !== "off";
  off.addEventListener("change", () => keep("keys", off.checked ? null : "off"));
  const close = html("button", { type: "submit" }, "Close");
  const dialog = html(
    "dialog",
    { class: "keys", "aria-labelledby": "keys-head" },
    html("h2", { id: "keys-head" }, "Keys"),
    html("dl", {}, ...rows.flat()),
    html("p", {}, off, " ", html("label", { for: "keys-on" }, "Single keys do this")),
    html("form", { method: "dialog" }, close),
  );
  document.body.append(dialog);
  return dialog;
}
