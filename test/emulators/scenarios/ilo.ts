import type { Generation } from "../ilo/generation.ts";
import { CMD_AUTHENTICATE, CMD_AUTHENTICATED, encodeHello, encodeKey, PICTURE } from "../ilo/messages.ts";
import { type ConsoleSocket, showsTile } from "./console-socket.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const LOGIN = "/json/login_session";
const SYSTEM = "/redfish/v1/Systems/1/";
const CREDENTIALS = { user: "Administrator", password: "K7F3-ilo" };

/** A person's whole stay at an iLO. @returns what failed */
export async function iloScenario(via: Via, generation: Generation = 5): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("pages", () => visitPages(visitor));
  const key = await steps.run("log-in", () => logIn(visitor));
  if (key === undefined) return steps.failures;
  await steps.run("interface", () => useInterface(visitor, key, generation));
  await steps.run("event stream", () => readEvents(visitor));
  const socket = await steps.run("console", () => openConsole(visitor, key));
  if (socket !== undefined) {
    await steps.run("typing", () => type(socket));
    await steps.run("closing", () => socket.close());
  }
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "POST", LOGIN, { body: JSON.stringify({ method: "logout", session_key: key }) });
    must(visitor.cookies.get("sessionKey") === undefined, "the cookie is still there");
  });
  return steps.failures;
}

async function visitPages(visitor: Visitor): Promise<void> {
  await visitor.visit("/xmldata?item=All");
  const frame = await visitor.visit("/");
  must(frame.body.includes("appFrame"), "/ is no page");
  const page = await visitor.visit("/html/application.html");
  must(page.body.includes("<form"), "application.html is no page");
}

async function logIn(visitor: Visitor): Promise<string> {
  const body = JSON.stringify({ method: "login", user_login: CREDENTIALS.user, password: CREDENTIALS.password });
  const headers = { "Content-Type": "text/plain;charset=UTF-8" };
  const answer = await visitor.expect(200, "POST", LOGIN, { headers, body });
  const key = JSON.parse(answer.body.toString()).session_key;
  must(key === visitor.cookies.get("sessionKey"), "the cookie is not the session key");
  return key;
}

async function useInterface(visitor: Visitor, key: string, generation: Generation): Promise<void> {
  const headers = { "X-Auth-Token": key };
  await visitor.expect(200, "GET", "/json/session_info");
  await visitor.expect(200, "GET", generation === 4 ? "/json/rc_info" : "/redfish/v1/Managers/1/RcInfo/", { headers });
  for (const [ResetType, state] of [
    ["ForceOff", "Off"],
    ["On", "On"],
  ]) {
    const body = JSON.stringify({ ResetType });
    await visitor.expect(200, "POST", `${SYSTEM}Actions/ComputerSystem.Reset/`, { headers, body });
    // Reading does without the header.
    const answer = await visitor.expect(200, "GET", SYSTEM);
    must(JSON.parse(answer.body.toString()).PowerState === state, `the power is not ${state}`);
  }
}

/** The first event comes at once, unless somebody waits for more before he passes it on. */
async function readEvents(visitor: Visitor): Promise<void> {
  const headers = { Accept: "text/event-stream" };
  const answer = await visitor.expect(200, "GET", "/sse/ui", { headers, until: '{"number":1}' });
  must(answer.headers["content-type"] === "text/event-stream", `a stream of ${answer.headers["content-type"]}`);
}

async function openConsole(visitor: Visitor, key: string): Promise<ConsoleSocket> {
  await visitor.visit("/irc.html");
  await visitor.expect(200, "GET", "/js/socket.js");
  const socket = await visitor.open("/wss/ircport");
  must((await socket.next())[0] === CMD_AUTHENTICATE, "the console does not ask for the log-in");
  socket.send(encodeHello(key));
  must((await socket.next())[0] === CMD_AUTHENTICATED, "the console refused the log-in");
  return socket;
}

async function type(socket: ConsoleSocket): Promise<void> {
  for (const down of [true, false]) socket.send(encodeKey(down, "k".charCodeAt(0)));
  for (;;) {
    const message = await socket.next();
    if (message[0] === PICTURE && showsTile(message.subarray(1))) return;
  }
}

async function useRedfish(visitor: Visitor): Promise<void> {
  const body = JSON.stringify({ UserName: CREDENTIALS.user, Password: CREDENTIALS.password });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/Sessions/", { body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "GET", SYSTEM, { headers });
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
