import type { IncomingMessage, ServerResponse } from "node:http";
import type { Admission } from "../../admission/admit.ts";
import type { WebRequest } from "./read.ts";

/** An HTTP request that was let in, and the answer to be. */
export interface AdmittedExchange {
  readonly request: WebRequest;
  readonly admission: Admission;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}
