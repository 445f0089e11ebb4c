import { GATEWAY_COOKIE } from "@sallyport/shared";
import { algorithms, secretLines, text, textLike } from "../fields.ts";
import { section, setting } from "../settings.ts";

/** RFC 6265, 4.1.1: a cookie's name is an RFC 9110 token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** How session tokens are verified. */
export const tokenSchema = section({
  key: setting(secretLines().optional(), {
    env: "JWT_KEY",
    secret: true,
    shown: "none: required, unless `JWT_JWKS` is set",
    help: "The secret that session tokens are signed with, 32 bytes or more. To replace it, set several, one a line, the newest first.",
    instead: "keyFile",
  }),
  keyFile: setting(text().optional(), {
    env: "JWT_KEY_FILE",
    path: true,
    shown: "none",
    help: "A file that holds what `JWT_KEY` would.",
    instead: "key",
  }),
  jwks: setting(text().optional(), {
    env: "JWT_JWKS",
    path: true,
    shown: "none",
    help: "A JWK set of public keys, a file or an https URL, with which edge and gateway hold no signing key.",
  }),
  algorithms: setting(algorithms().optional(), {
    env: "JWT_ALGORITHMS",
    shown: "HS256 with a secret; EdDSA, ES256, RS256 with a JWK set",
    help: "Signature algorithms that are accepted.",
  }),
  cookie: setting(textLike(COOKIE_NAME, "a cookie's name").default(GATEWAY_COOKIE), {
    env: "JWT_COOKIE",
    shown: GATEWAY_COOKIE,
    help: "The name of the cookie in which the edge sends the token.",
  }),
  audience: setting(text().optional(), {
    env: "JWT_AUDIENCE",
    shown: "none",
    help: "This gateway's name in the claim `aud`: a token that has the claim must name it.",
  }),
});
