/** A Worker's variables. Numbers and booleans arrive as such, as they do from a wrangler file. */
export type EdgeVariables = Readonly<Record<string, string | number | boolean>>;

export interface EdgeSpecification {
  readonly vars: EdgeVariables;
  /** PEM. */
  readonly ca: string;
  readonly port: number;
  readonly compatibilityDate: string;
  readonly clientAddress: string;
  readonly tls?: KeyPair | undefined;
  /** Bound as `GATEWAY_CERTIFICATE`, as Cloudflare binds one of `mtls_certificates`. */
  readonly gatewayCertificate?: KeyPair | undefined;
}

/** PEM. */
interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What workerd runs, in its configuration language: the Worker in `index.js` behind one socket. */
export function workerdConfiguration(edge: EdgeSpecification): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const edge :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    ${network("internet", edge.ca)},
    ${network("certificate", edge.ca, edge.gatewayCertificate)},
  ],
  sockets = [(name = "public", address = "127.0.0.1:${edge.port}", service = "main", ${socketKind(edge)})],
);
const main :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${quoted(edge.compatibilityDate)},
  bindings = [${bindingsOf(edge).join(", ")}],
);
`;
}

function network(name: string, ca: string, shown?: KeyPair): string {
  const options = [`trustedCertificates = [${ca === "" ? "" : quoted(ca)}]`];
  if (shown) options.push(`keypair = ${keypair(shown)}`);
  return `(name = "${name}", network = (
      allow = ["public", "private", "local"],
      tlsOptions = (${options.join(", ")})))`;
}

function bindingsOf({ vars, gatewayCertificate }: EdgeSpecification): readonly string[] {
  const bound = gatewayCertificate ? [`(name = "GATEWAY_CERTIFICATE", service = "certificate")`] : [];
  return [...Object.entries(vars).map(binding), ...bound];
}

/** Cloudflare sets the client's address itself, over whatever a client says. */
function socketKind({ clientAddress, tls }: EdgeSpecification): string {
  const options = `(injectRequestHeaders = [(name = "CF-Connecting-IP", value = ${quoted(clientAddress)})])`;
  if (!tls) return `http = ${options}`;
  return `https = (options = ${options}, tlsOptions = (keypair = ${keypair(tls)}))`;
}

function keypair({ cert, key }: KeyPair): string {
  return `(privateKey = ${quoted(key)}, certificateChain = ${quoted(cert)})`;
}

function binding([name, value]: [string, string | number | boolean]): string {
  const kind = typeof value === "string" ? `text = ${quoted(value)}` : `json = ${quoted(String(value))}`;
  return `(name = ${quoted(name)}, ${kind})`;
}

/** Cap'n Proto's text literals have C's escapes; of JSON's, those for control characters differ. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, "\\x$1");
}
