import type { Call } from "./operations.ts";

/** What the thread is started with. */
export interface StoreFile {
  readonly path: string;
  /** The file must be there, and stays as it is. */
  readonly readOnly: boolean;
}

/** To the thread that has the file. */
export type ToThread = (Call & { readonly id: number }) | { readonly id: number; readonly backup: string };

/** From it. `changed`: another process or this one wrote revocations. */
export type FromThread =
  | { readonly kind: "open" }
  | { readonly kind: "unopened"; readonly message: string; readonly noPlace: boolean }
  | { readonly kind: "changed" }
  | { readonly kind: "done"; readonly answers: readonly Answer[] };

export type Answer =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string };
