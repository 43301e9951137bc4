// A real server on a database of its own, and a sandbox gateway beside it. Both end with the test.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Api } from "./api.mjs";

const PROGRAM = process.env.QUITTANCE_PROGRAM
  ?? fileURLToPath(new URL("../../target/debug/quittance", import.meta.url));
// The key for the credentials of gateways: any 64 hexadecimal digits.
const KEY = "5eed0f00ba11ad0e".repeat(4);
const WEBHOOK_SECRET = "whsec_of_the_console";
// Books to begin with, and a key of their administrator; none: empty ones. A copy of them is served.
const { QUITTANCE_BOOKS: BOOKS, QUITTANCE_BOOKS_KEY: BOOKS_KEY } = process.env;
// The clock stands still, so that every run and every screenshot shows the same instants. It cannot stand before what
// happened in books one begins with.
const NOW = BOOKS ? new Date().toISOString() : "2026-03-02T10:00:00Z";

// Starts the program and reads what it says until it listens.
async function start(args) {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("QUITTANCE_"));
  const env = { ...Object.fromEntries(ours), QUITTANCE_KEY: KEY };
  const child = spawn(PROGRAM, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "exit");
  const said = { key: "", url: "" };
  for await (const line of createInterface({ input: child.stdout })) {
    said.key ||= line.match(/API key.*: (\S+)$/)?.[1] ?? "";
    said.url = line.match(/^(?:listening|sandbox gateway) on (\S+)/)?.[1] ?? "";
    if (said.url) break;
  }
  // Read on, so that it never meets a full pipe.
  child.stdout.resume();
  // A test that fails before it stops this shall end nevertheless, and end it so.
  child.unref();
  child.stdout.unref();
  if (!said.url) throw new Error(`${PROGRAM} ${args[0]} ended before it listened`);
  const stop = async () => {
    process.off("exit", kill);
    child.ref();
    kill();
    await ended;
  };
  return { ...said, stop };
}

// A database of its own, served; with the client of an administrator.
export async function serve() {
  const directory = await mkdtemp(join(tmpdir(), "quittance-browser-"));
  const file = join(directory, "books.db");
  if (BOOKS) await copyFile(BOOKS, file);
  const database = `sqlite:${file}`;
  const server = await start([
    "serve", "--listen", "127.0.0.1:0", "--database", database, "--test-clock", "--log", "error",
    // Under a clock that stands still, what was spent of a limit never comes back.
    "--failure-limit", "0",
    // The endpoint of the sample is this machine; nothing is sent there.
    "--allow-private-endpoints",
  ]);
  const api = new Api(server.url, { authorization: `Bearer ${server.key || BOOKS_KEY}` });
  await api.put("/api/v1/clock", { now: NOW });
  const stop = async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  };
  return { url: server.url, directory, api, stop };
}

// A sandbox gateway, configured in the books of `server` as *cards*.
export async function sandboxFor(server) {
  const process = await start([
    "sandbox-gateway", "--manual-clock", "--hang", "0", "--listen", "127.0.0.1:0",
    "--clock", NOW, "--data", join(server.directory, "sandbox.data"),
  ]);
  const orders = new Api(process.url, {});
  await server.api.post("/api/v1/gateways", {
    name: "cards", kind: "sandbox", unreferenced_credits: true, url: `${process.url}/plain`, default: true,
    credentials: { api_key: "any", webhook_secret: WEBHOOK_SECRET },
  });
  await orders.post("/_sim/webhooks", {
    dialect: "plain", url: `${server.url}/webhooks/cards`, secret: WEBHOOK_SECRET, enabled: true, auto: false,
  });
  return {
    // Lets time pass on both sides.
    async pass(seconds) {
      await orders.post("/_sim/advance", { seconds });
      const { now } = await server.api.get("/api/v1/clock");
      const later = new Date(Date.parse(now) + seconds * 1000).toISOString();
      await server.api.put("/api/v1/clock", { now: later });
    },
    // Sends every webhook that was not taken yet.
    flush: () => orders.post("/_sim/webhooks/flush", {}),
    // From now on the gateway is out of reach.
    vanish: () => orders.post("/_sim/faults", { kind: "drop_before_read", count: 100_000 }),
    stop: process.stop,
  };
}
