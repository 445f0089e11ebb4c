import type { WebConfiguration } from "@sallyport/gateway";
import { type OpenBmc, type OpenBmcOptions, startOpenBmc } from "../emulators/openbmc/openbmc.ts";
import { type Edge, type EdgeOptions, startEdge } from "./edge.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "./gateway.ts";
import { mintToken, TEST_SECRET } from "./tokens.ts";

export interface StackOptions {
  readonly bmc?: OpenBmcOptions;
  readonly gateway?: TestGatewayOptions;
  /** The Worker's variables beside the key and the gateway's port. */
  readonly vars?: Readonly<Record<string, string>>;
  /** What the Worker shows to the gateway. */
  readonly gatewayCertificate?: EdgeOptions["gatewayCertificate"];
  /** Requests are signed by the edge, and no others taken. Default: yes. */
  readonly signed?: boolean;
}

/** Controller, gateway and edge, each for real, on loopback. */
export interface Stack extends AsyncDisposable {
  readonly bmc: OpenBmc;
  readonly gateway: TestGateway;
  readonly edge: Edge;
  /** A token for this controller. */
  token(claims?: Parameters<typeof mintToken>[0], expiresIn?: number): Promise<string>;
}

const EDGE_KEY = "an-edge-key-for-tests-of-at-least-32-bytes";

export async function startStack({
  bmc: bmcOptions,
  gateway: options = {},
  vars = {},
  gatewayCertificate,
  signed = true,
}: StackOptions = {}): Promise<Stack> {
  await using undo = new AsyncDisposableStack();
  const bmc = undo.use(await startOpenBmc({ requireHost: true, requireOrigin: true, ...bmcOptions }));
  const edgeSettings: Partial<WebConfiguration> = signed ? { edge: { keys: [EDGE_KEY], ca: undefined } } : {};
  const gateway = undo.use(await startTestGateway({ ...options, web: { ...edgeSettings, ...options.web } }));
  const edge = undo.use(
    await startEdge({
      ca: gateway.ca,
      gatewayCertificate,
      vars: {
        JWT_SECRET: TEST_SECRET,
        PROXY_PORT: String(gateway.port),
        ...(signed ? { EDGE_KEY } : {}),
        ...vars,
      },
    }),
  );
  const parts = undo.move();
  return {
    bmc,
    gateway,
    edge,
    token: (claims = {}, expiresIn = 600) => mintToken({ ip: bmc.address, ...claims }, { expiresIn }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
