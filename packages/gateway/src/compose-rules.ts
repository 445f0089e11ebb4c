import { performance } from "node:perf_hooks";
import {
  type Claims,
  createTokenVerifier,
  joinKeySets,
  jwkKeySet,
  type KeySet,
  networkContains,
  parseAddress,
  secretKeySet,
  type TokenVerifier,
} from "@sallyport/shared";
import type { Admission } from "./admission/admit.ts";
import { createLinkDesk, type LinkDesk, type LinkDeskParts } from "./admission/link-desk.ts";
import type { Grounds } from "./admission/withdrawn.ts";
import type {
  ControllerConfiguration,
  TargetConfiguration,
  TokenConfiguration,
  WebConfiguration,
} from "./config/configuration.ts";
import { jwkSetLoader } from "./identity/jwk-set.ts";
import { anySecondPort } from "./platforms/families.ts";
import type { Platform } from "./platforms/platform.ts";
import { TargetPolicy } from "./policy/targets.ts";
import type { HttpManners, Upstream } from "./pools/upstream.ts";

type UpstreamFor = (admission: Admission, platform: Platform) => Upstream;

/** What the web entrypoint goes by, made of settings that can change while it runs. */
export interface WebRules {
  readonly web: WebConfiguration;
  /** Of what comes in cookies: links, or where links work once, what a gateway made of them. */
  readonly cookies: TokenVerifier;
  readonly desk: LinkDesk | undefined;
  readonly targets: TargetPolicy;
  /** What running sessions must stand on. */
  grounds(): Promise<Grounds>;
  readonly upstreamFor: UpstreamFor;
  readonly mannersOf: (platform: Platform) => HttpManners;
}

export interface RulesParts extends Pick<LinkDeskParts, "store" | "feed"> {
  readonly processes: number;
  /** Told of a JWK set that could not be loaded. */
  readonly onKeysError: (error: unknown) => void;
  /** Told of each JWK set that was loaded by itself, because the one before was old or lacked a key. */
  readonly onKeysLoaded: () => void;
}

type JwkSet = ReturnType<typeof jwkKeySet>;

/** The rules that hold now. JWK sets are kept from one time to the next, so that the last good one stays in force. */
export class RulesInForce {
  readonly #parts: RulesParts;
  #jwks: { readonly source: string; readonly set: JwkSet } | undefined;
  #current: WebRules;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(web: WebConfiguration, parts: RulesParts) {
    this.#parts = parts;
    this.#current = this.#make(web);
  }

  get current(): WebRules {
    return this.#current;
  }

  /**
   * Makes rules of changed settings, one change after the other. The JWK set is read anew first.
   * @throws what made that fail, where it is from a place from which none was read before; then nothing changes
   */
  change(web: WebConfiguration): Promise<void> {
    const change = this.#changing.then(async () => {
      if (web.token.jwks !== undefined) await this.#readAnew(web.token.jwks);
      this.#current = this.#make(web);
    });
    this.#changing = Promise.allSettled([change]);
    return change;
  }

  #make(web: WebConfiguration): WebRules {
    const { store, feed, processes } = this.#parts;
    const { token, sessionKeys, controllers, limits } = web;
    const { algorithms, audience } = token;
    const linkKeys = this.#keysOf(token);
    const links = createTokenVerifier({ keys: linkKeys, algorithms, audience });
    const [key] = sessionKeys;
    const keys = key === undefined ? linkKeys : secretKeySet(sessionKeys);
    const cookies =
      key === undefined ? links : createTokenVerifier({ keys, algorithms: ["HS256"], audience, kind: "session" });
    return {
      web,
      cookies,
      desk: key === undefined ? undefined : createLinkDesk({ verifier: links, store, feed, key }),
      targets: targetPolicy(web.targets),
      grounds: async () => ({ keyIds: await keys.ids(), networks: web.targets.networks }),
      upstreamFor: upstreams(controllers),
      mannersOf: manners(limits.connectionsPerController, processes),
    };
  }

  async #readAnew(source: string): Promise<void> {
    const known = this.#jwks;
    const set = known?.source === source ? known.set : this.#newSet(source);
    try {
      await set.reload();
    } catch (error) {
      if (set !== known?.set) throw error;
      this.#parts.onKeysError(error);
    }
    this.#jwks = { source, set };
  }

  #keysOf({ secrets, jwks }: TokenConfiguration): KeySet {
    const sets: KeySet[] = secrets.length > 0 ? [secretKeySet(secrets)] : [];
    if (jwks === undefined) this.#jwks = undefined;
    else if (this.#jwks?.source !== jwks) this.#jwks = { source: jwks, set: this.#newSet(jwks) };
    return joinKeySets(this.#jwks ? [...sets, this.#jwks.set] : sets);
  }

  #newSet(source: string): JwkSet {
    const { onKeysError: onError, onKeysLoaded: onLoaded } = this.#parts;
    return jwkKeySet({ load: jwkSetLoader(source), clock: () => performance.now(), onError, onLoaded });
  }
}

function targetPolicy({ networks, ports, targetPort }: TargetConfiguration): TargetPolicy {
  return new TargetPolicy({ networks, allowedPorts: ports, targetPort, secondPorts: anySecondPort });
}

/**
 * What is trusted at a target: the token's pins, else the operator's CA; old TLS only where setting and family allow.
 * The same object again for the same claims, target and family.
 */
function upstreams({ ca, legacyTls }: ControllerConfiguration): UpstreamFor {
  const last = new WeakMap<Claims, { readonly platform: Platform; readonly upstream: Upstream }>();
  return ({ session: { claims }, target }, platform) => {
    const known = last.get(claims);
    if (known?.platform === platform && known.upstream.target === target) return known.upstream;
    const address = parseAddress(target.address);
    const listed = address !== undefined && legacyTls.some((network) => networkContains(network, address));
    const upstream = { target, trust: { pins: claims.spki ?? [], ca, legacy: listed && platform.legacyTls } };
    last.set(claims, { platform, upstream });
    return upstream;
  };
}

/** Connections that one process may have to a controller: its share of what the family bears. One object a family. */
function manners(most: number, processes: number): (platform: Platform) => HttpManners {
  const known = new WeakMap<Platform, HttpManners>();
  const make = ({ connections, lenientHttp }: Platform): HttpManners => ({
    connections: Math.max(1, Math.floor(Math.min(most, connections) / processes)),
    lenient: lenientHttp,
  });
  return (platform) => {
    const manners = known.get(platform) ?? make(platform);
    known.set(platform, manners);
    return manners;
  };
}
