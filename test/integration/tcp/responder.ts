import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority, Certificate } from "../../support/certificates.ts";

export type Standing = "good" | "revoked";

/** OpenSSL's own responder behind HTTP on loopback: its `-port` would listen on every address. */
export interface TestResponder extends AsyncDisposable {
  readonly url: string;
  /** Questions so far. */
  readonly asked: number;
  /** The next question, past none of those that were waited for. */
  question(): Promise<void>;
  /** What it knows of a certificate from now on. */
  know(certificate: Pick<Certificate, "cert">, standing: Standing): void;
}

export interface ResponderOptions {
  /** Who signs answers; default: the authority. */
  readonly signer?: Pick<Certificate, "cert" | "key">;
  /** Minutes until an answer's next update; default: none is named. */
  readonly minutes?: number;
  /** In place of an answer. */
  readonly reply?: (request: IncomingMessage, response: ServerResponse) => void;
}

const YEAR_MS = 31_536_000_000;

export async function startResponder(authority: Authority, options: ResponderOptions = {}): Promise<TestResponder> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-ocsp-"));
  const known = new Map<string, Standing>();
  const waiting: (() => void)[] = [];
  let asked = 0;
  let unseen = 0;
  const { cert, key } = options.signer ?? authority;
  const path = (name: string) => join(folder, name);
  await Promise.all([
    writeFile(path("ca.pem"), authority.cert),
    writeFile(path("signer.pem"), cert),
    writeFile(path("signer.key"), key),
  ]);
  const answer = async (turn: string, question: Buffer): Promise<Buffer> => {
    await writeFile(path(`${turn}.index`), [...known].map(indexLine).join(""));
    await writeFile(path(`${turn}.request`), question);
    const words = ["ocsp", "-index", path(`${turn}.index`), "-CA", path("ca.pem"), "-rsigner", path("signer.pem")];
    const more = options.minutes === undefined ? [] : ["-nmin", String(options.minutes)];
    words.push("-rkey", path("signer.key"), "-reqin", path(`${turn}.request`), "-respout", path(`${turn}.response`));
    const openssl = spawn("openssl", [...words, ...more], { stdio: "ignore" });
    await once(openssl, "exit");
    return readFile(path(`${turn}.response`));
  };
  const server = createServer(async (request, response) => {
    asked++;
    const taker = waiting.shift();
    if (taker) taker();
    else unseen++;
    if (options.reply) return options.reply(request, response);
    const turn = String(asked);
    try {
      const bytes = await answer(turn, Buffer.concat(await request.toArray()));
      response.writeHead(200, { "content-type": "application/ocsp-response" }).end(bytes);
    } catch {
      response.destroy(); // The test is over, and its folder gone.
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get asked() {
      return asked;
    },
    question: () => {
      if (unseen === 0) return new Promise((resolve) => waiting.push(resolve));
      unseen--;
      return Promise.resolve();
    },
    know: ({ cert: pem }, standing) => void known.set(new X509Certificate(pem).serialNumber, standing),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A line of OpenSSL's own data base: state, end, revocation, serial number, file, subject. */
function indexLine([serial, standing]: [string, Standing]): string {
  const end = asn1Time(Date.now() + YEAR_MS);
  const revoked = standing === "revoked" ? asn1Time(Date.now() - 60_000) : "";
  return `${[standing === "revoked" ? "R" : "V", end, revoked, serial, "unknown", `/CN=${serial}`].join("\t")}\n`;
}

function asn1Time(ms: number): string {
  return `${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`;
}
