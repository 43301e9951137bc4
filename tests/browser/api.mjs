// A client of the JSON door, for what a test needs before it opens a browser.

// What is not so after so many looks will never be.
const LOOKS = 20_000;

let keys = 0;

export class Api {
  constructor(url, headers) {
    Object.assign(this, { url, headers });
  }

  async send(method, path, body, more = {}) {
    const headers = { ...this.headers, ...more, "content-type": "application/json" };
    const answer = await fetch(`${this.url}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return { headers: answer.headers, body: text ? JSON.parse(text) : null };
  }

  // A question.
  async get(path) {
    return (await this.send("GET", path)).body;
  }

  // A command with a new idempotency key.
  async post(path, body) {
    return (await this.send("POST", path, body, { "idempotency-key": `browser-${++keys}` })).body;
  }

  async patch(path, body) {
    return (await this.send("PATCH", path, body, { "idempotency-key": `browser-${++keys}` })).body;
  }

  async put(path, body) {
    return (await this.send("PUT", path, body)).body;
  }

  // A command; the number of the document of that type that it made.
  async make(type, path, body) {
    const { documents } = await this.post(path, body);
    const made = documents.find((document) => document.document_type === type);
    if (!made) throw new Error(`POST ${path} made no ${type}: ${JSON.stringify(documents)}`);
    return made.number;
  }

  // Looks at a refund or a payment until it, or what its gateway was asked, stands so.
  async until(path, state) {
    let shown;
    for (let look = 0; look < LOOKS; look += 1) {
      shown = await this.get(path);
      if ([shown.state, shown.status, shown.order?.state].includes(state)) return shown;
    }
    throw new Error(`${path} is not ${state}: ${JSON.stringify(shown)}`);
  }
}
