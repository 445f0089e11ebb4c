import { parentPort, workerData } from "node:worker_threads";
import { leadsAway } from "../../packages/gateway/src/platforms/containment.ts";
import { families } from "../../packages/gateway/src/platforms/families.ts";
import type { AnswerHead, Passage } from "../../packages/gateway/src/platforms/platform.ts";
import { mapResponseHeaders } from "../../packages/gateway/src/platforms/response-headers.ts";

const controller = { address: "10.0.0.7", port: 443, scheme: "https" } as const;
const passageTo = (path: string): Passage => ({
  ...{ target: controller, pages: controller, publicOrigin: "https://k7.example.test", method: "GET", path },
  ...{ upgrade: false, hasOrigin: false, referer: undefined, sessionKey: undefined, cookies: "", headers: [] },
});

/** Pieces that readers look for, over and over: whoever starts anew at each of them takes the square of the length. */
const PIECES = ["<", "<a", ";", " ", "\t", ",", ":", "@", "/", "//", "http://", "[", "=", '"', "url=", "\\", "1."];
const NAMES = ["Link", "Refresh", "Location", "Content-Security-Policy", "Set-Cookie"];
const HEAD_BYTES = 30_000;
/** Often enough that the square would take minutes. */
const TIMES = 100;

function editHeads(): void {
  for (const name of NAMES) {
    for (const piece of PIECES) {
      const answer: AnswerHead = { status: 302, headers: [name, piece.repeat(HEAD_BYTES / piece.length)] } as never;
      for (let time = 0; time < TIMES; time++) {
        mapResponseHeaders(passageTo("/"), answer);
        leadsAway(answer, passageTo("/"));
      }
    }
  }
}

const PAGE_BYTES = 4 * 2 ** 20;
const PAGE_PIECES = ["<head ", "<html ", "<!doctype ", "<head", " ", "https://10.0.0.7:1", "?ip=10.0.0.7", "\\/"];
const PATHS = ["/console", "/viewer.html", "/sysmgmt/2015/server/vconsole"];

function editPages(): void {
  const answer = { status: 200, headers: ["Content-Type", "text/html"] } as unknown as AnswerHead;
  for (const { bodyEdit } of families) {
    for (const edit of PATHS.map((path) => bodyEdit?.(passageTo(path), answer))) {
      if (edit) for (const piece of PAGE_PIECES) edit(piece.repeat(PAGE_BYTES / piece.length));
    }
  }
}

(workerData === "pages" ? editPages : editHeads)();
parentPort?.postMessage("done");
