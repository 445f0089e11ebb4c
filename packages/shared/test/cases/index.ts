import { addresses } from "./address.ts";
import { assertions } from "./assertion.ts";
import { bytes } from "./bytes.ts";
import type { Group } from "./case.ts";
import { claimsChecks } from "./claims-checks.ts";
import { claimsNarrows } from "./claims-narrows.ts";
import { claimsTypes } from "./claims-types.ts";
import { cookies } from "./cookies.ts";
import { envelopes } from "./envelope.ts";
import { jwkSets } from "./jwk-set.ts";
import { jwkSetReloads } from "./jwk-set-reload.ts";
import { networkRanges } from "./network.ts";
import { oldCookies } from "./old-cookies.ts";
import { originChecks } from "./origin.ts";
import { outcomes } from "./refusals.ts";
import { secrets } from "./secrets.ts";
import { targets } from "./target.ts";
import { tokenCache } from "./token-cache.ts";
import { tokenForms } from "./token-forms.ts";
import { tokenSignatures } from "./token-signatures.ts";
import { tokenTricks } from "./token-tricks.ts";
import { webSocketPaths } from "./websocket-path.ts";

/** Every case of `packages/shared`, as Node and workerd run them. */
export const groups: readonly Group[] = [
  bytes,
  ...tokenSignatures,
  tokenTricks,
  ...tokenForms,
  secrets,
  jwkSets,
  jwkSetReloads,
  tokenCache,
  ...claimsChecks,
  ...claimsTypes,
  claimsNarrows,
  addresses,
  networkRanges,
  ...targets,
  ...cookies,
  ...oldCookies,
  ...envelopes,
  webSocketPaths,
  ...originChecks,
  assertions,
  ...outcomes,
];
