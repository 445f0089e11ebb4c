import { type Case, download, echo } from "./case.ts";

const MIB = 1024 * 1024;

/** Through TLS 1.3 with a client certificate to plain TCP: what the load says, each peer passes on as bytes. */
export const tcpCases: readonly Case[] = [
  {
    name: "mtls-bulk",
    job: "tcp",
    title: "TCP: 1 MiB at a time down 8 mTLS connections",
    measure: "cpu",
    unit: "MiB",
    mode: "get",
    connections: 8,
    size: MIB,
    most: 600,
    processes: 1,
    sessions: 1,
    request: download(MIB),
    targets: [{ peer: "haproxy", atMost: 0.9 }],
  },
  {
    name: "mtls-connect",
    job: "tcp",
    title: "TCP: mTLS handshake, one message there and back, close",
    measure: "cpu",
    unit: "connection",
    mode: "handshake",
    connections: 16,
    most: 900,
    size: 64,
    processes: 1,
    sessions: 1,
    request: echo,
    targets: [{ peer: "haproxy", atMost: 0.95 }],
  },
];
