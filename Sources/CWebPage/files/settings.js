// The settings: filled from the server's defaults; only what differs is sent, and kept for the next visit.

import { kept } from "./requests.js";

const $ = (id) => document.getElementById(id);
const keptName = "gpt2-gpu settings";
const fields = new Map([...document.querySelectorAll("[data-field]")].map((field) => [field.dataset.field, field]));

let widget = { defaults: { presets: {} }, parameters: {} };
// What an example asks for that the page has no field for.
let others = {};

/** What a field holds; undefined where that is nothing. */
function read(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type === "number") return field.value === "" ? undefined : Number(field.value);
  return field.value.split("\n").filter(Boolean).map((line) => line.replaceAll("\\n", "\n"));
}

function show(field, value) {
  if (field.type === "checkbox") field.checked = value ?? false;
  else if (field.type === "number") field.value = value ?? "";
  else field.value = (value ?? []).map((line) => line.replaceAll("\n", "\\n")).join("\n");
}

const defaults = () => widget.defaults.presets[$("preset").value] ?? {};

/** What differs from the defaults, by the names of a request. */
function changes() {
  const changed = { ...others };
  for (const [name, field] of fields) {
    const value = read(field);
    const differs = value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults()[name]);
    field.closest("label").classList.toggle("differs", differs);
    if (differs) changed[name] = value;
  }
  return changed;
}

// Several greedy texts would all be the same.
const samples = () => (fields.get("greedy").checked ? 1 : Number($("samples").value));

/** The request for texts that go on from a prompt. */
export function request(prompt, seed) {
  return { prompt, n: samples(), seed, preset: $("preset").value, ...changes() };
}

/** Puts the defaults into the fields, and over them what is to differ. */
export function fill(values = {}) {
  for (const [name, field] of fields) show(field, values[name] ?? defaults()[name]);
  others = Object.fromEntries(Object.entries(values).filter(([name]) => !fields.has(name)));
  const total = defaults().max_length;
  fields.get("max_new_tokens").placeholder = total ? `${total} with the prompt` : "";
  refresh();
}

/** Brings up to date what follows from the fields, and keeps them. */
function refresh() {
  const slider = $("samples");
  slider.disabled = fields.get("greedy").checked;
  slider.style.setProperty("--share", `${((slider.value - 1) / (slider.max - 1)) * 100}%`);
  $("samples-shown").textContent = samples() === 1 ? "1 text" : `${samples()} texts`;
  const changed = changes();
  const count = Object.keys(changed).length;
  $("changed").textContent = count ? `${count} changed` : "";
  const state = { samples: slider.value, preset: $("preset").value, changed };
  kept("localStorage", (storage) => storage.setItem(keptName, JSON.stringify(state)));
}

/** Fills everything from the server's answer and from what was kept; says whether anything kept differs. */
export function start(answer) {
  // None, too, where it is not what this page has put there.
  const last = kept("localStorage", (storage) => JSON.parse(storage.getItem(keptName))) ?? {};
  widget = answer;
  const names = { card: "the model's card", hf5: "transformers 5" };
  const presets = Object.keys(widget.defaults.presets);
  $("preset").replaceChildren(...presets.map((name) => new Option(names[name], name)));
  $("preset").value = presets.includes(last.preset) ? last.preset : widget.defaults.preset;
  $("samples").max = Math.min(8, widget.limits.samples);
  $("samples").value = last.samples ?? widget.defaults.n;
  fill(last.changed ?? widget.parameters);
  return Object.keys(last.changed ?? {}).length > 0;
}

for (const field of [...fields.values(), $("samples")]) field.addEventListener("input", refresh);
$("preset").addEventListener("change", () => fill());
$("reset").addEventListener("click", () => {
  $("preset").value = widget.defaults.preset;
  $("samples").value = widget.defaults.n;
  $("seed").value = "";
  fill(widget.parameters);
});
