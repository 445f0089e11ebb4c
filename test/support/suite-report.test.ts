import { expect, test } from "vitest";
import { add, closingLine, countTests, expectedParts, failures, idleParts, NONE } from "./suite-report.ts";

const file = (name: string, status: string, ...tests: readonly string[]) => ({
  name: `/r/${name}`,
  status,
  assertionResults: tests.map((one) => ({ status: one, fullName: "", failureMessages: [] })),
});

test("tests are counted by what they came to", () => {
  const report = {
    testResults: [file("a", "passed", "passed", "passed", "pending"), file("b", "failed", "failed", "passed", "todo")],
  };
  expect(countTests(report)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test("a file that broke outside its tests is a failure, though none of them failed", () => {
  expect(countTests({ testResults: [file("a", "failed")] })).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests({ testResults: [file("a", "failed", "skipped", "skipped")] })).toEqual({
    passed: 0,
    failed: 1,
    skipped: 2,
  });
});

test("failures are told in a line each", () => {
  const failed = { status: "failed", fullName: "a b", failureMessages: ["Error: no\n    at x"] };
  const testResults = [
    { name: "/r/test/x.test.ts", status: "failed", assertionResults: [failed, { status: "passed", fullName: "c" }] },
    { name: "/r/test/y.test.ts", status: "failed", message: "Error: at load\nx", assertionResults: [] },
    file("z", "passed", "passed"),
  ];
  expect(failures({ testResults }, "/r")).toEqual([
    "failed: test/x.test.ts > a b: Error: no",
    "failed: test/y.test.ts: Error: at load",
  ]);
});

test("a part ran if one of its tests came to an end", () => {
  const testResults = [
    file("packages/a/test/x.test.ts", "passed", "passed"),
    file("packages/ab/test/x.test.ts", "passed", "skipped"),
    file("test/e2e/deep/x.test.ts", "failed", "failed"),
    file("test/faults/x.test.ts", "failed"),
  ];
  const expected = ["packages/a", "packages/ab", "packages/b", "test/e2e", "test/faults"];
  expect(idleParts({ testResults }, expected, "/r")).toEqual(["packages/ab", "packages/b", "test/faults"]);
});

test("packages and folders of tests are expected, tools are not", async () => {
  const parts = await expectedParts(new URL("../../", import.meta.url).pathname);
  expect(parts).toEqual(
    expect.arrayContaining(["packages/gateway", "packages/shared", "test/architecture", "test/integration"]),
  );
  expect(parts).not.toContain("test/support");
});

test("the closing line names what was skipped only where something was", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine(add({ passed: 3, failed: 1, skipped: 0 }, { ...NONE, skipped: 2 }))).toBe(
    "3 passed, 1 failed, 2 skipped",
  );
});
