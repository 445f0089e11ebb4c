import { createHash } from "node:crypto";
import {
  ASSERTION_LEEWAY,
  ASSERTION_LIFE,
  type Assertion,
  deny,
  isWebSocketPath,
  type KeySet,
  type Result,
  secretKeySet,
  verifyAssertion,
} from "@sallyport/shared";

/** What a request says of itself that the edge must have stated too. */
export interface EdgeStatement {
  readonly assertion: string | undefined;
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  readonly token: string | undefined;
  readonly address: string;
  readonly port: number | undefined;
  readonly sessionId: string | undefined;
}

/** Checks that our own edge made a request, once. */
export interface EdgeVerifier {
  verify(statement: EdgeStatement, now: number): Promise<Result<Assertion>>;
}

/** Nonces remembered at once. One more and the oldest generation goes: the window is then shorter, never longer. */
const GENERATION = 200_000;

/** Uses a nonce up for other processes, too: `edge-replayed` where one of them did. `until` in seconds. */
export type UseEverywhere = (nonce: string, until: number) => Promise<Result<true>>;

/** What only reads: a statement about it is used up in the process that sees it, and nobody waits for a store. */
const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * `keys` is asked each time: what was seen once is not taken again, though keys change meanwhile. Secrets are made ready
 * once for each list that it gives. `useEverywhere` is asked about what does more than read: other methods, and sockets.
 */
export function createEdgeVerifier(keys: () => readonly string[], useEverywhere?: UseEverywhere): EdgeVerifier {
  const nonces = new Nonces();
  const ready = new WeakMap<readonly string[], KeySet>();
  const readyKeys = async () => {
    const secrets = keys();
    const set = ready.get(secrets) ?? secretKeySet(secrets);
    ready.set(secrets, set);
    return (await set.keysFor({ alg: "HS256" })).map(({ key }) => key);
  };
  return {
    async verify(statement, now) {
      if (statement.assertion === undefined) return deny("edge-missing");
      const verified = await verifyAssertion(statement.assertion, await readyKeys(), now);
      if (!verified.ok) return verified;
      const wrong = mismatch(verified.value, statement);
      if (wrong !== undefined) return deny("edge-mismatch", wrong);
      const { jti, iat } = verified.value;
      if (!nonces.use(jti, now)) return deny("edge-replayed");
      if (useEverywhere === undefined || reads(statement)) return verified;
      const used = await useEverywhere(jti, iat + ASSERTION_LIFE + 2 * ASSERTION_LEEWAY);
      return used.ok ? verified : used;
    },
  };
}

function reads({ method, target }: EdgeStatement): boolean {
  return READING.has(method) && !isWebSocketPath(target);
}

function mismatch(assertion: Assertion, statement: EdgeStatement): string | undefined {
  if (assertion.htm !== statement.method) return "method";
  if (assertion.htu !== digest(statement.target)) return "target";
  if (assertion.ath !== digest(statement.token ?? "")) return "token";
  if (assertion.ip !== statement.address) return "address";
  if (assertion.port !== statement.port) return "port";
  return assertion.sid === (statement.sessionId ?? "") ? undefined : "session";
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** Two generations, each as long as an assertion can live: one seen within that time is in one of them. */
class Nonces {
  #young = new Set<string>();
  #old = new Set<string>();
  #turnedAt = 0;

  use(nonce: string, now: number): boolean {
    const life = ASSERTION_LIFE + 2 * ASSERTION_LEEWAY;
    if (now - this.#turnedAt > life || this.#young.size >= GENERATION) this.#turn(now);
    if (this.#young.has(nonce) || this.#old.has(nonce)) return false;
    this.#young.add(nonce);
    return true;
  }

  #turn(now: number): void {
    this.#old = this.#young;
    this.#young = new Set();
    this.#turnedAt = now;
  }
}
