/** One protection taken out of the source, and where the test is that then fails. */
export interface Mutation {
  readonly protection: string;
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** What vitest runs. */
  readonly tests: readonly string[];
}

/** Folders that protections stand in, from the workspace's root. */
export const SHARED = "packages/shared/src";
export const GATEWAY = "packages/gateway/src";
export const WORKER = "packages/worker/src";
export const WEB = `${GATEWAY}/entrypoints/web`;
