/** The tag of the peer's certificate in OpenSSL's encoding of a TLS session: `[3] EXPLICIT`, optional. */
const CERTIFICATE = 0xa3;
const SEQUENCE = 0x30;
/** Lengths of more bytes than this are none of a session's. */
const LONGEST_LENGTH = 3;

/** One element of DER (X.690, 8.1). */
interface Element {
  readonly tag: number;
  readonly begin: number;
  readonly content: number;
  readonly end: number;
}

/**
 * A client's TLS session without its peer's certificate, for peers that are taken as they are or by a pin, which was
 * checked when the session was made: nobody looks at the certificate again, but OpenSSL would parse it, key and all, with
 * each connection that resumes the session. (Node says of such a connection that it is `authorized`, which means
 * nothing where nobody was asked to vouch.) Node gives a session as OpenSSL's encoding, a DER sequence, with words of its
 * own before it, which stay. What does not look so is left as it is; a session that cannot be read is not resumed, and a
 * whole handshake takes its place.
 */
export function withoutCertificate(session: Buffer): Buffer {
  const sequence = lastSequence(session);
  const members = sequence && membersOf(session, sequence);
  const kept = members?.filter(({ tag }) => tag !== CERTIFICATE);
  if (!sequence || !kept || kept.length === members?.length) return session;
  const content = Buffer.concat(kept.map(({ begin, end }) => session.subarray(begin, end)));
  return Buffer.concat([session.subarray(0, sequence.begin), headerOf(content.length), content]);
}

/** The sequence with which the bytes end. */
function lastSequence(bytes: Buffer): Element | undefined {
  for (let at = bytes.indexOf(SEQUENCE); at >= 0; at = bytes.indexOf(SEQUENCE, at + 1)) {
    const element = elementAt(bytes, at);
    if (element?.end === bytes.length) return element;
  }
  return undefined;
}

function membersOf(bytes: Buffer, { content, end }: Element): readonly Element[] | undefined {
  const members: Element[] = [];
  for (let at = content; at < end; ) {
    const member = elementAt(bytes, at);
    if (!member) return undefined;
    members.push(member);
    at = member.end;
  }
  return members;
}

/** Undefined where none fits in. */
function elementAt(bytes: Buffer, begin: number): Element | undefined {
  if (begin + 2 > bytes.length) return undefined;
  const tag = bytes.readUInt8(begin);
  const first = bytes.readUInt8(begin + 1);
  const size = first < 0x80 ? 0 : first & 0x7f;
  const content = begin + 2 + size;
  if (first === 0x80 || size > LONGEST_LENGTH || content > bytes.length) return undefined;
  const end = content + (size === 0 ? first : bytes.readUIntBE(begin + 2, size));
  return end <= bytes.length ? { tag, begin, content, end } : undefined;
}

/** Of a sequence with so many bytes of content; the length is written as short as can be. */
function headerOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([SEQUENCE, length]);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : LONGEST_LENGTH;
  const header = Buffer.alloc(2 + size);
  header.writeUInt8(SEQUENCE, 0);
  header.writeUInt8(0x80 | size, 1);
  header.writeUIntBE(length, 2, size);
  return header;
}
