import { secretLines, text, yesOrNo } from "../fields.ts";
import { section, setting } from "../settings.ts";

/** Links that work once. */
export const oneTimeLinksSchema = section({
  enabled: setting(yesOrNo().default(false), {
    env: "ONE_TIME_LINKS",
    atStart: ({ web }) => web.sessionKeys.length > 0,
    shown: "false",
    help: "Links work once; they need the claims `jti` and `iat`. The Worker needs the same setting.",
  }),
  key: setting(secretLines().optional(), {
    env: "SESSION_KEY",
    secret: true,
    shown: "none: required with `ONE_TIME_LINKS`",
    help: "The secret of sessions that such links open, 32 bytes or more, the same at Worker and gateways. To replace it, set several, one a line, the newest first.",
    instead: "keyFile",
  }),
  keyFile: setting(text().optional(), {
    env: "SESSION_KEY_FILE",
    path: true,
    shown: "none",
    help: "A file that holds what `SESSION_KEY` would.",
    instead: "key",
  }),
});
