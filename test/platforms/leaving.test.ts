import { afterAll, beforeAll, test } from "vitest";
import type { WebSocket } from "ws";
import type { Call, Via } from "../emulators/scenarios/via.ts";
import { startStrict } from "./cells.ts";
import { type BothGates, startBothGates } from "./edge-way.ts";
import { FAMILIES, type FamilyName } from "./families.ts";
import { tokenFor } from "./gateway-way.ts";

/** The families whose log-in can be given back, each with the request by which its page does so. */
const LOG_OUT = {
  idrac8: /^GET \/data\/logout/,
  idrac9: /^DELETE \/sysmgmt\/2015\/bmc\/session/,
  "idrac9-5900": /^DELETE \/sysmgmt\/2015\/bmc\/session/,
  ilo: /^POST \/json\/login_session .*"logout"/,
  megarac: /^DELETE \/api\/session/,
  "megarac-sp": /^GET \/rpc\/WEBSES\/logout\.asp/,
  supermicro: /^GET \/cgi\/logout\.cgi/,
  openbmc: /^POST \/logout/,
} as const satisfies Readonly<Partial<Record<FamilyName, RegExp>>>;

/** The way of one who turns the machine off instead: nobody logs out, and consoles break off without a word. */
function abandoning(via: Via, logOut: RegExp): Via {
  return {
    origin: via.origin,
    call: async (call) => {
      if (logOut.test(textOf(call))) throw new Error("the machine is off");
      return via.call(call);
    },
    open: (call) => breakingOff(via.open(call)),
  };
}

function textOf({ method, path, body }: Call): string {
  return `${method} ${path} ${body ?? ""}`;
}

/** What a page says in farewell is not said either. */
function breakingOff(socket: WebSocket): WebSocket {
  const send = socket.send.bind(socket);
  socket.send = (data: Buffer) => {
    if (data.length !== 3) send(data);
  };
  socket.close = () => socket.terminate();
  return socket;
}

/** What the button on our own page does. */
async function end(via: Via): Promise<void> {
  const { origin } = via;
  const headers = [
    "Host",
    new URL(origin).host,
    "Origin",
    origin,
    "Sec-Fetch-Site",
    "same-origin",
    "Content-Length",
    "0",
  ];
  const answer = await via.call({ method: "POST", path: "/gpsession/end", headers });
  if (answer.status !== 200) throw new Error(`the session's end was answered with ${answer.status}: ${answer.body}`);
}

let gates: BothGates;
beforeAll(async () => {
  gates = await startBothGates();
});
afterAll(() => gates[Symbol.asyncDispose]());

test.concurrent.for(Object.entries(LOG_OUT) as [FamilyName, RegExp][])(
  "%s: consoles and log-in are given back when the session ends",
  async ([family, logOut], { expect }) => {
    await using controller = await startStrict(family);
    const via = await gates.enter(await tokenFor(controller, FAMILIES[family].platform));
    const failures = await FAMILIES[family].stay(abandoning(via, logOut));
    expect(failures).toEqual([{ step: "log-out", fault: "the machine is off" }]);
    await controller.until(() => controller.websockets.size === 0);
    // The log-in, and no console's place.
    await controller.until(() => controller.leaked() === 1);
    await end(via);
    await controller.until(() => controller.leaked() === 0);
    expect(Object.fromEntries(controller.rejections)).toEqual({});
  },
);
