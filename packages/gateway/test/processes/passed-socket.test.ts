import { expect, test } from "vitest";
import { passedSocket } from "../../src/processes/passed-socket.ts";

test.each([
  ["nothing", {}],
  ["no socket", { LISTEN_PID: "7", LISTEN_FDS: "0" }],
  ["a socket for another process", { LISTEN_PID: "8", LISTEN_FDS: "1" }],
  ["a process alone", { LISTEN_PID: "7" }],
])("where %s was passed, there is none", (_, environment) => {
  expect(passedSocket(environment, 7)).toBeUndefined();
});

test.each(["2", "x", "-1", ""])("%j sockets are a fault that says what to do", (LISTEN_FDS) => {
  const environment = { LISTEN_PID: "7", LISTEN_FDS, LISTEN_FDNAMES: "web:admin" };
  expect(() => passedSocket(environment, 7)).toThrow(
    /\(web, admin\): the gateway takes one socket, .*; leave others out/,
  );
});
