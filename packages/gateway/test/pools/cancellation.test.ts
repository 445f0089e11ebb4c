import { expect, test } from "vitest";
import { Cancellation } from "../../src/pools/cancellation.ts";

test("everybody who listens is called once, in order, and who has left is not", () => {
  const cancellation = new Cancellation();
  const called: string[] = [];
  const leaves = () => called.push("left");
  cancellation.addEventListener("abort", () => called.push("first"));
  cancellation.addEventListener("abort", leaves);
  cancellation.addEventListener("abort", () => called.push("last"));
  cancellation.removeEventListener("abort", leaves);
  expect(cancellation.aborted).toBe(false);
  cancellation.abort();
  cancellation.abort();
  expect(cancellation.aborted).toBe(true);
  expect(called).toEqual(["first", "last"]);
});

test("a listener sees that it is over, and may leave while it is called", () => {
  const cancellation = new Cancellation();
  const seen: boolean[] = [];
  const listener = () => {
    seen.push(cancellation.aborted);
    cancellation.removeEventListener("abort", listener);
  };
  cancellation.addEventListener("abort", listener);
  cancellation.addEventListener("abort", () => seen.push(cancellation.aborted));
  cancellation.abort();
  expect(seen).toEqual([true, true]);
});
