import { buildWebSocketPath, encodeEnvelope } from "@sallyport/shared";
import type { Controller } from "../emulators/core/controller.ts";
import { type Via, viaOrigin } from "../emulators/scenarios/via.ts";
import type { TestGateway } from "../support/gateway.ts";
import { mintToken } from "../support/tokens.ts";
import { withPageSockets } from "./page-sockets.ts";

/** A token that opens this controller on all its ports. `platform`: the family that it names, if it names one. */
export function tokenFor({ address, port, ports }: Controller, platform?: string): Promise<string> {
  const claims = { ip: address, port, ports: Object.values(ports) };
  return mintToken(platform === undefined ? claims : { ...claims, platform });
}

/** Through a gateway as an edge uses it; the gateway's own place is the public one. */
export function viaGateway(gateway: TestGateway, controller: Controller, token: string): Via {
  const origin = `https://127.0.0.1:${gateway.port}`;
  const own = viaOrigin({ origin, ca: gateway.ca, cookies: `pm-session=${token}` });
  const place = { "X-PM-Host": controller.address, "X-PM-Port": String(controller.port), "X-PM-Wire": "2" };
  return withPageSockets({
    origin,
    call: (call) => own.call({ ...call, headers: [...call.headers, ...Object.entries(place).flat()] }),
    open: (call) => {
      const envelope = encodeEnvelope({ host: new URL(origin).host, origin: call.headers.Origin ?? "" });
      const { address, port } = controller;
      const path = buildWebSocketPath({ address, port, target: call.path, envelope });
      return own.open({ ...call, path, headers: { ...call.headers, ...place } });
    },
  });
}
