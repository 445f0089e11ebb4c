import { expect, test } from "vitest";
import { openRaw, statusesOf } from "../support/raw-http.ts";
import { startAttack } from "./attack.ts";

test.each([
  ["garbage", () => "GARBAGE\r\n\r\n"],
  ["a CONNECT", () => "CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\n\r\n"],
  ["an upgrade", (upgrade: string) => upgrade],
])("%s behind a request that waits is not answered in its place", async (_, text) => {
  await using attack = await startAttack();
  attack.controller.answer = () => undefined;
  const answer = await attack.send(attack.head({ path: "/slow" }), text(attack.upgradeHead()));
  expect(answer).toBe("");
  expect(await attack.denial()).toMatch(/^request-/);
});

test("a body that breaks off its own framing has its own answer", async () => {
  await using attack = await startAttack();
  attack.controller.answer = () => undefined;
  const head = attack.head({ method: "POST", lines: ["Transfer-Encoding: chunked"] });
  expect(statusesOf(await attack.send(head, "3\r\nabc\r\nzz\r\n"))).toEqual([400]);
});

test("pipelined requests are answered in their order", async () => {
  await using attack = await startAttack();
  const held = Promise.withResolvers<void>();
  attack.controller.answer = (head, socket) => {
    const [, path = ""] = head.split(" ");
    const answer = `HTTP/1.1 200 OK\r\nX-Path: ${path}\r\nContent-Length: 0\r\n\r\n`;
    if (path === "/second") held.resolve();
    if (path !== "/first") return answer;
    void held.promise.then(() => socket.write(answer));
    return undefined;
  };
  const close = attack.head({ path: "/second", lines: ["Connection: close"] });
  const answers = await attack.send(attack.head({ path: "/first" }) + close);
  expect([...answers.matchAll(/X-Path: (.*)\r/g)].map((match) => match[1])).toEqual(["/first", "/second"]);
});

test("a controller's connection is let go of where its refusal of an upgrade cannot be passed on", async () => {
  await using attack = await startAttack();
  attack.controller.answer = () => "HTTP/1.1 403 N\x01o\r\nContent-Length: 5\r\n\r\n";
  expect(statusesOf(await attack.send(attack.upgradeHead()))).toEqual([502]);
  await attack.controller.idle();
});

test("nothing is asked of a client that is not admitted, whatever it expects", async () => {
  await using attack = await startAttack();
  const lines = ["Host: k7.example.test", "X-PM-Host: 127.0.0.1", "Content-Length: 5", "Connection: close"];
  for (const expectation of ["100-continue", "payment"]) {
    const head = ["POST / HTTP/1.1", ...lines, `Expect: ${expectation}`, "\r\n"].join("\r\n");
    expect(statusesOf(await attack.send(head))).toEqual([401]);
    expect(await attack.denial()).toBe("token-missing");
  }
});

test("an admitted one that waits for it is asked for its body", async () => {
  await using attack = await startAttack();
  const socket = await openRaw({ port: attack.gateway.port, ca: attack.gateway.ca });
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
    if (answer === "HTTP/1.1 100 Continue\r\n\r\n") socket.write("hello");
  });
  const lines = ["Content-Length: 5", "Expect: 100-continue", "Connection: close"];
  socket.write(attack.head({ method: "POST", lines }));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(statusesOf(answer)).toEqual([100, 200]);
  expect(attack.controller.received.join("")).toContain("hello");
});
