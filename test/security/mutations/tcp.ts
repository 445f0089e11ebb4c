import { GATEWAY, type Mutation } from "./mutation.ts";

const INTERMEDIATES = ["--project", "system", "test/integration/tcp/intermediates.test.ts"];
const READINGS = ["--project", "unit", "packages/gateway/test/identity/certificate-readings.test.ts"];
const TCP_HANDSHAKE = ["--project", "system", "test/integration/tcp/handshake.test.ts"];
const TCP_HOSTILE = ["--project", "system", "test/integration/tcp/hostile.test.ts"];
const TCP_LIMITS = ["--project", "system", "test/integration/tcp/limits.test.ts"];
const TCP_REVOCATION = ["--project", "system", "test/integration/tcp/revocation.test.ts"];

/** TCP listeners and their client certificates. */
export const tcp: readonly Mutation[] = [
  {
    protection: "a revoked intermediate is found among the listener's own authorities",
    file: `${GATEWAY}/identity/certificate-chain.ts`,
    from: "walk(authority, this.#authorities, [])",
    to: "allow<readonly ChainLink[]>([])",
    tests: INTERMEDIATES,
  },
  {
    protection: "what a client sends beside its chain hides no revoked intermediate",
    file: `${GATEWAY}/identity/certificate-chain.ts`,
    from: "certificate.checkIssued(one) && !isAmong(fitting, one)",
    to: "certificate.issuerCertificate?.raw.equals(one.raw)",
    tests: INTERMEDIATES,
  },
  {
    protection: "what a certificate rested on before a reload is read again",
    file: `${GATEWAY}/compose-tcp.ts`,
    from: "    this.#readings = this.#newReadings(files);\n    this.#revocations = revocationsOf(files.trust);\n    this.#tell(files);",
    to: "    this.#revocations = revocationsOf(files.trust);\n    this.#tell(files);",
    tests: INTERMEDIATES,
  },
  {
    protection: "what was sent with a certificate is part of what is remembered of it",
    file: `${GATEWAY}/identity/certificate-readings.ts`,
    from: "next.fingerprint256",
    to: '""',
    tests: READINGS,
  },
  {
    protection: "a client cannot fill memory by what it sends with its certificate",
    file: `${GATEWAY}/identity/certificate-readings.ts`,
    from: "if (lengthWith(leaf) <= LONGEST) ",
    to: "",
    tests: READINGS,
  },
  {
    protection: "issuers are asked about the whole of a client's chain as it is",
    file: `${GATEWAY}/certificates/ocsp/questions.ts`,
    from: "[ask(certificate, issuer, responder)]",
    to: "[ask(certificate, certificate.issuerCertificate, responder)]",
    tests: INTERMEDIATES,
  },
  {
    protection: "what a client sends beside its chain speaks for nobody: no issuer of it is asked",
    file: `${GATEWAY}/identity/certificate-chain.ts`,
    from: "const known = vouchedFor(sent, authorities);",
    to: "const known = [...vouchedFor(sent, authorities), ...sent];",
    tests: ["--project", "system", "test/integration/tcp/ocsp.test.ts", "-t", "of his own making"],
  },
  {
    protection: "nobody but a listed balancer says who a TCP client is",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: "if (isBalancer(raw, acceptProxyHeaderFrom)) void",
    to: "if (acceptProxyHeaderFrom.length > 0) void",
    tests: TCP_HOSTILE,
  },
  {
    protection: "silent clients of one address leave room for others",
    file: `${GATEWAY}/limits/handshakes.ts`,
    from: "if (count >= this.#most) return undefined;",
    to: "",
    tests: TCP_HANDSHAKE,
  },
  {
    protection: "a TCP client keeps the certificate that was looked at",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: " | constants.SSL_OP_NO_RENEGOTIATION",
    to: "",
    tests: TCP_HOSTILE,
  },
  {
    protection: "TCP clients of one balancer are told apart",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: "const accepted = this.#standsOn.getStore();",
    to: "const accepted = [...this.#accepted].at(-1);",
    tests: TCP_HOSTILE,
  },
  {
    protection: "revoked certificates are refused",
    file: `${GATEWAY}/admission/admit-connection.ts`,
    from: "if (isRevoked(keys, parts.revocations())) return",
    to: "if (keys.length === 0) return",
    tests: TCP_REVOCATION,
  },
  {
    protection: "a TCP listener is for its groups",
    file: `${GATEWAY}/admission/admit-connection.ts`,
    from: "  if (!reach.ok) return reach;\n",
    to: "",
    tests: TCP_LIMITS,
  },
];
