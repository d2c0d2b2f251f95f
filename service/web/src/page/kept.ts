// All that a page keeps on a reader's machine: the theme, and that single keys are off; each only once it was chosen.
export function kept(name: "theme" | "keys"): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: "theme" | "keys", value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing shows the same page, this once.
  }
}
