import type { EndReason } from "@sallyport/shared";
import { expect, test } from "vitest";
import type { Admission } from "../../src/admission/admit.ts";
import { Leaving } from "../../src/entrypoints/web/leaving.ts";
import { ilo } from "../../src/platforms/ilo.ts";
import type { Passage, Platform } from "../../src/platforms/platform.ts";
import { supermicro } from "../../src/platforms/supermicro.ts";
import type { HttpClient } from "../../src/pools/http/client.ts";
import type { HttpRequest } from "../../src/pools/http/request-head.ts";
import { noLog } from "../../src/telemetry/log.ts";
import { PASSAGE } from "../platforms/support.ts";

/** One session with a controller, and the cookies of what its gateway sends when it is over. */
function startSession(platform: Platform) {
  const given: string[] = [];
  const client: Pick<HttpClient, "request"> = {
    request({ headers }: HttpRequest) {
      given.push(headers[headers.indexOf("Cookie") + 1] ?? "");
      return { abort() {} } as unknown as ReturnType<HttpClient["request"]>;
    },
  };
  const leaving = new Leaving({ clientFor: () => client as HttpClient, log: noLog });
  const ended: ((reason: EndReason) => void)[] = [];
  const session = { name: "s", onceEnded: (listener: (reason: EndReason) => void) => ended.push(listener) };
  const { target, pages, publicOrigin } = PASSAGE;
  const admission = { session, target, pages, publicOrigin } as unknown as Admission;
  return {
    pass(parts: Partial<Passage>, status: number, ...headers: string[]) {
      const passage = { ...PASSAGE, ...parts };
      leaving.noteRequest(admission, { platform, passage });
      leaving.noteAnswer(admission.session, passage, { status, headers });
    },
    end() {
      for (const listener of ended) listener("expired");
      return given;
    },
  };
}

const LOG_IN = { method: "POST", path: "/json/login_session" };

test("a log-in behind one that ran out is given back, where it has the log-out's path and comes with the old cookie", () => {
  const session = startSession(ilo);
  session.pass(LOG_IN, 200, "Set-Cookie", "sessionKey=OLD; Path=/");
  session.pass({ cookies: "sessionKey=OLD" }, 403);
  session.pass({ ...LOG_IN, cookies: "sessionKey=OLD" }, 200, "Set-Cookie", "sessionKey=NEW; Path=/");
  session.pass({ cookies: "sessionKey=NEW" }, 200);
  expect(session.end()).toEqual(["sessionKey=NEW"]);
});

test("a log-out of the customer's own leaves nothing to give back, though the browser goes on sending its cookie", () => {
  const session = startSession(supermicro);
  session.pass({ cookies: "SID=a" }, 200);
  session.pass({ path: "/cgi/logout.cgi", cookies: "SID=a" }, 200);
  session.pass({ cookies: "SID=a" }, 200);
  expect(session.end()).toEqual([]);
});

test("what is longer than any log-in is not held", () => {
  const session = startSession(supermicro);
  session.pass({ cookies: `SID=${"x".repeat(5000)}` }, 200);
  expect(session.end()).toEqual([]);
});
