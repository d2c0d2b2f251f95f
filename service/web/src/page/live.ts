// A form with data-live asks as soon as it is changed, and only what it changes of the page is exchanged. The address is that of
// the whole page, so that going back, copying it and loading it again do what they should.
const QUIET = 350;
let waiting = 0;
let asking: AbortController | undefined;
let enhance: (root: ParentNode) => void = () => {};

export function live(enhanced: (root: ParentNode) => void): void {
  enhance = enhanced;
  document.addEventListener("change", event => soon(event));
  // A name is not one until it is whole, or chosen from its list.
  document.addEventListener("input", event => event.target instanceof HTMLInputElement && /^(search|text)$/.test(event.target.type) && !event.target.list && soon(event));
  document.addEventListener("submit", event => {
    const form = formOf(event.target);
    if (!form) return;
    event.preventDefault();
    void go(address(form), true);
  });
  addEventListener("popstate", () => document.querySelector("form[data-live]") && void go(location.href, false));
}

function soon({ target }: Event): void {
  const form = formOf(target);
  if (!form) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && form.reportValidity() && void go(address(form), true), QUIET);
}

function formOf(target: EventTarget | null): HTMLFormElement | null {
  return target instanceof Element ? target.closest("form[data-live]") : null;
}

// What is empty is not asked for.
function address(form: HTMLFormElement): string {
  const to = new URL(form.action, location.href);
  const given = [...new FormData(form)].filter((pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "");
  to.search = new URLSearchParams(given).toString();
  return to.href;
}

async function go(to: string, push: boolean): Promise<void> {
  asking?.abort();
  clearTimeout(waiting);
  const mine = (asking = new AbortController());
  document.querySelector("main")?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(to, { headers: { Accept: "text/html" }, signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("main")) throw new Error(`${answer.status} for ${to}`);
    if (push && to !== location.href) history.pushState(null, "", to);
    exchange(page);
  } catch {
    // The whole page tells what is wrong.
    if (!mine.signal.aborted) location.assign(to);
  }
}

function exchange(page: Document): void {
  const place = focused();
  const open = [...document.querySelectorAll<HTMLDetailsElement>("main details[open][id]")].map(({ id }) => id);
  document.title = page.title;
  for (const part of ["main", "footer"]) {
    const old = document.querySelector(part);
    const next = page.querySelector(part);
    if (old && next) old.replaceWith(document.adoptNode(next));
  }
  for (const link of document.querySelectorAll("head link[rel=alternate]")) link.remove();
  document.head.append(...[...page.querySelectorAll("head link[rel=alternate]")].map(link => document.adoptNode(link)));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const main = document.querySelector("main");
  if (main) enhance(main);
  place();
}

// Puts the focus back on the field that had it, and what was being written in it.
function focused(): () => void {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLButtonElement) || !field.name) return () => {};
  const { name, value } = field;
  const at = field instanceof HTMLInputElement && /^(search|text)$/.test(field.type) ? field.selectionStart : undefined;
  return () => {
    const same = [...document.querySelectorAll<HTMLInputElement>(`main [name="${CSS.escape(name)}"]`)];
    const found = at === undefined && same.length > 1 ? same.find(other => other.value === value) : same[0];
    found?.focus({ preventScroll: true });
    if (found && typeof at === "number") {
      found.value = value;
      found.setSelectionRange(at, at);
    }
  };
}
