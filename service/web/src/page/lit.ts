// What has the same data-id in elements of the same data-set is lit together: on a map, in a timeline, in a list.
export function lit(): void {
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, event => light(event.target));
  for (const type of ["pointerout", "focusout"]) document.addEventListener(type, event => light((event as MouseEvent | FocusEvent).relatedTarget));
}

let now = "";

function light(target: EventTarget | null): void {
  const one = target instanceof Element ? target.closest<HTMLElement>("[data-id]") : null;
  const key = one?.closest<HTMLElement>("[data-set]")?.dataset.set;
  const id = one?.dataset.id;
  const next = key !== undefined && id ? `[data-set="${CSS.escape(key)}"] [data-id="${CSS.escape(id)}"]` : "";
  if (next === now) return;
  for (const element of document.querySelectorAll(".is-lit")) element.classList.remove("is-lit");
  if (next) for (const element of document.querySelectorAll(next)) element.classList.add("is-lit");
  now = next;
}
