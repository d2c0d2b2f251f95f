import { html } from "../draw/svg";

// <cq-slider data-days="2021-02-15 2021-02-20"> around a form with a date: a slider over those days, the last of which is
// everything.
class SliderElement extends HTMLElement {
  connectedCallback(): void {
    const days = (this.dataset.days ?? "").split(" ").filter(Boolean);
    const field = this.querySelector<HTMLInputElement>("input[type=date]");
    if (!field || !field.form || days.length < 2 || this.querySelector("input[type=range]")) return;
    const later = field.value ? days.findIndex(day => day > field.value) : -1;
    const at = later < 0 ? days.length - 1 : Math.max(later - 1, 0);
    const slider = html("input", { type: "range", min: 0, max: days.length - 1, value: at, "aria-label": field.labels?.[0]?.textContent?.trim() || "Day" });
    const told = () => slider.setAttribute("aria-valuetext", days[slider.valueAsNumber] ?? "");
    slider.addEventListener("input", () => {
      field.value = days[slider.valueAsNumber] ?? "";
      told();
    });
    slider.addEventListener("change", () => field.form?.requestSubmit());
    told();
    field.form.append(html("div", { class: "days" }, html("span", { "aria-hidden": "true" }, days[0]!), slider, html("span", { "aria-hidden": "true" }, days.at(-1)!)));
  }
}

customElements.define("cq-slider", SliderElement);
