import { expect, test } from "vitest";
import { findUser } from "../../src/processes/user.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
broken
`;
const WITH_NODE = `${PASSWD}node:x:1000:1001::/home/node:/bin/sh\n`;

test("node where there is one, else nobody", () => {
  expect(findUser(undefined, WITH_NODE)).toEqual({ name: "node", uid: 1000, gid: 1001 });
  expect(findUser(undefined, PASSWD)).toEqual({ name: "nobody", uid: 65534, gid: 65533 });
});

test("by name or number, with the group of its entry", () => {
  expect(findUser("daemon", PASSWD)).toEqual({ name: "daemon", uid: 1, gid: 1 });
  expect(findUser("65534", PASSWD)).toEqual({ name: "nobody", uid: 65534, gid: 65533 });
  expect(findUser("4711", PASSWD)).toEqual({ name: "4711", uid: 4711, gid: 4711 });
});

test("somebody unknown, and root, are refused by name", () => {
  expect(() => findUser("www", PASSWD)).toThrow("no user www on this system: set SALLYPORT_USER");
  expect(() => findUser(undefined, "")).toThrow("no user node or nobody");
  expect(() => findUser("root", PASSWD)).toThrow("SALLYPORT_USER must not be root");
  expect(() => findUser("0", "")).toThrow("SALLYPORT_USER must not be root");
});
