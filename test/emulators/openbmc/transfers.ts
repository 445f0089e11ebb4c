import { createCipheriv, createHash } from "node:crypto";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";

/** The dump's size in bytes. */
export const DUMP_BYTES = 1024 * 1024;
export const DUMP_PATH = "/redfish/v1/Managers/bmc/LogServices/Dump/Entries/1/attachment";
export const FIRMWARE_PATH = "/redfish/v1/UpdateService/update";

/** A download and an upload, large enough that a proxy which holds bodies back shows. */
export function transferRoutes(): Route[] {
  const dump = makeDump();
  const download = (exchange: Exchange) =>
    exchange.send(
      200,
      {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="bmc-dump-1.bin"',
      },
      dump,
    );
  return [
    { method: "GET", path: DUMP_PATH, handle: download },
    { method: "POST", path: FIRMWARE_PATH, handle: takeFirmware },
    { method: "PUT", path: FIRMWARE_PATH, handle: takeFirmware },
  ];
}

/** Answers with what arrived, so that the sender can compare. */
async function takeFirmware(exchange: Exchange): Promise<void> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of exchange.request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  exchange.json(202, {
    "@odata.id": "/redfish/v1/TaskService/Tasks/0",
    "@odata.type": "#Task.v1_4_3.Task",
    Id: "0",
    TaskState: "Running",
    Oem: { Emulator: { Length: length, Sha256: hash.digest("hex") } },
  });
}

/** The same bytes each time, and none that compress. */
function makeDump(): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(DUMP_BYTES));
}
