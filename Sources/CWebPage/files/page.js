// The page: finds the server and its model, asks for texts, and says what goes wrong.
import { ask, complete, curlLine, get, kept, key, setKey } from "./requests.js";
import * as settings from "./settings.js";
import { Texts, copy } from "./texts.js";

const $ = (id) => document.getElementById(id);
let running = null; // What ends the request under way.
let texts = null;

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function status(text, state) {
  if ($("status").textContent !== text) $("status").textContent = text;
  $("status").dataset.state = state;
}

function complain(text) {
  $("error").textContent = text;
  $("error").hidden = !text;
}

/** Says what went wrong; where a key is missing, asks for it. */
function fail(error) {
  if (error.status !== 401) return complain(error.message);
  complain(key() ? "The server does not know this key." : "");
  $("key-box").hidden = false;
  $("key").focus();
}

/** Waits until the model is there. */
async function awaitModel() {
  for (const start = Date.now(); ; await pause(0.5)) {
    const health = await ask("health").then((answer) => answer.json(), () => ({}));
    if (health.status === "ok") return;
    const isLoading = health.status === "loading";
    status(isLoading ? "Loading the model…" : "The server does not answer", isLoading ? "wait" : "bad");
    // Seen beside that, and not read aloud each time.
    $("status").dataset.seconds = ` ${Math.round((Date.now() - start) / 1000)} s`;
  }
}

/** Asks for the model's name, examples and defaults; for a key first, where one is needed. */
async function connect() {
  await awaitModel();
  try {
    const [widget, version] = await Promise.all([get("widget.json"), get("version")]);
    $("key-box").hidden = true;
    complain("");
    status(`${version.device.split(", driver")[0]} · ${version.precision}`, "ready");
    $("status").title = version.device;
    $("version").textContent = `gpt2-gpu ${version.version}`;
    showModel(widget.model);
    const hasChanges = settings.start(widget);
    showExamples(widget.examples, hasChanges);
    $("write").disabled = false;
  } catch (error) {
    status(error.status === 401 ? "Locked" : "Not ready", "bad");
    fail(error);
  }
}

function showModel(name) {
  const parts = name.split("/");
  const own = parts.pop();
  // Whose it is stands above, and is smaller.
  const owner = document.createElement("span");
  owner.textContent = parts.length ? `${parts.join("/")}/` : "";
  $("model").replaceChildren(owner, own);
  document.title = `${own} · gpt2-gpu`;
}

function showExamples(examples, hasChanges) {
  const take = ({ text, parameters }) => {
    $("prompt").value = text;
    settings.fill(parameters);
  };
  const buttons = examples.map((example) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = example.title || example.text;
    button.title = example.text;
    button.addEventListener("click", () => {
      take(example);
      $("prompt").focus();
    });
    return button;
  });
  $("examples").replaceChildren(...buttons);
  $("examples").hidden = examples.length < 2;
  const given = new URLSearchParams(location.search).get("text");
  // What the browser kept of the last visit, or a link gives, goes before the first example.
  if (given !== null) $("prompt").value = given;
  else if ($("prompt").value === "" && examples.length) {
    if (hasChanges) $("prompt").value = examples[0].text;
    else take(examples[0]);
  }
}

/** Asks for texts, and shows them as they come. */
async function write() {
  const isKept = $("seed").value !== "";
  // As many digits as the program draws.
  const seed = isKept ? Number($("seed").value) : crypto.getRandomValues(new Uint32Array(1))[0];
  const body = settings.request($("prompt").value, seed);
  running = new AbortController();
  setBusy(true);
  complain("");
  texts = new Texts(body, (text) => ($("prompt").value = text));
  $("curl").textContent = curlLine(body);
  $("keep-seed").hidden = isKept;
  let outcome = "finished";
  try {
    await receive(body, running.signal);
  } catch (error) {
    outcome = error.name === "AbortError" ? "stopped" : "broken off";
    if (outcome !== "stopped") fail(error);
  }
  texts.finish(outcome);
  running = null;
  setBusy(false);
}

/** Puts what comes into the texts; asks again where the queue was full. */
async function receive(body, signal) {
  for (;;) {
    try {
      for await (const event of complete({ ...body, return_token_ids: true }, signal)) texts.add(event);
      return;
    } catch (error) {
      if (![429, 503].includes(error.status)) throw error;
      const wait = error.retryAfter || 2;
      complain(`${error.message} Asking again in ${wait} s.`);
      for (let second = 0; second < wait; second++) {
        await pause(1);
        signal.throwIfAborted();
      }
      complain("");
    }
  }
}

function setBusy(isBusy) {
  document.body.classList.toggle("busy", isBusy);
  $("write-label").textContent = isBusy ? "Stop" : "Write";
  $("shortcut").textContent = isBusy ? "Esc" : /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ ↵" : "Ctrl ↵";
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running && !$("write").disabled) write();
});
// A value that cannot be is shown, though it be folded away.
$("composer").addEventListener("invalid", () => ($("settings").open = true), true);
$("write").addEventListener("click", (event) => {
  if (running) event.preventDefault();
  running?.abort();
});
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("composer").requestSubmit();
  if (event.key === "Escape") running?.abort();
});
$("reroll").addEventListener("click", () => {
  $("seed").value = "";
  $("composer").requestSubmit();
});
$("keep-seed").addEventListener("click", () => {
  $("seed").value = texts.body.seed;
  $("keep-seed").hidden = true;
  $("announcement").textContent = "The next texts have this seed.";
  $("reroll").focus();
});
$("copy-json").addEventListener("click", () => copy(texts.json, $("copy-json")));
$("copy-curl").addEventListener("click", () => copy($("curl").textContent, $("copy-curl")));
$("key-box").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey($("key").value.trim());
  $("key").value = "";
  connect();
});

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.scheme ?? (systemIsDark.matches ? "dark" : "light")) === "dark";
const nameSwitch = () => $("scheme").setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
systemIsDark.addEventListener("change", nameSwitch);
$("scheme").addEventListener("click", () => {
  root.dataset.scheme = isDark() ? "light" : "dark";
  kept("localStorage", (storage) => storage.setItem("gpt2-gpu scheme", root.dataset.scheme));
  nameSwitch();
});

nameSwitch();
setBusy(false);
connect();
