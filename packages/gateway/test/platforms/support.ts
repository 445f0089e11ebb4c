import type { Evidence, ProbeAnswer } from "../../src/platforms/evidence.ts";
import { headerValue } from "../../src/platforms/headers.ts";
import type { HeldLogin } from "../../src/platforms/login.ts";
import type { Passage, Platform } from "../../src/platforms/platform.ts";

const TARGET = { address: "10.0.0.7", port: 443, scheme: "https" } as const;

/** A browser's request for `/` at 10.0.0.7, seen as https://k7.example.test. */
export const PASSAGE: Passage = {
  target: TARGET,
  pages: TARGET,
  publicOrigin: "https://k7.example.test",
  method: "GET",
  path: "/",
  upgrade: false,
  hasOrigin: false,
  referer: undefined,
  sessionKey: undefined,
  cookies: "",
  headers: [],
};

/** The request header that a controller gets, by its name in lower case. */
export function sent(platform: Platform, name: string, passage: Partial<Passage> = {}): string | undefined {
  return headerValue(platform.requestHeaders({ ...PASSAGE, ...passage }), name);
}

/** The answer header that a browser gets for a path, by its name in lower case. */
export function shown(platform: Platform, path: string, name: string, headers: readonly string[]): string | undefined {
  return headerValue(platform.responseHeaders({ ...PASSAGE, path }, { status: 200, headers }), name);
}

export interface Page {
  readonly path: string;
  readonly body: string;
  readonly type?: string;
  readonly status?: number;
  readonly passage?: Partial<Passage>;
}

/** The body that a browser gets; undefined where it goes on as it came. */
export function edited(platform: Platform, { path, body, type = "text/html", status = 200, passage }: Page) {
  return platform.bodyEdit?.({ ...PASSAGE, ...passage, path }, { status, headers: ["Content-Type", type] })?.(body);
}

/** What is held of a log-in. */
export function held(cookies: Record<string, string>, headers: Record<string, string> = {}): HeldLogin {
  return { cookie: (name) => cookies[name], header: (name) => headers[name] };
}

/** What a controller answered, by path; a status of 200 where nothing else is said. */
export function evidence(answers: Record<string, string | Partial<ProbeAnswer>>): Evidence {
  const whole = (answer: string | Partial<ProbeAnswer>): ProbeAnswer => ({
    ...{ status: 200, headers: new Map(), body: "" },
    ...(typeof answer === "string" ? { body: answer } : answer),
  });
  return new Map(Object.entries(answers).map(([path, answer]) => [path, whole(answer)]));
}
