import { ACCEPTED, encodeKey, PICTURE } from "../xcc/messages.ts";
import { type ConsoleSocket, showsTile } from "./console-socket.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const CREDENTIALS = { username: "USERID", password: "K7F3-xcc" };

/** A person's whole stay at an XCC. @returns what failed */
export async function xccScenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("log-in page", () => visitor.visit("/").then(() => undefined));
  const headers = await steps.run("log-in", () => logIn(visitor));
  if (headers === undefined) return steps.failures;
  await steps.run("interface", () => usePower(visitor, headers));
  const socket = await steps.run("console", () => openConsole(visitor, headers));
  if (socket !== undefined) {
    await steps.run("typing", () => type(socket));
    await steps.run("closing", () => socket.close());
  }
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "POST", "/api/logout", { headers, body: "{}" });
  });
  return steps.failures;
}

type Headers = Readonly<Record<string, string>>;

async function logIn(visitor: Visitor): Promise<Headers> {
  const headers = { "Content-Type": "application/json" };
  const answer = await visitor.expect(200, "POST", "/api/login", { headers, body: JSON.stringify(CREDENTIALS) });
  return { Authorization: `Bearer ${JSON.parse(answer.body.toString()).access_token}` };
}

async function usePower(visitor: Visitor, headers: Headers): Promise<void> {
  for (const power of ["Off", "On"]) {
    await visitor.expect(200, "POST", "/api/providers/power", { headers, body: JSON.stringify({ power }) });
    const answer = await visitor.expect(200, "GET", "/api/providers/power", { headers });
    must(JSON.parse(answer.body.toString()).power === power, `the power is not ${power}`);
  }
}

async function openConsole(visitor: Visitor, headers: Headers): Promise<ConsoleSocket> {
  await visitor.visit("/console.html");
  const port = await visitor.expect(200, "GET", "/api/providers/rp_port", { headers });
  const session = await visitor.expect(200, "POST", "/api/providers/rp_session", { headers, body: "{}" });
  const socket = await visitor.open(`wss://${visitor.hostname}:${JSON.parse(port.body.toString()).rp_port}/`);
  socket.send(Buffer.from(JSON.parse(session.body.toString()).session_key));
  must((await socket.next())[0] === ACCEPTED, "the console refused the key");
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
  const body = JSON.stringify({ UserName: CREDENTIALS.username, Password: CREDENTIALS.password });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/SessionService/Sessions", { body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
