import { allow, deny, Header, type Result, sha256 } from "@sallyport/shared";

/** A request to any one of several gateways. */
export interface Errand {
  /** Host names, as the token names them. */
  readonly gateways: readonly string[];
  /** The controller's address: it decides which gateway comes first. */
  readonly address: string;
  /** A second gateway may get it although a first one may have acted on it before it failed. */
  readonly repeatable: boolean;
  /** Makes the request anew for each gateway: a signed statement is good once. */
  readonly build: (gateway: string) => Promise<Request>;
}

export interface Gateways {
  /**
   * The first answer. Refuses with `gateway-unreachable` where there was none, and with `controller-timeout` where a
   * gateway had the request and Cloudflare gave up waiting.
   */
  send(errand: Errand): Promise<Result<Response>>;
}

export interface GatewaysOptions {
  readonly fetch: typeof fetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Seconds for which a gateway that did not answer is asked last. */
const SHUNNED_SECONDS = 10;
const MAX_REMEMBERED = 1000;
/** Characters of an error in the log. */
const MAX_WORDS = 200;

/** Cloudflare's answers for an origin that it did not reach: refused, timed out, no route, no TLS, no name. */
const UNREACHED = new Set([521, 522, 523, 525, 526, 530]);
/** The origin had the request, and then said nothing that can be read (520), or nothing at all (524). */
const GAVE_UP = new Set([520, 524]);

type Asked = { readonly response: Response } | { readonly failed: "unreached" | "gave-up" };

/** The gateways as this isolate knows them: in what order to ask, and which of them failed lately. */
export function createGateways({ fetch, now }: GatewaysOptions): Gateways {
  const failures = new Failures(now);

  async function ask(gateway: string, { build }: Errand): Promise<Asked> {
    const request = await build(gateway);
    try {
      const response = await fetch(request);
      if (!isCloudflares(response)) return { response };
      await response.body?.cancel();
      return { failed: UNREACHED.has(response.status) ? "unreached" : "gave-up" };
    } catch (error) {
      console.warn(JSON.stringify({ event: "gateway-unreached", gateway, error: wordsOf(error) }));
      return { failed: "unreached" };
    }
  }

  return {
    async send(errand) {
      const { repeatable } = errand;
      const order = failures.last(await rankGateways(errand.address, errand.gateways));
      for (const gateway of repeatable ? order : order.slice(0, 1)) {
        const asked = await ask(gateway, errand);
        if ("response" in asked) {
          failures.forget(gateway);
          return allow(asked.response);
        }
        if (asked.failed === "gave-up") return deny("controller-timeout", gateway);
        // A body that breaks off is the browser's doing as likely as the gateway's.
        if (repeatable) failures.remember(gateway);
      }
      return deny("gateway-unreachable");
    },
  };
}

/** Gateways of ours name the request in their own answers: then a 52x is a controller's, odd as it may be. */
function isCloudflares({ status, headers }: Response): boolean {
  const known = UNREACHED.has(status) || GAVE_UP.has(status);
  return known && headers.get("server") === "cloudflare" && !headers.has(Header.request);
}

/** What the platform says, without addresses: theirs would hold a token. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return `${error.name}: ${error.message.replace(/\S*[/?]\S*/g, "…").slice(0, MAX_WORDS)}`;
}

class Failures {
  readonly #at = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The same gateways, those that failed lately at the end. */
  last(gateways: readonly string[]): readonly string[] {
    const now = this.#now();
    const isShunned = (name: string) => now - (this.#at.get(name) ?? Number.NEGATIVE_INFINITY) < SHUNNED_SECONDS;
    return [...gateways.filter((name) => !isShunned(name)), ...gateways.filter(isShunned)];
  }

  remember(gateway: string): void {
    if (this.#at.size >= MAX_REMEMBERED) this.#at.clear();
    this.#at.set(gateway, this.#now());
  }

  forget(gateway: string): void {
    this.#at.delete(gateway);
  }
}

/**
 * The gateways for a controller, the preferred one first (rendezvous hash: one address keeps to one gateway while that
 * one stands, so that a controller sees one source address).
 */
export async function rankGateways(address: string, gateways: readonly string[]): Promise<readonly string[]> {
  const names = [...new Set(gateways)];
  if (names.length < 2) return names;
  const weighed = await Promise.all(names.map(async (name) => ({ name, weight: await sha256(`${name} ${address}`) })));
  return weighed.sort((one, other) => (one.weight < other.weight ? -1 : 1)).map(({ name }) => name);
}
