import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusesOf } from "../support/raw-http.ts";
import { type Attack, startAttack } from "./attack.ts";

let attack: Attack;
beforeAll(async () => {
  attack = await startAttack();
});
afterAll(() => attack[Symbol.asyncDispose]());

/** What a client gets of these bytes. */
function answered(bytes: string): Promise<string> {
  attack.controller.answer = () => bytes;
  return attack.send(attack.head({ lines: ["Connection: close"] }));
}

const redirect = (...locations: readonly string[]) =>
  `HTTP/1.1 302 Found\r\n${locations.map((one) => `Location: ${one}\r\n`).join("")}Content-Length: 0\r\n\r\n`;

describe("does not lead the browser away", () => {
  test.each([
    ["another host", redirect("https://evil.example/")],
    ["another host, scheme left out", redirect("//evil.example/")],
    ["backslashes", redirect("/\\evil.example/")],
    ["a tab that browsers take out", redirect("/\t/evil.example/")],
    ["tabs in the scheme", redirect("ht\ttps://evil.example/")],
    ["a user in front of it", redirect("https://127.0.0.1@evil.example/")],
    ["a script", redirect("javascript:alert(1)")],
    ["a document of its own", redirect("data:text/html,x")],
    ["a second Location", redirect("/fine", "https://evil.example/")],
    ["no slashes behind the scheme", redirect("https:evil.example")],
  ])("%s", async (_, bytes) => {
    const answer = await answered(bytes);
    expect(statusesOf(answer)).toEqual([502]);
    expect(answer).not.toContain("evil");
  });
});

describe("does not set our cookies", () => {
  test.each([
    ["by its name", "pm-session=evil"],
    ["by that towards browsers", "__Host-pm-session=evil; Path=/; Secure"],
    ["the session's id", "__Host-pm-sid=evil; Path=/; Secure"],
    ["with blanks about the name", " pm-session =evil"],
    ["in a value without a name", "=pm-session=evil"],
    ["in a value behind several signs", "==__Host-pm-session=evil"],
    ["for every host of the provider", "pm-session=evil; Domain=example.test"],
  ])("%s", async (_, cookie) => {
    const answer = await answered(`HTTP/1.1 200 OK\r\nSet-Cookie: ${cookie}\r\nContent-Length: 2\r\n\r\nok`);
    expect(statusesOf(answer)).toEqual([200]);
    expect(answer).not.toContain("evil");
  });
});

describe("framing that two readers could read in two ways ends the exchange", () => {
  test.each([
    ["a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"],
    ["a list of lengths", "Content-Length: 2, 3\r\n\r\nok"],
    ["a negative length", "Content-Length: -2\r\n\r\nok"],
    ["a length with a sign", "Content-Length: +2\r\n\r\nok"],
    ["a length in hexadecimal", "Content-Length: 0x2\r\n\r\nok"],
    ["a length that overflows", "Content-Length: 18446744073709551618\r\n\r\nok"],
    ["a coding that nobody asked for", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    ["a name with a blank before the colon", "Content-Length : 2\r\n\r\nok"],
    ["a name with a blank in it", "X Y: 2\r\nContent-Length: 2\r\n\r\nok"],
    ["a folded line", "X: a\r\n Set-Cookie: b=c\r\nContent-Length: 2\r\n\r\nok"],
    ["a bare CR", "X: a\rSet-Cookie: b=c\r\nContent-Length: 2\r\n\r\nok"],
    ["a bare LF", "X: a\nSet-Cookie: b=c\r\nContent-Length: 2\r\n\r\nok"],
    ["a NUL", "X: a\x00b\r\nContent-Length: 2\r\n\r\nok"],
    ["a control character", "X: a\x01b\r\nContent-Length: 2\r\n\r\nok"],
    ["a head without an end", `X: ${"x".repeat(40_000)}`],
  ])("%s", async (_, rest) => {
    const answer = await answered(`HTTP/1.1 200 OK\r\n${rest}`);
    expect(statusesOf(answer)).toEqual([502]);
    expect(answer).not.toContain("Set-Cookie");
  });
});

describe("keeps to one answer", () => {
  test("bytes behind it reach nobody", async () => {
    const second = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL";
    const answer = await answered(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${second}`);
    expect(statusesOf(answer)).toEqual([200]);
    expect(answer).not.toContain("EVIL");
  });

  test.each([
    ["a handful of interim answers is nobody's", 16, 200],
    ["a flood of them is the end of it", 5_000, 502],
  ])("%s", async (_, count, status) => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n".repeat(count);
    const answer = await answered(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    expect(statusesOf(answer)).toEqual([status]);
    expect(answer).not.toContain("preload");
  });

  test("trailers are nobody's", async () => {
    const body = "2\r\nok\r\n0\r\nSet-Cookie: a=b\r\n\r\n";
    const answer = await answered(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie\r\n\r\n${body}`,
    );
    expect(statusesOf(answer)).toEqual([200]);
    expect(answer).not.toMatch(/set-cookie/i);
  });

  test("nor does it switch where nobody asked", async () => {
    const answer = await answered(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    );
    expect(statusesOf(answer)).toEqual([502]);
  });
});

test("nothing that speaks for the provider's domain or of our way reaches the browser", async () => {
  const lines = [
    'Clear-Site-Data: "cookies"',
    "Strict-Transport-Security: max-age=9; includeSubDomains",
    'Alt-Svc: h3="evil.example:443"',
    "Public-Key-Pins: x",
    "Service-Worker-Allowed: /",
    'Report-To: {"evil":1}',
    'NEL: {"evil":1}',
    "X-PM-Refusal: evil",
    "X-PM-Request: evil",
    "Connection: X-Hop",
    "X-Hop: evil",
    "Keep-Alive: timeout=evil",
    "Proxy-Authenticate: evil",
    "Content-Length: 2",
  ];
  const answer = await answered(`HTTP/1.1 200 OK\r\n${lines.join("\r\n")}\r\n\r\nok`);
  expect(statusesOf(answer)).toEqual([200]);
  for (const line of lines.slice(0, 11)) {
    const name = line.split(":")[0] as string;
    if (name !== "Connection") expect(answer.toLowerCase()).not.toContain(`\n${name.toLowerCase()}:`);
  }
  expect(answer).not.toContain("evil");
});
