import { APCP, decodeApcp, encodeApcp, encodeKey, encodeLogin } from "../idrac8/apcp.ts";
import { type ConsoleSocket, showsTile } from "./console-socket.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Via } from "./via.ts";
import { dataIn, Visitor } from "./visitor.ts";

/** A person's whole stay at an iDRAC8. @returns what failed */
export async function idrac8Scenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("log-in page", () => visitLogin(visitor));
  const tokens = await steps.run("log-in", () => logIn(visitor));
  if (tokens === undefined) return steps.failures;
  await steps.run("pages", () => visitPages(visitor, tokens));
  await steps.run("data", () => useData(visitor, tokens));
  const socket = await steps.run("console", () => openConsole(visitor, tokens));
  if (socket !== undefined) {
    await steps.run("typing", () => type(socket));
    await steps.run("closing", () => socket.close());
  }
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", () => visitor.visit("/data/logout").then(() => undefined));
  return steps.failures;
}

interface Tokens {
  readonly st1: string;
  readonly st2: string;
}

async function visitLogin(visitor: Visitor): Promise<void> {
  await visitor.visit("/");
  must(visitor.page === "/start.html", `/ leads to ${visitor.page}`);
  const script = await visitor.expect(200, "GET", "/app.jsesp");
  must(script.body.includes("goToLogin"), "app.jsesp is not a script");
  const page = await visitor.visit("/login.html");
  must(page.body.includes("<form"), "login.html is no page");
}

async function logIn(visitor: Visitor): Promise<Tokens> {
  await visitor.expect(303, "POST", "/data/logout", { body: "" });
  const answer = await visitor.expect(200, "POST", "/data/login", { body: "user=root&password=calvin" });
  const xml = answer.body.toString();
  must(xml.includes("<authResult>0</authResult>"), `the log-in was refused: ${xml}`);
  const [, st1, st2] = /ST1=(\w+)[,&]ST2=(\w+)/.exec(xml) ?? [];
  must(st1 !== undefined && st2 !== undefined, "the answer has no tokens");
  return { st1, st2 };
}

async function visitPages(visitor: Visitor, { st1, st2 }: Tokens): Promise<void> {
  await visitor.visit(`/index.html?ST1=${st1},ST2=${st2}`);
  must(visitor.page?.startsWith("/index.html") === true, `index.html leads to ${visitor.page}`);
  const first = await visitor.expect(200, "GET", `/capconsole/scapture0.png?ST1=${st1}`);
  const second = await visitor.expect(200, "GET", `/capconsole/scapture0.png?ST1=${st1}`);
  must(!first.body.equals(second.body), "the console's last picture is an old one");
}

async function useData(visitor: Visitor, { st2 }: Tokens): Promise<void> {
  const headers = { ST2: st2 };
  const off = await visitor.expect(200, "POST", "/data?set=pwState:0&get=pwState", { headers, body: "" });
  must(off.body.includes("<pwState>0</pwState>"), "the power did not go off");
  const on = await visitor.expect(200, "POST", "/data?set=pwState:1&get=pwState", { headers, body: "" });
  must(on.body.includes("<pwState>1</pwState>"), "the power did not go on");
  const version = await visitor.expect(200, "GET", "/session?aimGetProp=fwVersion");
  must(version.headers.x_language === "en", "the header X_Language is missing");
}

async function openConsole(visitor: Visitor, { st1 }: Tokens): Promise<ConsoleSocket> {
  const page = await visitor.visit(`/console?ST1=${st1}`);
  const { port, user, password } = dataIn(page, "console");
  const socket = await visitor.open(`wss://${visitor.hostname}:${port}/vkvm/`, ["lws-dvc-protocol"]);
  must(socket.websocket.protocol === "lws-dvc-protocol", `sub-protocol ${socket.websocket.protocol}`);
  must(decodeApcp(await socket.next())?.type === APCP.hello, "the console does not begin with APCP");
  socket.send(encodeApcp(APCP.login, encodeLogin(String(user), String(password))));
  const result = decodeApcp(await socket.next());
  must(result?.type === APCP.result && result.body[0] === 0, "the console refused the log-in");
  return socket;
}

async function type(socket: ConsoleSocket): Promise<void> {
  for (const down of [true, false]) socket.send(encodeApcp(APCP.key, encodeKey(down, "k".charCodeAt(0))));
  for (;;) {
    const packet = decodeApcp(await socket.next());
    if (packet?.type === APCP.picture && showsTile(packet.body)) return;
  }
}

/** Redfish's sessions are not where newer ones have them: the root says where. */
async function useRedfish(visitor: Visitor): Promise<void> {
  const root = JSON.parse((await visitor.expect(200, "GET", "/redfish/v1")).body.toString());
  const body = JSON.stringify({ UserName: "root", Password: "calvin" });
  const opened = await visitor.expect(201, "POST", root.Links.Sessions["@odata.id"], { body });
  const token = String(opened.headers["x-auth-token"]);
  const place = visitor.within(String(opened.headers.location));
  await visitor.expect(200, "DELETE", place, { headers: { "X-Auth-Token": token } });
}
