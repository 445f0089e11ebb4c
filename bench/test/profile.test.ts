import { expect, it } from "vitest";
import { type Profile, sharesOf } from "../profile/kinds.ts";

function node(id: number, functionName: string, url = "") {
  return { id, callFrame: { functionName, url, lineNumber: 9 } };
}

it("busy time is added up by whose code it is; idle time is nobody's", () => {
  const profile: Profile = {
    nodes: [
      node(1, "(idle)"),
      node(2, "writev"),
      node(3, "(garbage collector)"),
      node(4, "emit", "node:events"),
      node(5, "sign", "file:///x/node_modules/jose/sign.js"),
      node(6, "relay", "file:///x/packages/gateway/src/relay/lane.ts"),
    ],
    samples: [1, 2, 3, 4, 5, 6, 2],
    timeDeltas: [900, 30, 20, 10, 5, 25, 10],
  };
  const { kinds, top } = sharesOf(profile, 2);
  expect(kinds).toEqual({ native: 0.4, collector: 0.2, node: 0.1, libraries: 0.05, ours: 0.25 });
  expect(top).toEqual([
    { name: "writev", kind: "native", share: 0.4 },
    { name: "relay relay/lane.ts:10", kind: "ours", share: 0.25 },
  ]);
});
