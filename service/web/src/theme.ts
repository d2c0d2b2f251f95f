// Before the page is drawn: in the scheme that was chosen, so that it does not flash in another. Not a module, so it waits for
// nothing.
import { kept } from "./page/kept";

const theme = kept("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
