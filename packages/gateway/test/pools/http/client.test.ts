import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { UpstreamFault } from "../../../src/pools/fault.ts";
import { collect } from "../../../src/pools/http/collect.ts";
import type { RequestSink } from "../../../src/pools/http/request-head.ts";
import { ask, startStand } from "./support.ts";

const answer = (body: string, ...lines: string[]) =>
  ["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...lines, "", body].join("\r\n");
const LATER = Number.MAX_SAFE_INTEGER;

describe("connections", () => {
  test("are kept, and used one request after the other", async () => {
    await using stand = await startStand();
    for (const path of ["/1", "/2", "/3"]) {
      const asked = ask(stand.client, { path });
      if (path === "/1") {
        const peer = await stand.peer();
        peer.socket.on("data", () => peer.socket.write(answer("ok")));
      }
      expect(await asked.outcome).toBe("200 ok");
    }
    expect([stand.dials, stand.client.idle, stand.client.busy]).toEqual([1, 1, false]);
  });

  test.each([
    ["", []],
    [", also where the controller keeps them hardly any longer", ["Keep-Alive: timeout=1"]],
  ])("are no more than are allowed: who comes then waits, in order%s", async (_, lines) => {
    await using stand = await startStand({ connections: 1 });
    const asked = ["/1", "/2", "/3"].map((path) => ask(stand.client, { path }));
    const peer = await stand.peer();
    for (const [index, one] of asked.entries()) {
      await peer.heard(`GET /${index + 1} `);
      peer.socket.write(answer(String(index), ...lines));
      expect(await one.outcome).toBe(`200 ${index}`);
    }
    expect(stand.dials).toBe(1);
  });

  test.each([
    ["the controller closes", answer("ok", "Connection: close")],
    ["the controller closes at once", answer("ok", "Keep-Alive: timeout=1")],
    ["something follows the answer", `${answer("ok")}HTTP/1.1 200 OK\r\n`],
    ["speak HTTP/1.0", answer("ok").replace("/1.1", "/1.0")],
  ])("are not used again where %s", async (_, bytes) => {
    await using stand = await startStand();
    const first = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write(bytes);
    expect(await first.outcome).toBe("200 ok");
    await new Promise(setImmediate);
    const second = ask(stand.client);
    const other = await stand.asked();
    other.socket.write(answer("new"));
    expect(await second.outcome).toBe("200 new");
  });

  test("on which something has come before the first request are not used, and leave their place", async () => {
    await using stand = await startStand({ connections: 1, afterGreeting: true });
    for (const dials of [1, 2]) {
      const asked = ask(stand.client);
      (await stand.peer()).socket.write(answer("for whom?"));
      expect(await asked.outcome).toBe("controller-garbage unasked-answer");
      expect([stand.dials, stand.client.busy]).toEqual([dials, false]);
    }
  });

  test("on which something comes unasked are closed: it would be the next one's answer", async () => {
    await using stand = await startStand();
    const asked = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write(answer("ok"));
    await asked.outcome;
    peer.socket.write(answer("not asked for"));
    await once(peer.socket, "close");
    expect(stand.client.idle).toBe(0);
  });

  describe("on which more comes with an answer than was asked for", () => {
    /** One connection; a request waits for it while the first one has two answers at once. */
    async function answeredTwice(method: string) {
      const stand = await startStand({ connections: 1, eachForItself: true });
      const first = ask(stand.client, { path: "/first" });
      const second = ask(stand.client, { method, path: "/second" });
      const peer = await stand.asked();
      peer.socket.write(`${answer("mine")}${answer("for whom?")}`);
      expect(await first.outcome).toBe("200 mine");
      return { stand, second, peer, [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose]() };
    }

    test.each([
      ["closed: the next one asks again, and gets no answer that is not its own", "GET"],
      ["nobody's who may not ask again", "POST"],
    ])("are %s", async (_, method) => {
      await using running = await answeredTwice(method);
      const other = await running.stand.asked();
      await other.heard(`${method} /second `);
      other.socket.write(answer("of the second"));
      expect(await running.second.outcome).toBe("200 of the second");
    });

    test("wait from then on: no request is sent in vain again", async () => {
      await using running = await answeredTwice("GET");
      const third = ask(running.stand.client, { path: "/third" });
      const other = await running.stand.asked();
      other.socket.write(`${answer("of the second")}${answer("for whom?")}`);
      const last = await running.stand.asked();
      last.socket.write(answer("of the third"));
      expect(await Promise.all([running.second.outcome, third.outcome])).toEqual([
        "200 of the second",
        "200 of the third",
      ]);
      expect(other.text).not.toContain("/third");
    });

    test("are given up with their client", async () => {
      await using running = await answeredTwice("GET");
      running.stand.client.close();
      expect(await running.second.outcome).toMatch(/^controller-reset \S+$/);
    });
  });

  test("go on to whoever may not ask again, once all that came was read", async () => {
    await using stand = await startStand({ connections: 1 });
    const asked = ["GET", "POST", "GET"].map((method, at) => ask(stand.client, { method, path: `/${at}` }));
    const peer = await stand.asked();
    peer.socket.write(answer("a"));
    await peer.heard("POST /1 ");
    peer.socket.write(answer("b"));
    await peer.heard("GET /2 ");
    peer.socket.write(answer("c"));
    expect(await Promise.all(asked.map(({ outcome }) => outcome))).toEqual(["200 a", "200 b", "200 c"]);
    expect(stand.dials).toBe(1);
  });

  test("of one answer each, where that is how it reads, say so", async () => {
    await using stand = await startStand({ keep: false });
    const asked = ask(stand.client);
    const peer = await stand.peer();
    await peer.heard("Connection: close\r\n\r\n");
    peer.socket.write(answer("ok"));
    expect(await asked.outcome).toBe("200 ok");
    await once(peer.socket, "close");
  });
});

describe("a connection that was dialled for somebody who went", () => {
  /** It stands idle, and has served nobody. */
  async function dialledForNobody() {
    const stand = await startStand();
    ask(stand.client).exchange.abort();
    const peer = await stand.peer();
    await expect.poll(() => stand.client.idle).toBe(1);
    return { stand, peer, [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose]() };
  }

  test("is used by the next", async () => {
    await using running = await dialledForNobody();
    const { stand, peer } = running;
    const asked = ask(stand.client);
    await peer.heard("\r\n\r\n");
    peer.socket.write(answer("ok"));
    expect(await asked.outcome).toBe("200 ok");
    expect(stand.dials).toBe(1);
  });

  test("is closed when it was idle for long enough", async () => {
    await using running = await dialledForNobody();
    const { stand, peer } = running;
    stand.client.sweep(LATER);
    expect(stand.client.idle).toBe(0);
    await once(peer.socket, "close");
  });

  test("and is gone by the time of a request: the request may go again, on a new one", async () => {
    await using running = await dialledForNobody();
    const { stand, peer } = running;
    const asked = ask(stand.client);
    await peer.heard("\r\n\r\n");
    peer.socket.destroy();
    expect(await asked.outcome).toMatch(/^controller-reset \S+ repeatable$/);
  });

  test("is not new any more", async () => {
    await using running = await dialledForNobody();
    const { stand } = running;
    const asked = ask(stand.client, { fresh: true });
    const other = await stand.asked();
    other.socket.write(answer("new"));
    expect(await asked.outcome).toBe("200 new");
    expect(stand.dials).toBe(2);
  });
});

describe("a request that no used connection will do for", () => {
  /** Another has been served; its connection is kept. */
  async function afterOne(connections: number) {
    const stand = await startStand({ connections });
    const asked = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write(answer("ok"));
    await asked.outcome;
    // It is free when the turn of the event loop is over.
    await new Promise(setImmediate);
    return { stand, peer, [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose]() };
  }

  test("has a new one, beside that which is kept", async () => {
    await using running = await afterOne(2);
    const { stand } = running;
    const asked = ask(stand.client, { path: "/new", fresh: true });
    const other = await stand.peer();
    await other.heard("GET /new ");
    other.socket.write(answer("new"));
    expect(await asked.outcome).toBe("200 new");
    expect(stand.client.idle).toBe(2);
  });

  test("has a new one in place of that which is kept, where no more are allowed", async () => {
    await using running = await afterOne(1);
    const { stand, peer } = running;
    const asked = ask(stand.client, { path: "/new", fresh: true });
    await once(peer.socket, "close");
    const other = await stand.peer();
    await other.heard("GET /new ");
    other.socket.write(answer("new"));
    expect(await asked.outcome).toBe("200 new");
  });

  test("is before those who wait, and has the place of the first that is free", async () => {
    await using running = await afterOne(1);
    const { stand, peer } = running;
    const [served, waiting] = ["/served", "/waiting"].map((path) => ask(stand.client, { path }));
    const asked = ask(stand.client, { path: "/new", fresh: true });
    await peer.heard("/served");
    peer.socket.write(answer("served"));
    expect(await served?.outcome).toBe("200 served");
    const other = await stand.peer();
    await other.heard("GET /new ");
    other.socket.write(answer("new"));
    expect(await asked.outcome).toBe("200 new");
    await other.heard("/waiting");
    other.socket.write(answer("waiting"));
    expect(await waiting?.outcome).toBe("200 waiting");
  });

  test("fails where no new one can be had, whatever else stands", async () => {
    await using running = await afterOne(2);
    const { stand } = running;
    stand.refuse(new UpstreamFault("controller-refused", "ECONNREFUSED"));
    expect(await ask(stand.client, { fresh: true }).outcome).toBe("controller-refused ECONNREFUSED");
    expect(stand.client.idle).toBe(1);
  });
});

describe("a request's body", () => {
  /** Sends what it is told to, and notes what becomes of it. */
  const source = () => {
    const seen = { stopped: false, sink: undefined as RequestSink | undefined };
    return {
      seen,
      start: (sink: RequestSink) => {
        seen.sink = sink;
      },
      resume: () => {},
      stop: () => {
        seen.stopped = true;
      },
    };
  };

  test("goes in chunks where its length is not known, and the connection is kept", async () => {
    await using stand = await startStand();
    const body = source();
    const asked = ask(stand.client, { method: "POST", body });
    const peer = await stand.peer();
    await peer.heard("Transfer-Encoding: chunked\r\n");
    for (const piece of ["a", "", "bcdefghijklmnopq"]) body.seen.sink?.write(Buffer.from(piece));
    body.seen.sink?.end();
    await peer.heard("\r\n\r\n1\r\na\r\n10\r\nbcdefghijklmnopq\r\n0\r\n\r\n");
    peer.socket.write(answer("ok"));
    expect(await asked.outcome).toBe("200 ok");
    expect(stand.client.idle).toBe(1);
  });

  test("that is answered before it is whole is stopped, and its connection is out of step", async () => {
    await using stand = await startStand();
    const body = source();
    const asked = ask(stand.client, { method: "POST", body });
    const peer = await stand.asked();
    peer.socket.write(answer("no"));
    expect(await asked.outcome).toBe("200 no");
    expect([body.seen.stopped, stand.client.idle]).toEqual([true, 0]);
  });
});

describe("an answer of which nothing is taken", () => {
  /** The one connection there is; half of the answer has come, and its reader stands still. */
  async function untaken() {
    const stand = await startStand({ connections: 1 });
    const asked = ask(stand.client, { standstill: 1000 }, { takes: false });
    const peer = await stand.asked();
    peer.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
    await asked.begun;
    const after = (time: number) => stand.client.sweep(performance.now() + time);
    return { stand, asked, peer, after, [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose]() };
  }

  test("gives way to whoever waits, after a while", async () => {
    await using running = await untaken();
    const { stand, asked, after } = running;
    const next = ask(stand.client, { path: "/next" });
    after(0);
    expect(stand.dials).toBe(1);
    after(1000);
    expect(await asked.outcome).toBe("controller-busy client-stands-still");
    const other = await stand.asked();
    other.socket.write(answer("ok"));
    expect(await next.outcome).toBe("200 ok");
  });

  test("gives way to nobody where nobody waits", async () => {
    await using running = await untaken();
    const { asked, peer, after } = running;
    after(5000);
    asked.exchange.resume();
    peer.socket.write("def");
    expect(await asked.outcome).toBe("200 abcdef");
  });

  test("does not once it is taken again", async () => {
    await using running = await untaken();
    const { stand, asked, peer, after } = running;
    const next = ask(stand.client, { path: "/next" });
    asked.exchange.resume();
    after(5000);
    peer.socket.write("def");
    expect(await asked.outcome).toBe("200 abcdef");
    await peer.heard("GET /next ");
    peer.socket.write(answer("ok"));
    expect(await next.outcome).toBe("200 ok");
  });
});

describe("a fault", () => {
  test("of a connection that was kept and is gone is marked: the request may go again", async () => {
    await using stand = await startStand();
    const first = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write(answer("ok"));
    await first.outcome;
    const second = ask(stand.client, { path: "/again" });
    await peer.heard("/again");
    peer.socket.destroy();
    expect(await second.outcome).toMatch(/^controller-reset \S+ repeatable$/);
  });

  test("of a request that may not be sent twice is not", async () => {
    await using stand = await startStand();
    const first = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write(answer("ok"));
    await first.outcome;
    const second = ask(stand.client, { method: "POST", path: "/again" });
    await peer.heard("/again");
    peer.socket.destroy();
    expect(await second.outcome).toMatch(/^controller-reset \S+$/);
  });

  test("of a new connection is not, nor one behind the first byte", async () => {
    await using stand = await startStand();
    const first = ask(stand.client);
    (await stand.peer()).socket.destroy();
    expect(await first.outcome).toMatch(/^controller-reset \S+$/);
  });

  test("of dialling ends all who wait, at once", async () => {
    await using stand = await startStand({ connections: 1 });
    stand.refuse(new UpstreamFault("controller-refused", "ECONNREFUSED"));
    const asked = [1, 2, 3].map(() => ask(stand.client));
    expect(await Promise.all(asked.map(({ outcome }) => outcome))).toEqual(
      Array(3).fill("controller-refused ECONNREFUSED"),
    );
    expect(stand.dials).toBe(1);
  });

  test("of dialling leaves those waiting who have a connection to wait for", async () => {
    await using stand = await startStand({ connections: 2 });
    const first = ask(stand.client);
    const peer = await stand.asked();
    stand.refuse(new UpstreamFault("controller-refused", "ECONNREFUSED"));
    const second = ask(stand.client, { path: "/second" });
    peer.socket.write(answer("one"));
    expect(await first.outcome).toBe("200 one");
    await peer.heard("/second");
    peer.socket.write(answer("two"));
    expect(await second.outcome).toBe("200 two");
  });

  test("is no answer in time", async () => {
    await using stand = await startStand({ answerTimeout: 5 });
    const asked = ask(stand.client);
    await stand.asked();
    stand.client.sweep(LATER);
    expect(await asked.outcome).toBe("controller-timeout answer-timeout");
  });

  test("is no turn in time; who is served is left alone", async () => {
    await using stand = await startStand({ connections: 1 });
    const served = ask(stand.client);
    const peer = await stand.asked();
    peer.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    await served.begun;
    const late = ask(stand.client, {}, { patience: 5 });
    stand.client.sweep(LATER);
    expect(await late.outcome).toBe("controller-busy queue-timeout");
    peer.socket.write("k");
    expect(await served.outcome).toBe("200 ok");
  });
});

describe("who gives up", () => {
  test("while waiting leaves the turn to the next", async () => {
    await using stand = await startStand({ connections: 1 });
    const first = ask(stand.client);
    const second = ask(stand.client, { path: "/second" });
    const third = ask(stand.client, { path: "/third" });
    const peer = await stand.peer();
    second.exchange.abort();
    await peer.heard("\r\n\r\n");
    peer.socket.write(answer("1"));
    await first.outcome;
    await peer.heard("/third");
    peer.socket.write(answer("3"));
    expect(await third.outcome).toBe("200 3");
  });

  test("while served has the connection closed", async () => {
    await using stand = await startStand();
    const asked = ask(stand.client);
    const peer = await stand.asked();
    asked.exchange.abort();
    await once(peer.socket, "close");
    expect(stand.client.busy).toBe(false);
  });
});

test("closing ends who waits and who is served", async () => {
  await using stand = await startStand({ connections: 1 });
  const asked = [ask(stand.client), ask(stand.client)];
  await stand.asked();
  stand.client.close();
  for (const { outcome } of asked) expect(await outcome).toMatch(/^controller-reset /);
  expect(await ask(stand.client).outcome).toBe("controller-reset closing");
});

describe("an answer as a whole", () => {
  const request = { method: "GET", path: "/", headers: ["Host", "a"], body: undefined };

  test.each([
    ["whole", answer("body"), { status: 200, body: Buffer.from("body"), cut: undefined }],
    [
      "cut",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
      { body: Buffer.from("half"), cut: { reason: "controller-reset" } },
    ],
  ])("%s", async (_, bytes, expected) => {
    await using stand = await startStand();
    const collected = collect(stand.client, request, { most: 4, signal: new AbortController().signal });
    const peer = await stand.asked();
    peer.socket.end(bytes);
    expect(await collected).toMatchObject(expected);
  });

  test("of more than is read at once has every byte in its place", async () => {
    await using stand = await startStand();
    const body = Array.from({ length: 60_000 }, (_, at) => `${at}`).join();
    const collected = collect(stand.client, request, { most: body.length, signal: new AbortController().signal });
    const peer = await stand.asked();
    peer.socket.write(answer(body));
    expect((await collected).body.toString() === body).toBe(true);
  });

  test("is refused where it is too large", async () => {
    await using stand = await startStand();
    const collected = collect(stand.client, request, { most: 3, signal: new AbortController().signal });
    const peer = await stand.asked();
    peer.socket.write(answer("body"));
    await expect(collected).rejects.toMatchObject({ code: "answer-too-large" });
  });

  test("is given up at a signal", async () => {
    await using stand = await startStand();
    const giveUp = new AbortController();
    const collected = collect(stand.client, request, { most: 3, signal: giveUp.signal });
    await stand.asked();
    giveUp.abort(new Error("enough"));
    await expect(collected).rejects.toThrow("enough");
    expect(stand.client.busy).toBe(false);
  });
});
