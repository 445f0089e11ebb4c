import { encodeIvtp, encodeKey, encodeValidation, IVTP, type IvtpPacket, IvtpReader } from "../megarac/ivtp.ts";
import { type ConsoleSocket, showsTile } from "./console-socket.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const SESSION = "/api/session";
const CREDENTIALS = { user: "admin", password: "K7F3-ami" };

/** A person's whole stay at a MegaRAC SP-X. @returns what failed */
export async function megaracScenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("pages", () => visitPages(visitor));
  const csrf = await steps.run("log-in", () => logIn(visitor));
  if (csrf === undefined) return steps.failures;
  const headers = { "X-CSRFTOKEN": csrf };
  await steps.run("interface", () => useInterface(visitor, headers));
  const viewer = await steps.run("console", () => openConsole(visitor, headers));
  if (viewer !== undefined) {
    await steps.run("typing", () => type(viewer));
    await steps.run("closing", () => viewer.socket.close());
  }
  await steps.run("serial line", () => useSerialLine(visitor, csrf));
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", async () => {
    await visitor.expect(200, "DELETE", SESSION, { headers });
  });
  return steps.failures;
}

type Headers = Readonly<Record<string, string>>;

async function visitPages(visitor: Visitor): Promise<void> {
  const page = await visitor.visit("/");
  must(page.body.includes("<form"), "/ is no page");
  await visitor.expect(200, "GET", "/api/randomtag");
  const worker = await visitor.expect(200, "GET", "/libs/kvm/ast/decode_worker.js");
  must(worker.headers["content-type"]?.includes("javascript") === true, "the decoder is not served as a script");
}

async function logIn(visitor: Visitor): Promise<string> {
  const body = `username=${CREDENTIALS.user}&password=${CREDENTIALS.password}&certlogin=0`;
  const headers = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };
  const answer = await visitor.expect(200, "POST", SESSION, { headers, body });
  const { ok, CSRFToken } = JSON.parse(answer.body.toString());
  must(ok === 0 && typeof CSRFToken === "string", "no session");
  return CSRFToken;
}

async function useInterface(visitor: Visitor, headers: Headers): Promise<void> {
  await visitor.expect(200, "GET", "/api/sensors", { headers });
  for (const power_command of [0, 1]) {
    const body = JSON.stringify({ power_command });
    await visitor.expect(200, "POST", "/api/actions/power", { headers, body });
    const answer = await visitor.expect(200, "GET", "/api/chassis-status", { headers });
    must(JSON.parse(answer.body.toString()).power_status === power_command, `the power is not ${power_command}`);
  }
}

/** An open console, and the packets that have come but are not taken yet. */
export interface Viewer {
  readonly socket: ConsoleSocket;
  next(): Promise<IvtpPacket>;
}

/** Takes a socket's messages for the stream of packets that they are. */
export function viewerOf(socket: ConsoleSocket): Viewer {
  const reader = new IvtpReader();
  const ready: IvtpPacket[] = [];
  const next = async (): Promise<IvtpPacket> => {
    for (;;) {
      const packet = ready.shift();
      if (packet !== undefined) return packet;
      ready.push(...reader.push(await socket.next()));
    }
  };
  return { socket, next };
}

async function openConsole(visitor: Visitor, headers: Headers): Promise<Viewer> {
  await visitor.visit("/viewer.html");
  const answer = await visitor.expect(200, "GET", "/api/kvm/token", { headers });
  const { token, client_ip: clientIp } = JSON.parse(answer.body.toString());
  const socket = await visitor.open("/kvm", ["binary", "base64"]);
  must(socket.websocket.protocol === "binary", `sub-protocol ${socket.websocket.protocol}`);
  const viewer = viewerOf(socket);
  must((await viewer.next()).command === IVTP.connectionAllowed, "the console does not let us in");
  socket.send(encodeIvtp(IVTP.begin, 1));
  socket.send(encodeIvtp(IVTP.validate, 0, encodeValidation({ token, clientIp, username: "admin", mac: "" })));
  const result = await viewer.next();
  must(result.command === IVTP.validated && result.status === 1, "the console refused the token");
  socket.send(encodeIvtp(IVTP.resumeVideo));
  return viewer;
}

async function type({ socket, next }: Viewer): Promise<void> {
  socket.send(encodeIvtp(IVTP.keepAlive));
  for (const down of [true, false]) socket.send(encodeKey(down, "k".charCodeAt(0)));
  for (;;) {
    const { command, body } = await next();
    if (command === IVTP.video && showsTile(body)) return;
  }
}

/** Its token travels in the query. */
async function useSerialLine(visitor: Visitor, csrf: string): Promise<void> {
  const socket = await visitor.open(`/sol?CSRFTOKEN=${csrf}`, ["binary", "base64"]);
  must((await socket.next()).includes("Serial over LAN"), "the serial line does not greet");
  socket.send(Buffer.from("k"));
  must((await socket.next()).toString() === "k", "the serial line does not echo");
  await socket.close();
}

async function useRedfish(visitor: Visitor): Promise<void> {
  const body = JSON.stringify({ UserName: CREDENTIALS.user, Password: CREDENTIALS.password });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/Sessions", { body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
