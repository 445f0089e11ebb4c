import { type Command, Option } from "commander";
import type { World } from "./environment.ts";

const TCP_EXAMPLES = `
Examples:
  sallyport certificates --out certs --user alice --group engineering
  sallyport tcp --listen :5000 --ca certs/ca.pem --cert certs/server.pem --key certs/server.key \\
    --upstream 127.0.0.1:9000 127.0.0.1:9001 --group engineering --capacity 10 --fill-rate 5s
  sallyport tcp --config sallyport.yaml               every listener under tcp in the file
`;

/** The verbs around the TCP entrypoint. */
export function addTcpVerbs(program: Command, world: World): void {
  addTcp(program, world);
  program
    .command("tcp-connect")
    .description("lead plain programs on this machine, over TLS with a client certificate, to a TCP listener")
    .requiredOption("--to <host:port>", "the listener")
    .requiredOption("--ca <file>", "the authority of its certificate, PEM")
    .requiredOption("--cert <file>", "the client certificate, PEM")
    .requiredOption("--key <file>", "its key, PEM")
    .option("--listen <address>", "where plain programs connect, on this machine only", "127.0.0.1:0")
    .option("--server-name <name>", "the name in the listener's certificate, where it is not its host")
    .option("--alpn <protocol...>", "protocols offered to the listener")
    .action(async (options) => (await import("./tcp-connect.ts")).tcpConnect(world, options));
  program
    .command("certificates")
    .description("make an authority, a server's and a client's certificate for a first try")
    .option("--out <folder>", "where they go, and where an authority is taken from", "certs")
    .option("--host <name...>", "names and addresses of the server (default: this machine's loopback ones)")
    .option("--user <name>", "the client's user")
    .option("--group <name>", "the client's group")
    .option("--days <number>", "how long server and client certificates hold", "365")
    .option("--rsa", "RSA-2048 keys instead of ECDSA P-256, for a new authority")
    .action(async (options) => (await import("./certificates.ts")).certificates(world, options));
}

function addTcp(program: Command, world: World): void {
  program
    .command("tcp")
    .description("run TCP listeners for clients with certificates; SIGHUP reads certificates and revocation lists anew")
    .option("--config <file>", "sallyport.yaml, of which only tcp is looked at")
    .option("--listen <address>", "address and port, such as :5000")
    .option("--ca <file>", "authorities of clients' certificates, PEM")
    .option("--cert <file>", "the server's certificate, PEM")
    .option("--key <file>", "its key, PEM")
    .option("--crl <file...>", "revocation lists, PEM or DER")
    .option("--ocsp [url]", "ask OCSP responders about clients' certificates: this one, or the one that each names")
    .option("--alpn <protocol...>", "protocols that are negotiated")
    .option("--upstream <host:port...>", "where connections go: to the one with the fewest")
    .option("--health-check [interval]", "connect to each upstream every 5s, or as often as this says")
    .option("--group <name...>", "groups that may connect")
    .option("--capacity <number>", "connections of one client at once, with --fill-rate")
    .option("--fill-rate <time>", "after which one more may be made, such as 5s")
    .option("--max-concurrent <number>", "connections of one client that are open")
    .option("--idle-timeout <time>", "silence of both sides after which a connection ends")
    .option("--lifetime <time>", "longest life of a connection")
    .option("--send-proxy-header", "tell upstreams the client's address (PROXY protocol, version 2)")
    .option("--status <address>", "tell /healthz, /readyz, /metrics and /version there, such as 127.0.0.1:8444")
    .option("--drain <seconds>", "how long connections may go on after SIGTERM", "8")
    .addOption(new Option("--log-format <format>", "how lines look").choices(["json", "pretty"]).default("json"))
    .addOption(
      new Option("--log-level <level>", "the least of what is logged; each connection is info, each refusal warn")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addHelpText("after", TCP_EXAMPLES)
    .action(async (options) => (await import("./tcp.ts")).tcp(world, options));
}
