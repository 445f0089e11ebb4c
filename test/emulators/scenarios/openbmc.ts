import type { ConsoleSocket } from "./console-socket.ts";
import { pressRfbKey, shakeRfbHands } from "./rfb.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const CREDENTIALS = { user: "root", password: "0penBmc" };
const SYSTEM = "/redfish/v1/Systems/system";
const JSON_TYPE = { "Content-Type": "application/json" };

/** A person's whole stay at an OpenBMC. @returns what failed */
export async function openBmcScenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("pages", () => visitPages(visitor));
  const csrf = await steps.run("log-in", () => logIn(visitor));
  if (csrf === undefined) return steps.failures;
  await steps.run("interface", () => usePower(visitor, csrf));
  await steps.run("events", () => readEvent(visitor));
  const socket = await steps.run("console", () => openConsole(visitor, csrf));
  if (socket !== undefined) {
    await steps.run("typing", () => pressRfbKey(socket, "k".charCodeAt(0)));
    await steps.run("closing", () => socket.close());
  }
  await steps.run("serial line", () => useSerialLine(visitor, csrf));
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "POST", "/logout", { headers: { "X-XSRF-TOKEN": csrf }, body: "" });
  });
  return steps.failures;
}

async function visitPages(visitor: Visitor): Promise<void> {
  const page = await visitor.visit("/");
  must(page.body.includes("<script"), "/ is no page");
  const script = await visitor.expect(200, "GET", "/js/app.js");
  must(script.body.includes("import"), "app.js is not a script");
}

/** @returns the token that the page reads from its cookie */
async function logIn(visitor: Visitor): Promise<string> {
  const body = JSON.stringify({ username: CREDENTIALS.user, password: CREDENTIALS.password });
  await visitor.expect(200, "POST", "/login", { headers: JSON_TYPE, body });
  const csrf = visitor.cookies.get("XSRF-TOKEN");
  must(csrf !== undefined, "no cookie XSRF-TOKEN");
  return csrf;
}

async function usePower(visitor: Visitor, csrf: string): Promise<void> {
  for (const [type, state] of [
    ["ForceOff", "Off"],
    ["On", "On"],
  ]) {
    const body = JSON.stringify({ ResetType: type });
    const headers = { ...JSON_TYPE, "X-XSRF-TOKEN": csrf };
    await visitor.expect(204, "POST", `${SYSTEM}/Actions/ComputerSystem.Reset`, { headers, body });
    const answer = await visitor.expect(200, "GET", SYSTEM);
    must(JSON.parse(answer.body.toString()).PowerState === state, `the power is not ${state}`);
  }
}

async function readEvent(visitor: Visitor): Promise<void> {
  const answer = await visitor.fetch("GET", "/redfish/v1/EventService/SSE", { until: "\n\n" });
  must(answer.body.includes("data:"), `the event stream brought ${answer.status}`);
}

/** The token is the console's only sub-protocol: a page cannot set headers on a WebSocket. */
async function open(visitor: Visitor, path: string, csrf: string): Promise<ConsoleSocket> {
  const socket = await visitor.open(path, [csrf]);
  must(socket.websocket.protocol === csrf, `sub-protocol ${socket.websocket.protocol}`);
  return socket;
}

async function openConsole(visitor: Visitor, csrf: string): Promise<ConsoleSocket> {
  const socket = await open(visitor, "/kvm/0", csrf);
  await shakeRfbHands(socket);
  return socket;
}

async function useSerialLine(visitor: Visitor, csrf: string): Promise<void> {
  const socket = await open(visitor, "/console/default", csrf);
  socket.send(Buffer.from("uname\r"));
  for (let seen = ""; !seen.includes("Linux"); ) seen += (await socket.next()).toString();
  await socket.close();
}

async function useRedfish(visitor: Visitor): Promise<void> {
  const body = JSON.stringify({ UserName: CREDENTIALS.user, Password: CREDENTIALS.password });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/SessionService/Sessions", { headers: JSON_TYPE, body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
