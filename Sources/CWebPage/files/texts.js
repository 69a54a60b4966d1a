// The texts, side by side, as they are written.

const $ = (id) => document.getElementById(id);
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function button(label, name, action) {
  const made = element("button", "link", label);
  made.setAttribute("aria-label", name);
  made.addEventListener("click", () => action(made));
  return made;
}

/** Copies a text, and says so on the button for a moment. */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers lend the clipboard to https and to this machine alone; the old way works elsewhere.
    const field = element("textarea", "hidden");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.dataset.label ??= button.textContent;
  button.textContent = "Copied";
  $("announcement").textContent = "Copied.";
  setTimeout(() => (button.textContent = button.dataset.label), 1200);
}

/** One text: the prompt, dim, and what is written after it. */
class Text {
  text = "";
  tokens = 0;
  outcome = null;

  constructor(prompt, number, setPrompt) {
    // Of a long prompt, its end.
    const shown = prompt.length > 240 ? `… ${prompt.slice(-200).replace(/^\S*\s/, "")}` : prompt;
    this.article = element("article", "text writing");
    this.article.setAttribute("aria-label", `Text ${number}`);
    this.body = element("p", "body");
    this.body.dir = "auto";
    this.body.append(element("span", "prompt", shown));
    this.end = element("span", "end", "waiting");
    const foot = element("div", "foot");
    foot.append(
      this.end,
      button("Copy", `Copy text ${number}`, (copyButton) => copy(prompt + this.text, copyButton)),
      button("Continue", `Continue text ${number}`, () => {
        setPrompt(prompt + this.text);
        $("prompt").focus();
      }),
    );
    this.article.append(element("span", "number", String(number)), this.body, foot);
  }

  add(choice) {
    this.tokens += choice.token_ids?.length ?? (choice.text ? 1 : 0);
    if (choice.text) {
      this.text += choice.text;
      this.body.append(element("span", "new", choice.text));
      this.end.textContent = count(this.tokens, "token");
    }
    const stop = typeof choice.stop_reason === "string" ? `at ${JSON.stringify(choice.stop_reason)}` : "end of text";
    if (choice.finish_reason) this.finish(choice.finish_reason === "stop" ? stop : choice.finish_reason);
  }

  finish(outcome) {
    if (this.outcome) return;
    this.outcome = outcome;
    this.article.classList.remove("writing");
    if (!this.text) this.body.append(element("span", "none", " No text came."));
    this.end.textContent = `${count(this.tokens, "token")} · ${outcome}`;
  }
}

/** The texts of one request, and what came of it. */
export class Texts {
  usage = null;
  answer = {};

  constructor(body, setPrompt) {
    this.body = body;
    this.texts = Array.from({ length: body.n }, (_, index) => new Text(body.prompt, index + 1, setPrompt));
    // Full rows: six texts stand three by three.
    $("texts").style.setProperty("--columns", Math.ceil(body.n / Math.ceil(body.n / 5)));
    $("texts").replaceChildren(...this.texts.map((text) => text.article));
    $("texts").setAttribute("aria-busy", "true");
    $("announcement").textContent = "Writing.";
    $("results").hidden = false;
    if ($("results").getBoundingClientRect().top > innerHeight * 0.7) $("results").scrollIntoView();
    this.sent = performance.now();
    this.show();
  }

  add(event) {
    this.last = performance.now();
    this.first ??= this.last;
    this.answer = { id: event.id, model: event.model, created: event.created };
    this.usage ??= event.usage;
    for (const choice of event.choices) this.texts[choice.index]?.add(choice);
    this.show();
  }

  get tokens() {
    return this.usage?.completion_tokens ?? this.texts.reduce((sum, text) => sum + text.tokens, 0);
  }

  /** The line above the texts, and the one that grows. */
  show() {
    const parts = [`seed ${this.body.seed}`];
    if (this.first) {
      const seconds = (this.last - this.sent) / 1000;
      parts.push(count(this.tokens, "token"), `${seconds.toFixed(1)} s`);
      // The rate is that of writing: neither the wait for the first tokens nor these count.
      const rate = Math.round((this.tokens - this.texts.length) / ((this.last - this.first) / 1000));
      if (rate > 0 && Number.isFinite(rate)) parts.push(`${rate.toLocaleString("en")} tokens/s`);
    }
    $("summary").textContent = parts.join(" · ");
    const longest = this.body.max_new_tokens ?? 128;
    const shares = this.texts.map((text) => (text.outcome ? 1 : Math.min(1, text.tokens / longest)));
    $("progress").style.setProperty("--done", shares.reduce((sum, share) => sum + share, 0) / shares.length);
  }

  /** No more will come: how it ended, for those that are not finished. */
  finish(outcome) {
    for (const text of this.texts) text.finish(outcome);
    this.show();
    $("texts").setAttribute("aria-busy", "false");
    $("announcement").textContent = `${count(this.texts.length, "text")}, ${count(this.tokens, "token")}: ${outcome}.`;
  }

  /** The request, its texts and what they took, for programs. */
  get json() {
    const texts = this.texts.map(({ text, tokens, outcome }) => ({ text, tokens, outcome }));
    return JSON.stringify({ ...this.answer, request: this.body, texts, usage: this.usage }, null, 2);
  }
}
