// Buttons that copy the text of their data-copy; the page's address where that is empty.
export function copy(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => void copied(button));
  }
}

async function copied(button: HTMLElement): Promise<void> {
  const words = button.textContent;
  const done = await write(button.dataset.copy || location.href);
  button.textContent = done ? "Copied" : "Could not be copied";
  button.setAttribute("aria-live", "polite");
  setTimeout(() => (button.textContent = words), 1500);
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return selected(text);
  }
}

// Without TLS a browser gives no clipboard, but copies what is selected.
function selected(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hide";
  const before = document.activeElement;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
