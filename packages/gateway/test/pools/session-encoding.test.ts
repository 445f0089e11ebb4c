import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket } from "node:tls";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Certificate, makeCertificate } from "../../../../test/support/certificates.ts";
import { withoutCertificate } from "../../src/pools/session-encoding.ts";

interface Controller extends AsyncDisposable {
  readonly certificate: Certificate;
  /** A connection, and the first session that it is given. */
  meet(options: ConnectionOptions): Promise<{ resumed: boolean; session: Buffer | undefined }>;
}

async function startController(certificate: Certificate, version: "TLSv1.2" | "TLSv1.3"): Promise<Controller> {
  const { cert, key } = certificate;
  const server = createServer({ cert, key, minVersion: version, maxVersion: version }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("all");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    certificate,
    async meet(options) {
      const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername: "", ...options });
      let resumed = false;
      let session: Buffer | undefined;
      socket.on("secureConnect", () => {
        resumed = socket.isSessionReused();
      });
      socket.on("session", (given: Buffer) => {
        session ??= given;
      });
      socket.resume();
      await once(socket, "close");
      return { resumed, session };
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const holds = (session: Buffer, { cert }: Certificate) => session.includes(new X509Certificate(cert).raw);

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a session of %s without its certificate", (version) => {
  test("is resumed like the whole one", async () => {
    await using controller = await startController(await makeCertificate(), version);
    const options = { rejectUnauthorized: false };
    const { session } = await controller.meet(options);
    if (!session) throw new Error("no session was given");
    const lean = withoutCertificate(session);
    expect(holds(session, controller.certificate)).toBe(true);
    expect(holds(lean, controller.certificate)).toBe(false);
    expect(await controller.meet({ ...options, session: lean })).toMatchObject({ resumed: true });
    expect(withoutCertificate(lean)).toBe(lean);
  });
});

test("what is no such encoding stays as it is", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const session = Buffer.from(bytes);
      const lean = withoutCertificate(session);
      expect(lean.length).toBeLessThanOrEqual(session.length);
      if (!session.includes(0xa3)) expect(lean).toBe(session);
    }),
  );
});

test("only the certificate goes, wherever it stands and whatever comes before the sequence", () => {
  const member = fc.tuple(fc.constantFrom(0x02, 0x04, 0xa1, 0xa4, 0xaa), fc.uint8Array({ maxLength: 300 }));
  const members = fc.array(member, { maxLength: 8 });
  const before = fc.uint8Array({ maxLength: 20 }).filter((bytes) => !bytes.includes(0x30));
  fc.assert(
    fc.property(before, members, members, fc.uint8Array({ maxLength: 70_000 }), (prefix, first, last, certificate) => {
      const whole = sequence([...first, [0xa3, certificate], ...last]);
      const lean = withoutCertificate(Buffer.concat([prefix, whole]));
      expect(lean.equals(Buffer.concat([prefix, sequence([...first, ...last])]))).toBe(true);
    }),
  );
});

function sequence(members: readonly (readonly [number, Uint8Array])[]): Buffer {
  return element(0x30, Buffer.concat(members.map(([tag, content]) => element(tag, content))));
}

function element(tag: number, content: Uint8Array): Buffer {
  const size = content.length < 0x80 ? 0 : content.length < 0x100 ? 1 : content.length < 0x10000 ? 2 : 3;
  const length = Buffer.alloc(1 + size);
  length.writeUInt8(size === 0 ? content.length : 0x80 | size, 0);
  if (size > 0) length.writeUIntBE(content.length, 1, size);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}
