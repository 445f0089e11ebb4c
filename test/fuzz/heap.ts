import process from "node:process";
import { collectGarbage } from "../support/collect-garbage.ts";

/** Bytes that are in use, in the heap and beside it, once all that nobody holds is gone. */
export function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
