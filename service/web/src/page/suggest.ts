// Names for a field that wants one: its list holds the first of them, and the service is asked for those with the words written.
const QUIET = 200;
let waiting = 0;
let asking: AbortController | undefined;

export function suggest(): void {
  document.addEventListener("input", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.dataset.suggest || !target.list) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => void fill(target), QUIET);
  });
}

async function fill(field: HTMLInputElement): Promise<void> {
  const words = field.value.trim();
  if (!words || [...(field.list?.querySelectorAll("option") ?? [])].some(({ value }) => value === words)) return;
  asking?.abort();
  const mine = (asking = new AbortController());
  try {
    const answer = await fetch(`/api/queries/names?${new URLSearchParams({ type: field.dataset.suggest!, q: words, limit: "50" })}`, { signal: mine.signal });
    if (!answer.ok) return;
    const { rows } = await answer.json() as { rows: { node: { id: string; label?: string } }[] };
    const options = rows.map(({ node }) => new Option(node.label ?? "", node.id.slice(node.id.lastIndexOf("/") + 1)));
    if (options.length) field.list?.replaceChildren(...options);
  } catch (error) {
    if (!mine.signal.aborted) throw error;
  }
}
