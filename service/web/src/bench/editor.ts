// The editor, in a shadow root: its styles are adopted there, so that no page needs a style of its own.
import { autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import type { Problem } from "./answer";
import { source, type Terms, type Word } from "./terms";

export interface Editor {
  text: string;
  focus(): void;
  // Marks what the server says is wrong, where it says so.
  mark(problem?: Problem): void;
  complete(terms: Terms, names: string): void;
}

export interface Keys {
  run(): void;
  leave(): void;
}

const look = EditorView.theme({
  "&": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--soft)", borderRadius: "4px", fontSize: "0.88rem", minHeight: "21rem", maxHeight: "34rem" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "20.8rem" },
  ".cm-content": { caretColor: "var(--ink)", paddingBlock: "0.5rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--wash)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--link) 28%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)", color: "inherit" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--soft)", borderRadius: "4px", maxWidth: "min(30rem, 90vw)", fontFamily: "var(--sans)" },
  ".cm-tooltip > *": { padding: "0.15rem 0.5rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", opacity: "1", marginInlineStart: "0.8em" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic-error": { borderInlineStart: "4px solid var(--blamed)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--blamed)", textUnderlineOffset: "0.2em" },
  ".cm-lint-marker-error": { content: '""', borderRadius: "50%", border: "3px solid var(--blamed)" },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)" },
  ".cm-textfield, .cm-button": { backgroundColor: "var(--panel)", backgroundImage: "none", color: "inherit", border: "1px solid var(--soft)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword, tags.modifier, tags.controlKeyword], color: "var(--denied)", fontWeight: "600" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--claimed)" },
  { tag: [tags.string, tags.number, tags.bool, tags.literal], color: "var(--response)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.standard(tags.function(tags.variableName))], color: "var(--blamed)" },
]);

// Chrome keeps the look of what is typed over, as a style attribute, which the policy of the page forbids; so nothing is
// left to it then.
const over = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to } = view.state.selection.main;
    if (event.inputType !== "insertText" || !event.data || from === to || view.composing) return false;
    const text = event.data;
    const typed = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    if (!view.state.facet(EditorView.inputHandler).some(handle => handle(view, from, to, text, typed))) view.dispatch(typed());
    return true;
  },
});

export function edit(host: HTMLElement, text: string, keys: Keys): Editor {
  const root = host.attachShadow({ mode: "open" });
  const words = new Compartment();
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightSpecialChars(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(),
        highlightSelectionMatches(), sparql(), syntaxHighlighting(colours), lintGutter(), words.of([]), look, over,
        EditorView.contentAttributes.of({ "aria-label": "SPARQL query", spellcheck: "false", tabindex: "0" }),
        Prec.highest(keymap.of([
          { key: "Mod-Enter", run: () => (keys.run(), true) },
          { key: "Escape", run: escaped => {
            if (completionStatus(escaped.state)) return closeCompletion(escaped);
            if (escaped.dom.querySelector(".cm-panel")) return false;
            keys.leave();
            return true;
          } },
        ])),
        // No Tab: it leads on, as everywhere on the page. While words are offered, Enter takes one.
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
      ],
    }),
  });
  return {
    get text() { return view.state.doc.toString(); },
    set text(wanted: string) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: wanted } }); },
    focus: () => view.focus(),
    mark: problem => view.dispatch(setDiagnostics(view.state, problem ? [placed(view, problem)] : [])),
    complete: (terms, names) => view.dispatch({ effects: words.reconfigure([
      autocompletion({ override: [source(terms, names)], maxRenderedOptions: 100, icons: false }), hover(terms),
    ]) }),
  };
}

// Line and column count from 1, and columns by code points.
function placed({ state }: EditorView, problem: Problem) {
  const line = state.doc.line(Math.min(Math.max(problem.line ?? 1, 1), state.doc.lines));
  const before = [...line.text].slice(0, Math.max(0, (problem.column ?? 1) - 1)).join("").length;
  let from = Math.min(line.from + before, line.to);
  const to = Math.min(line.to, from + (/^[\p{L}\p{N}_?$:.-]+|./u.exec(state.doc.sliceString(from, line.to))?.[0].length ?? 0));
  if (from === to && from > line.from) from -= 1;
  return { from, to, severity: "error" as const, message: problem.detail };
}

function hover(terms: Terms) {
  const known = new Map<string, Word>([...terms.classes, ...terms.properties, ...terms.codes].map(word => [word.name, word]));
  return hoverTooltip((view, at) => {
    const line = view.state.doc.lineAt(at);
    for (const found of line.text.matchAll(/[\w-]+:[\w-]+/g)) {
      const from = line.from + found.index;
      const word = known.get(found[0]);
      if (word && from <= at && at <= from + found[0].length) {
        return { pos: from, end: from + found[0].length, create: () => ({ dom: told(word) }) };
      }
    }
    return null;
  });
}

function told({ name, label, text }: Word): HTMLElement {
  const dom = document.createElement("div");
  dom.textContent = [label ? `${name}: ${label}` : name, text].filter(Boolean).join(". ");
  return dom;
}
