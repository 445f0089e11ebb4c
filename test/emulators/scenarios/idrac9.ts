import { HEARTBEAT, WINDOW_CLOSE } from "../idrac9/console.ts";
import { consoleAnswer, GREETING, mediaAnswer } from "../idrac9/handshake.ts";
import type { ConsoleSocket } from "./console-socket.ts";
import { pressRfbKey, shakeRfbHands } from "./rfb.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const SESSION = "/sysmgmt/2015/bmc/session";
const POWER = "/sysmgmt/2012/server/power";

/** A person's whole stay at an iDRAC9. @returns what failed */
export async function idrac9Scenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("pages", () => visitPages(visitor));
  const headers = await steps.run("log-in", () => logIn(visitor));
  if (headers === undefined) return steps.failures;
  await steps.run("interface", () => useInterface(visitor, headers));
  await steps.run("console", () => useConsole(visitor, headers));
  await steps.run("virtual media", () => useMedia(visitor, headers));
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "DELETE", SESSION, { headers });
  });
  return steps.failures;
}

type Headers = Readonly<Record<string, string>>;

async function visitPages(visitor: Visitor): Promise<void> {
  const page = await visitor.visit("/");
  must(page.body.includes("<form"), "start.html is no page");
  const script = await visitor.expect(200, "GET", "/restgui/js/start.js");
  must(script.body.includes("XSRF-TOKEN"), "start.js is not a script");
}

async function logIn(visitor: Visitor): Promise<Headers> {
  const credentials = { user: '"root"', password: '"calvin"' };
  const answer = await visitor.expect(201, "POST", SESSION, { headers: credentials, body: "" });
  const token = answer.headers["xsrf-token"];
  must(JSON.parse(answer.body.toString()).authResult === 0 && typeof token === "string", "no session");
  return { "XSRF-TOKEN": token };
}

async function useInterface(visitor: Visitor, headers: Headers): Promise<void> {
  await visitor.expect(200, "GET", "/sysmgmt/2015/bmc/info");
  for (const [action, expected] of [
    ["off", "Off"],
    ["on", "On"],
  ]) {
    const answer = await visitor.expect(200, "POST", `${POWER}?action=${action}`, { headers, body: "" });
    must(JSON.parse(answer.body.toString()).power === expected, `the power is not ${expected}`);
  }
}

/** The page's URL, with keys for one console and one medium. @throws Error where it leads to another host */
async function launch(visitor: Visitor, headers: Headers): Promise<URLSearchParams> {
  const answer = await visitor.expect(200, "GET", "/sysmgmt/2015/server/vconsole", { headers });
  const path = visitor.within(JSON.parse(answer.body.toString()).Location);
  await visitor.visit(path);
  return new URL(path, visitor.via.origin).searchParams;
}

async function greeted(visitor: Visitor, query: URLSearchParams, path: string): Promise<ConsoleSocket> {
  const place = `wss://${query.get("ip")}:${query.get("kvmport")}`;
  const socket = await visitor.open(place + path, ["binary"]);
  must((await socket.next()).equals(GREETING), "the console greets otherwise");
  return socket;
}

async function useConsole(visitor: Visitor, headers: Headers): Promise<void> {
  const query = await launch(visitor, headers);
  const socket = await greeted(visitor, query, `/vnc/vconsole?vck=${query.get("VCSID")}`);
  socket.send(consoleAnswer(query.get("VCSID2") ?? ""));
  await shakeRfbHands(socket);
  socket.send(HEARTBEAT);
  await pressRfbKey(socket, "k".charCodeAt(0));
  socket.send(WINDOW_CLOSE);
  await socket.close();
}

async function useMedia(visitor: Visitor, headers: Headers): Promise<void> {
  const query = await launch(visitor, headers);
  const socket = await greeted(visitor, query, `/vnc/vmedia?vmk=${query.get("VCSID")}`);
  socket.send(mediaAnswer({ first: query.get("VCSID") ?? "", second: query.get("VCSID2") ?? "" }));
  await socket.close();
}

async function useRedfish(visitor: Visitor): Promise<void> {
  const body = JSON.stringify({ UserName: "root", Password: "calvin" });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/SessionService/Sessions", { body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "GET", "/redfish/v1/Systems/System.Embedded.1", { headers });
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
