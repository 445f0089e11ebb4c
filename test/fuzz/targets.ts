import type { Target } from "./engine.ts";
import { addresses } from "./targets/addresses.ts";
import { redirects, repairedHeads, setCookies } from "./targets/answers.ts";
import { configuration } from "./targets/configuration.ts";
import { cookies } from "./targets/cookies.ts";
import { envelope } from "./targets/envelope.ts";
import { frames } from "./targets/frames.ts";
import { claims, tokens } from "./targets/tokens.ts";
import { upstreamAnswers } from "./targets/upstream-answers.ts";
import { urls } from "./targets/urls.ts";

/** Every reader of bytes from outside that is fuzzed. */
export const targets: readonly Target[] = [
  tokens,
  claims,
  cookies,
  envelope,
  urls,
  addresses,
  frames,
  repairedHeads,
  upstreamAnswers,
  redirects,
  setCookies,
  configuration,
];
