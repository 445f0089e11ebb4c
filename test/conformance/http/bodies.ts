import { cut, type HttpCase, message, passes, refused } from "./case.ts";

const POST = "POST / HTTP/1.1\r\n";
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const sized = (value: string, body = "ab") => ({ line: POST, lines: `Content-Length: ${value}\r\n`, body });
const coded = (value: string, body = "0\r\n\r\n") => ({ line: POST, lines: `Transfer-Encoding: ${value}\r\n`, body });
const chunks = (body: string) => coded("chunked", body);

/** Lengths, codings and chunks (RFC 9112, 6 and 7): where one request ends and another could begin. */
export const bodies: readonly HttpCase[] = [
  ...refused("RFC 9112, 6.3: a length is digits, once", [
    ["negative", sized("-2")],
    ["with a sign", sized("+2")],
    ["in hexadecimal", sized("0x2")],
    ["with a fraction", sized("2.0")],
    ["with an exponent", sized("2e0")],
    ["in words", sized("two")],
    ["empty", sized("")],
    ["with a blank within", sized("2 2")],
    ["with an underscore", sized("1_0")],
    ["beyond 64 bits", sized("18446744073709551618")],
    ["a list of two that differ", sized("2, 3")],
    ["a list of two alike", sized("2, 2")],
    ["a list that ends with a comma", sized("2,")],
    ["two headers that differ", sized(`2\r\nContent-Length: 3`)],
    ["two headers alike", sized(`2\r\nContent-Length: 2`)],
    ["one in another case beside it", sized(`2\r\ncontent-lENGTH: 0`, `ab${SMUGGLED}`)],
    ["in Arabic digits", sized("\xd9\xa2")],
  ]),
  ...refused("RFC 9112, 6.1: a length and a coding in one message", [
    [
      "CL.TE",
      { line: POST, lines: "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", body: `0\r\n\r\n${SMUGGLED}` },
    ],
    [
      "TE.CL",
      { line: POST, lines: "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", body: `0\r\n\r\n${SMUGGLED}` },
    ],
    [
      "a length of 0",
      { line: POST, lines: "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", body: `0\r\n\r\n${SMUGGLED}` },
    ],
    ["with GET", { lines: "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body: `0\r\n\r\n${SMUGGLED}` }],
  ]),
  ...refused("RFC 9112, 6.1: a coding that is not chunked alone", [
    ["gzip before chunked", coded("gzip, chunked")],
    ["gzip alone", coded("gzip")],
    ["chunked before gzip", coded("chunked, gzip")],
    ["identity", coded("identity")],
    ["identity before chunked", coded("identity, chunked")],
    ["chunked twice", coded("chunked, chunked")],
    ["chunked in two headers", coded("chunked\r\nTransfer-Encoding: chunked")],
    ["identity in a second header", coded("chunked\r\nTransfer-Encoding: identity")],
    ["xchunked", coded("xchunked")],
    ["chunkedx", coded("chunkedx")],
    ["chunked in quotes", coded('"chunked"')],
    ["chunked with a parameter", coded("chunked;q=1")],
    ["chunked behind a comma", coded(",chunked")],
    ["chunked before a comma", coded("chunked,")],
    ["a vertical tab in front", coded("\x0bchunked")],
    ["a NUL behind", coded("chunked\x00")],
    ["in Latin-1", coded("chunke\xe4")],
    ["empty", coded("")],
    [
      "chunks in HTTP/1.0",
      { line: "POST / HTTP/1.0\r\n", lines: "Transfer-Encoding: chunked\r\n", body: `0\r\n\r\n${SMUGGLED}` },
    ],
  ]),
  ...cut("RFC 9112, 7.1: a chunk's size is hexadecimal digits", [
    ["negative", chunks("-1\r\na\r\n0\r\n\r\n")],
    ["with a sign", chunks("+1\r\na\r\n0\r\n\r\n")],
    ["with 0x", chunks("0x1\r\na\r\n0\r\n\r\n")],
    ["in words", chunks("one\r\na\r\n0\r\n\r\n")],
    ["empty", chunks("\r\na\r\n0\r\n\r\n")],
    ["with a blank in front", chunks(" 1\r\na\r\n0\r\n\r\n")],
    ["with a blank behind", chunks("1 \r\na\r\n0\r\n\r\n")],
    ["with a tab behind", chunks("1\t\r\na\r\n0\r\n\r\n")],
    ["with an underscore", chunks("1_0\r\naaaaaaaaaaaaaaaa\r\n0\r\n\r\n")],
    ["beyond 64 bits", chunks("10000000000000001\r\na\r\n0\r\n\r\n")],
    ["beyond 64 bits in F", chunks("FFFFFFFFFFFFFFFFF\r\na\r\n0\r\n\r\n")],
  ]),
  ...cut("RFC 9112, 7.1: a chunk ends with CRLF", [
    ["a bare LF behind the size", chunks("1\na\r\n0\r\n\r\n")],
    ["a bare CR behind the size", chunks("1\ra\r\n0\r\n\r\n")],
    ["a bare LF behind the data", chunks("1\r\na\n0\r\n\r\n")],
    ["a bare CR behind the data", chunks("1\r\na\r0\r\n\r\n")],
    ["nothing behind the data", chunks("1\r\na0\r\n\r\n")],
    ["more data than the size", chunks("1\r\nabc\r\n0\r\n\r\n")],
    ["a blank line between", chunks("1\r\na\r\n\r\n0\r\n\r\n")],
    ["a bare LF behind the last", chunks("1\r\na\r\n0\n\n")],
  ]),
  ...cut("RFC 9112, 7.1.1: an extension has no line end in it, and its own form", [
    ["a bare LF in it", chunks("1;a\nb\r\na\r\n0\r\n\r\n")],
    ["a bare CR in it", chunks("1;a\rb\r\na\r\n0\r\n\r\n")],
    ["a NUL in it", chunks("1;a\x00\r\na\r\n0\r\n\r\n")],
    ["one that is longer than 16 KiB", chunks(`1;${"a".repeat(20_000)}\r\na\r\n0\r\n\r\n`)],
  ]),
  ...refused("security: bodies where none belong", [
    ["a length with GET", { lines: "Content-Length: 2\r\n", body: "ab" }],
    ["chunks with GET", { lines: "Transfer-Encoding: chunked\r\n", body: "2\r\nab\r\n0\r\n\r\n" }],
    ["a length with HEAD", { line: "HEAD / HTTP/1.1\r\n", lines: "Content-Length: 2\r\n", body: "ab" }],
  ]),
  ...passes("RFC 9112, 6.3: a body goes on, whole and framed anew", [
    ["by its length", sized("2"), /content-length: 2\r\n(?:[\s\S]*\r\n)?\r\nab$/i],
    ["a length of 0", sized("0", ""), /content-length: 0\r\n/i],
    ["a length with zeros in front", sized("0002"), /\r\n\r\nab$/],
    [
      "by chunks",
      chunks("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
      /transfer-encoding: chunked\r\n[\s\S]*ab[\s\S]*c[\s\S]*\r\n0\r\n\r\n$/i,
    ],
    [
      "sizes in upper and lower case",
      chunks("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
      /0123456789[\s\S]*0123456789/,
    ],
    ["sizes with zeros in front", chunks("0000000002\r\nab\r\n000\r\n\r\n"), /ab/],
    ["extensions, which are dropped", chunks("2;a=b;c\r\nab\r\n0;d\r\n\r\n"), /^(?![\s\S]*(?:a=b|;d))[\s\S]*ab/],
    [
      "trailers, which are dropped",
      chunks("2\r\nab\r\n0\r\nX-PM-Host: 10.0.0.1\r\n\r\n"),
      /^(?![\s\S]*10\.0\.0\.1)[\s\S]*ab/,
    ],
    ["chunked in upper case", coded("CHUNKED", "2\r\nab\r\n0\r\n\r\n"), /ab/],
    ["chunked with blanks about it", coded("  chunked ", "2\r\nab\r\n0\r\n\r\n"), /ab/],
    ["without a body", { line: POST }, /content-length: 0\r\n/i],
    [
      "a request in the body",
      sized(String(SMUGGLED.length), SMUGGLED),
      /\r\n\r\nGET \/smuggled HTTP\/1\.1\r\nHost: a\r\n\r\n$/,
    ],
  ]),
  {
    name: "bytes behind a last request",
    source: "RFC 9112, 9.6: nothing is read behind Connection: close",
    expect: "passes",
    bytes: (auth) => message({ line: POST, lines: "Content-Length: 2\r\n", body: `ab${SMUGGLED}` })(auth),
    seen: /^(?![\s\S]*smuggled)[\s\S]*ab$/,
  },
  {
    name: "bytes behind an empty body that Connection: close ends",
    source: "RFC 9112, 9.6",
    expect: "passes",
    bytes: (auth) => message({ body: SMUGGLED })(auth),
    seen: /^(?![\s\S]*smuggled)/,
  },
];
