// What the edge and the origin must agree on: token, target and address rules, the wire between them, refusals.
// Runs in workerd and in Node: nothing here may import node:* or cloudflare:*.
export * from "./bytes.ts";
export * from "./endings.ts";
export * from "./refusals.ts";
export * from "./result.ts";
export * from "./target/address.ts";
export * from "./target/target.ts";
export * from "./token/claims.ts";
export * from "./token/compact.ts";
export * from "./token/keys.ts";
export * from "./token/secrets.ts";
export * from "./token/verify.ts";
export * from "./wire/assertion.ts";
export * from "./wire/cookies.ts";
export * from "./wire/envelope.ts";
export * from "./wire/names.ts";
export * from "./wire/old-cookies.ts";
export * from "./wire/origin.ts";
export * from "./wire/second-port.ts";
export * from "./wire/websocket-path.ts";
