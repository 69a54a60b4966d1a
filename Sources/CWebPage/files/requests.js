// What is asked of the server that the page came from; of no other.

const keyName = "gpt2-gpu key";
let ownKey = null; // For a browser that keeps nothing.

/** The key, which the browser keeps for as long as the tab is open. */
export const key = () => ownKey ?? kept("sessionStorage", (storage) => storage.getItem(keyName));
export function setKey(text) {
  ownKey = text;
  kept("sessionStorage", (storage) => storage.setItem(keyName, text));
}

/** What a use of a storage gives; null in a browser that refuses it. */
export function kept(name, use) {
  try {
    return use(window[name]);
  } catch {
    return null;
  }
}

const problem = (message, status = 0, retryAfter = 0) => Object.assign(new Error(message), { status, retryAfter });

/** Asks, and gives the answer whatever its status is. */
export async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(key() && { Authorization: `Bearer ${key()}` }) };
  try {
    return await fetch(path, { cache: "no-store", ...options, headers });
  } catch (error) {
    throw error.name === "AbortError" ? error : problem("The server cannot be reached. Is it still running?");
  }
}

/** An answer that is no error; else its error, in the server's words where it has some. */
async function accepted(answer) {
  if (answer.ok) return answer;
  const json = await answer.json().catch(() => ({}));
  const message = json.error?.message ?? `The server answered ${answer.status}.`;
  throw problem(message, answer.status, Number(answer.headers.get("Retry-After")) || 0);
}

/** The JSON of a path. */
export const get = async (path) => (await accepted(await ask(path))).json();

/** The events of a streamed completion, as they come. */
export async function* complete(request, signal) {
  const body = JSON.stringify({ ...request, stream: true, stream_options: { include_usage: true } });
  const headers = { "Content-Type": "application/json" };
  const answer = await accepted(await ask("v1/completions", { method: "POST", headers, body, signal }));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) throw problem("The server ended the texts early.");
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      // Comments, which keep a waiting connection open, have no data.
      if (!event.startsWith("data:")) continue;
      const data = event.slice(5).trim();
      if (data === "[DONE]") return;
      const json = JSON.parse(data);
      if (json.error) throw problem(json.error.message, 500);
      yield json;
    }
  }
}

/** A command that asks for the same texts. */
export function curlLine(request) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [`curl ${new URL("v1/completions", location.href)}`, "-H 'Content-Type: application/json'"];
  if (key()) lines.push('-H "Authorization: Bearer $KEY"');
  return [...lines, `-d ${quoted(JSON.stringify(request))}`].join(" \\\n  ");
}
