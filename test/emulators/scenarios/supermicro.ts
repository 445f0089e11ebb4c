import { encodeKey, encodeLogin, MESSAGE, SECURITY, UPDATE, VERSION } from "../supermicro/aten.ts";
import { type ConsoleSocket, showsTile } from "./console-socket.ts";
import { type Failure, must, Steps } from "./steps.ts";
import type { Answer, Via } from "./via.ts";
import { Visitor } from "./visitor.ts";

const REDIRECT = "/cgi/url_redirect.cgi?url_name=";
const CREDENTIALS = { user: "ADMIN", password: "K7F3-smc" };

/** A person's whole stay at a Supermicro controller. @returns what failed */
export async function supermicroScenario(via: Via): Promise<readonly Failure[]> {
  const visitor = new Visitor(via);
  const steps = new Steps();
  await steps.run("log-in page", async () => {
    const page = await visitor.visit("/");
    must(page.body.includes("<form"), "/ is no page");
  });
  const menu = await steps.run("log-in", () => logIn(visitor));
  if (menu === undefined) return steps.failures;
  await steps.run("interface", () => usePower(visitor));
  const socket = await steps.run("console", () => openConsole(visitor));
  if (socket !== undefined) {
    await steps.run("typing", () => type(socket));
    await steps.run("closing", () => socket.close());
  }
  await steps.run("Redfish", () => useRedfish(visitor));
  await steps.run("log-out", () => visitor.visit("/cgi/logout.cgi").then(() => undefined));
  return steps.failures;
}

/** 200 says nothing: the page that follows does. */
async function logIn(visitor: Visitor): Promise<Answer> {
  const base64 = (text: string) => encodeURIComponent(Buffer.from(text).toString("base64"));
  const body = `name=${base64(CREDENTIALS.user)}&pwd=${base64(CREDENTIALS.password)}&check=00`;
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await visitor.expect(200, "POST", "/cgi/login.cgi", { headers, body });
  must(answer.body.includes("url_redirect.cgi?url_name=mainmenu"), "the log-in was refused");
  visitor.page = "/cgi/login.cgi";
  return visitor.visit(`${REDIRECT}mainmenu`);
}

/** The header's name and value are in the page, and differ from page to page. */
async function usePower(visitor: Visitor): Promise<void> {
  for (const [r, status] of [
    ["(1,0)", "OFF"],
    ["(1,1)", "ON"],
  ]) {
    const page = await visitor.visit(`${REDIRECT}topmenu`);
    const [, name, value] = /SmcCsrfInsert \("([^"]*)", "([^"]*)"\)/.exec(page.body.toString()) ?? [];
    must(name !== undefined && value !== undefined, "the page has no CSRF token");
    const headers = { [name]: value, "Content-Type": "application/x-www-form-urlencoded" };
    const body = `op=SET_POWER_INFO.XML&r=${r}`;
    const answer = await visitor.expect(200, "POST", "/cgi/op.cgi", { headers, body });
    must(answer.body.includes(`STATUS="${status}"`), `the power is not ${status}`);
  }
}

async function openConsole(visitor: Visitor): Promise<ConsoleSocket> {
  const page = await visitor.visit(`${REDIRECT}man_ikvm_html5_bootstrap`);
  const token = /id="entry_value" value="(\d+)"/.exec(page.body.toString())?.[1];
  must(token !== undefined, "the page has no entry value");
  const socket = await visitor.open("/", ["binary", "base64"]);
  const version = await socket.take(VERSION.length);
  must(version.toString("latin1") === VERSION, `the console says ${version.toString("latin1")}`);
  socket.send(version);
  must((await socket.take(2))[1] === SECURITY, "the console offers another security type");
  socket.send(Buffer.from([SECURITY]), encodeLogin(token));
  must((await socket.take(4)).readUInt32BE() === 0, "the console refused the token");
  socket.send(Buffer.from([1]));
  await socket.take((await socket.take(24)).readUInt32BE(20));
  return socket;
}

async function type(socket: ConsoleSocket): Promise<void> {
  socket.send(Buffer.from([MESSAGE.keepAlive]));
  for (const down of [true, false]) socket.send(encodeKey(down, "k".charCodeAt(0)));
  for (;;) {
    const head = await socket.take(UPDATE.headBytes);
    if (showsTile(await socket.take(UPDATE.packetBytes(head)))) return;
  }
}

async function useRedfish(visitor: Visitor): Promise<void> {
  const body = JSON.stringify({ UserName: CREDENTIALS.user, Password: CREDENTIALS.password });
  const opened = await visitor.expect(201, "POST", "/redfish/v1/SessionService/Sessions", { body });
  const headers = { "X-Auth-Token": String(opened.headers["x-auth-token"]) };
  await visitor.expect(200, "DELETE", visitor.within(String(opened.headers.location)), { headers });
}
