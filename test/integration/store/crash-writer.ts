import { randomUUID } from "node:crypto";
import process from "node:process";
import { openStore, revocationKey, Trail } from "@sallyport/gateway";

/** Writes until it is killed, and says each thing that was acknowledged in a line: `kind value`. */
const [, , dataDir = "", redisUrl] = process.argv;
const store = await openStore({ dataDir, redisUrl });
const writer = randomUUID();
const trail = new Trail({ store, writer, key: "key", now: () => Date.now() / 1000, onStatus: () => {} });
const say = (kind: string, value: string) => process.stdout.write(`${kind} ${value}\n`);

for (let n = 1; ; n++) {
  const value = randomUUID();
  const made = { key: revocationKey("jti", value), kind: "jti", value, at: n } as const;
  await Promise.all([
    store.revoke([made]).then(() => say("revocation", value)),
    store.consume({ jti: value, until: Date.now() / 1000 + 86_400 }).then(() => say("link", value)),
    trail.write("start", { value }).then(() => say("record", `${writer}:${n}`)),
  ]);
}
