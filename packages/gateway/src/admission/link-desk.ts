import { allow, deny, type Result, type TokenVerifier, type VerifiedToken } from "@sallyport/shared";
import { type MintedSession, mintSession } from "../identity/session-token.ts";
import { CLOCK_MARGIN } from "../store/clock.ts";
import type { Store } from "../store/store.ts";
import type { RevocationFeed } from "./revocation-feed.ts";

/** Where links that work once are used up. */
export interface LinkDesk {
  /** Of links; sessions' own tokens are another verifier's. */
  readonly verifier: TokenVerifier;
  /** Uses a verified link up, for exactly one caller, and makes the session's own token of it. */
  use(link: VerifiedToken): Promise<Result<MintedSession>>;
}

export interface LinkDeskParts {
  readonly verifier: TokenVerifier;
  readonly store: Store;
  readonly feed: RevocationFeed;
  /** Signs sessions' tokens. */
  readonly key: string;
}

/**
 * A link has a name (`jti`) and an age (`iat`). While the store cannot be asked no link is taken, whatever configuration
 * says of other checks; nor is one that is older than a store that lost its memory: it may have been used before that.
 */
export function createLinkDesk({ verifier, store, feed, key }: LinkDeskParts): LinkDesk {
  return {
    verifier,
    async use({ claims }) {
      const { jti, iat, exp } = claims;
      if (jti === undefined) return deny("token-claim", "jti");
      if (iat === undefined) return deny("token-claim", "iat");
      const taken = await take({ store, feed }, { jti, iat, exp });
      return taken.ok ? allow(await mintSession(claims, key)) : taken;
    },
  };
}

interface Link {
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

async function take(
  { store, feed }: Pick<LinkDeskParts, "store" | "feed">,
  { jti, iat, exp }: Link,
): Promise<Result<true>> {
  try {
    const link = { jti, until: exp + CLOCK_MARGIN };
    if (iat < Math.floor((await store.epoch()).since)) return deny("link-older-than-store");
    if (!(await store.consume(link))) return deny("link-used");
    feed.noteLink(link);
    return allow(true);
  } catch (error) {
    return deny("store-unavailable", (error as Error).message);
  }
}
