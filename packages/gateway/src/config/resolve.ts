import { availableParallelism } from "node:os";
import { resolveAuthorities } from "./authorities.ts";
import type { CertificateFiles, Configuration, EdgeConfiguration, WebConfiguration } from "./configuration.ts";
import { isLoopback } from "./loopback.ts";
import type { Report } from "./report.ts";
import type { Parsed } from "./schemas/root.ts";
import { HOW_TO_MAKE_A_KEY, resolveSecrets } from "./secrets.ts";
import type { Sources } from "./sources.ts";
import { resolveStore } from "./store.ts";
import { resolveTcp } from "./tcp.ts";
import { resolveToken } from "./token.ts";

/** Where the image looks for a certificate: set by the image itself, so their absence is nobody's mistake. */
const IMAGE_CERTIFICATE = { cert: "/etc/ssl/origin.crt", key: "/etc/ssl/origin.key" } as const;

/** Reads what files the parsed settings name and checks settings against one another. Faults go to the report. */
export async function resolveConfiguration(parsed: Parsed, sources: Sources, report: Report): Promise<Configuration> {
  const { mode, dataDir, drain, handOver, processes, user, admin, log, store, audit } = parsed;
  const web = await resolveWeb(parsed, sources, report);
  checkListeners(parsed, report);
  const tcp = resolveTcp(parsed.tcp ?? [], sources.folder, report);
  if (tcp.length > 0 && processes !== 1) {
    report.fault(["processes"], "must be 1 with listeners under `tcp`, whose limits one process counts");
  }
  const lenient = mode === "debug";
  const secretsOf = (section: string, { key, keyFile }: typeof admin | typeof audit) =>
    resolveSecrets({ value: key, file: keyFile, keys: [section], lenient }, report);
  return {
    web,
    tcp,
    admin: { listen: admin.listen, tokens: await secretsOf("admin", admin), revocationDays: admin.revocationDays },
    audit: { keys: await secretsOf("audit", audit), days: audit.days },
    store: await resolveStore(store, report),
    log: { level: log.level ?? (mode === "debug" ? "debug" : "info"), format: log.format },
    dataDir,
    drainSeconds: drain / 1000,
    handOverSeconds: handOver / 1000,
    processes: processes === "auto" ? availableParallelism() : processes,
    user,
  };
}

async function resolveWeb({ web, mode }: Parsed, sources: Sources, report: Report): Promise<WebConfiguration> {
  const { listen, targets, limits, allowNoOrigin, closeRefusedUpgrades } = web;
  const lenient = mode === "debug";
  const { frame, session, idle, head, body, dial, answer, ...counts } = limits;
  const controllersCa = await resolveAuthorities(["web", "controllers", "ca"], web.controllers.ca, report);
  return {
    listen,
    tls: certificateFiles(web.tls, sources),
    token: await resolveToken(web.token, { report, lenient }),
    sessionKeys: await resolveSessionKeys(web.oneTimeLinks, report, lenient),
    targets,
    edge: await resolveEdge(web.edge, { report, lenient }),
    controllers: { ...web.controllers, ca: controllersCa?.pem },
    limits: {
      ...counts,
      ...{
        frameBytes: frame,
        sessionMs: session,
        idleMs: idle,
        headMs: head,
        bodyMs: body,
        dialMs: dial,
        answerMs: answer,
      },
    },
    allowNoOrigin,
    closeRefusedUpgrades,
  };
}

/** Keys that are set before links work once are there for when they do. */
async function resolveSessionKeys(
  { enabled, key, keyFile }: Parsed["web"]["oneTimeLinks"],
  report: Report,
  lenient: boolean,
): Promise<readonly string[]> {
  const section = ["web", "oneTimeLinks"];
  const keys = await resolveSecrets({ value: key, file: keyFile, keys: section, lenient }, report);
  if (enabled && key === undefined && keyFile === undefined) {
    report.fault([...section, "key"], `is not set: links that work once need it; ${HOW_TO_MAKE_A_KEY}`);
  }
  return enabled ? keys : [];
}

function certificateFiles({ cert, key }: Parsed["web"]["tls"], sources: Sources): CertificateFiles {
  const named = sources.has(["web", "tls", "cert"]) || sources.has(["web", "tls", "key"]);
  const ofImage = cert === IMAGE_CERTIFICATE.cert && key === IMAGE_CERTIFICATE.key;
  return { certPath: cert, keyPath: key, required: named && !ofImage };
}

async function resolveEdge(
  edge: Parsed["web"]["edge"],
  { report, lenient }: { report: Report; lenient: boolean },
): Promise<EdgeConfiguration> {
  const section = ["web", "edge"];
  const keys = await resolveSecrets({ value: edge.key, file: edge.keyFile, keys: section, lenient }, report);
  const authorities = await resolveAuthorities([...section, "ca"], edge.ca, report);
  if (authorities?.shared && keys.length === 0) {
    report.fault(
      [...section, "ca"],
      "holds Cloudflare's shared authority for origin pulls, which proves only that some customer of theirs calls: upload a certificate of your own for the zone, or set EDGE_KEY as well",
    );
  }
  return { keys, ca: authorities?.pem };
}

function checkListeners({ web, admin }: Parsed, report: Report): void {
  const samePort = web.listen.port === admin.listen.port && web.listen.port !== 0;
  const overlap = [web.listen.host, admin.listen.host].some((host) => host === "0.0.0.0" || host === "::");
  if (samePort && (overlap || web.listen.host === admin.listen.host)) {
    report.fault(["admin", "listen"], `takes the same port as the web entrypoint (${web.listen.port})`);
  }
  if (!isLoopback(admin.listen.host)) {
    report.warn(["admin", "listen"], "is no loopback address: whoever reaches it can read the metrics");
  }
}
