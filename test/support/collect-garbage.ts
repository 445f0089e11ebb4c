import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** V8's own `gc`: all of the heap, or its young generation alone. */
export const collectGarbage: (options?: { readonly type: "minor" }) => void = runInNewContext("gc");
