import type { Configuration, Gateway, GatewayParts, LogFields, WebConfiguration } from "@sallyport/gateway";
import { createLog, createMetrics, type MetricsRegistry, startGateway } from "@sallyport/gateway";
import { parseNetwork } from "@sallyport/shared";
import { type Certificate, makeAuthority } from "./certificates.ts";
import { TEST_SECRET } from "./tokens.ts";

export interface TestGatewayOptions {
  readonly web?: Partial<WebConfiguration>;
  readonly limits?: Partial<WebConfiguration["limits"]>;
  readonly targets?: Partial<WebConfiguration["targets"]>;
  readonly drainSeconds?: number;
  readonly store?: Partial<Configuration["store"]>;
  readonly audit?: Partial<Configuration["audit"]>;
  /** Absent: the store is in memory. */
  readonly dataDir?: string;
  readonly now?: GatewayParts["now"];
  readonly tick?: number;
  readonly certificate?: Certificate;
}

/** A gateway on a free loopback port whose log lines are kept and can be waited for. */
export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  /** As it was started; what `setSettings` takes is made of it. */
  readonly configuration: Configuration;
  readonly port: number;
  /** CA of its certificate, PEM. */
  readonly ca: string;
  readonly lines: readonly LogFields[];
  readonly metrics: MetricsRegistry;
  /** The first line, past or to come, for which `matches` holds. */
  waitForLine(matches: (line: LogFields) => boolean): Promise<LogFields>;
  /** The reason of the next denial, past or to come, that was not returned before. */
  nextDenial(): Promise<string>;
}

/** Starts a gateway in this process, with the configuration that `docker run -e JWT_KEY=…` gives, loopback targets aside. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const certificate = options.certificate ?? (await (await makeAuthority()).issue());
  const lines = new Lines();
  const configuration = testConfiguration(options);
  const metrics = createMetrics();
  const log = createLog(configuration.log, { write: (line) => lines.add(JSON.parse(line)) });
  const gateway = await startGateway(configuration, {
    log,
    metrics,
    certificate,
    ...(options.now ? { now: options.now } : {}),
    ...(options.tick === undefined ? {} : { tick: options.tick }),
  });
  return {
    gateway,
    configuration,
    port: gateway.port,
    ca: certificate.ca,
    lines: lines.all,
    metrics,
    waitForLine: (matches) => lines.first(matches),
    nextDenial: async () => String((await lines.first((line) => line.decision === "deny", true)).reason),
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

function testConfiguration({
  web,
  limits,
  targets,
  drainSeconds = 2,
  store,
  audit,
  dataDir = "",
}: TestGatewayOptions): Configuration {
  const networks = ["127.0.0.0/8", "::1"].map(parseNetwork).filter((network) => network !== undefined);
  return {
    admin: { listen: { host: "127.0.0.1", port: 0 }, tokens: [], revocationDays: 400 },
    store: { redisUrl: undefined, onFailure: "allow", ...store },
    audit: { keys: [], days: 90, ...audit },
    log: { level: "debug", format: "json" },
    dataDir,
    drainSeconds,
    handOverSeconds: 300,
    processes: 1,
    user: undefined,
    web: {
      listen: { host: "127.0.0.1", port: 0 },
      tls: { certPath: "", keyPath: "", required: false },
      token: {
        secrets: [TEST_SECRET],
        jwks: undefined,
        algorithms: ["HS256"],
        cookie: "pm-session",
        audience: undefined,
      },
      sessionKeys: [],
      edge: { keys: [], ca: undefined },
      controllers: { ca: undefined, legacyTls: [], platforms: [], detect: false },
      allowNoOrigin: false,
      closeRefusedUpgrades: false,
      ...web,
      targets: { networks, ports: [443], targetPort: 443, ...targets },
      limits: {
        sessions: 1000,
        entriesPerClient: 60,
        connections: 1000,
        connectionsPerController: 6,
        frameBytes: 64 * 1024 * 1024,
        sessionMs: 0,
        idleMs: 0,
        headMs: 15_000,
        bodyMs: 30_000,
        dialMs: 5_000,
        answerMs: 10_000,
        ...limits,
      },
    },
  };
}

class Lines {
  readonly all: LogFields[] = [];
  readonly #taken = new Set<LogFields>();
  readonly #waiting = new Set<() => void>();

  add(line: LogFields): void {
    this.all.push(line);
    for (const look of [...this.#waiting]) look();
  }

  first(matches: (line: LogFields) => boolean, take = false): Promise<LogFields> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.all.find((line) => matches(line) && !(take && this.#taken.has(line)));
        if (!found) return;
        if (take) this.#taken.add(found);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
