import { z } from "zod";
import {
  duration,
  hostPorts,
  integer,
  listenAddress,
  networks,
  oneOf,
  text,
  textLike,
  texts,
  yesOrNo,
} from "../fields.ts";
import { patternFault } from "../identity-pattern.ts";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const MAX_COUNT = 1_000_000;

/** A key without which a listener makes no sense. */
function required<Schema extends z.ZodType>(schema: Schema) {
  const given = z.unknown().refine((value): boolean => value !== undefined, { message: "is missing", abort: true });
  return given.pipe(schema as z.ZodType<z.output<Schema>, unknown>);
}

function requiredList<Schema extends z.ZodType<readonly unknown[]>>(schema: Schema) {
  return required(schema).refine((list) => list.length > 0, { message: "must list one at least" });
}

const ocspSchema = z.strictObject({
  url: textLike(/^https?:\/\/[^\s/]+\S*$/, "a URL such as http://ocsp.example.org/").optional(),
  onFailure: oneOf("allow", "deny").default("deny"),
  timeout: duration({ min: 100, max: 60_000 }).default(3_000),
  refresh: duration({ min: 1_000, max: 24 * HOUR }).default(300_000),
});

const healthSchema = z.strictObject({
  interval: duration({ min: 100, max: HOUR }).default(5_000),
  timeout: duration({ min: 100, max: HOUR }).default(2_000),
  failures: integer({ min: 1, max: 100 }).default(2),
});

const tlsSchema = z.strictObject({
  ca: required(text()),
  cert: required(text()),
  key: required(text()),
  crl: texts().default([]),
  ocsp: ocspSchema.optional(),
  minVersion: oneOf("TLSv1.2", "TLSv1.3").default("TLSv1.3"),
  alpn: texts().default([]),
});

const identitySchema = z
  .strictObject({
    from: required(oneOf("common-name", "uri", "dns", "email")),
    pattern: required(text()),
    group: text().optional(),
  })
  .superRefine((rule, context) => {
    const fault = patternFault(rule);
    if (fault !== undefined) context.addIssue({ code: "custom", path: ["pattern"], message: fault });
  });

const upstreamTlsSchema = z
  .strictObject({
    ca: required(text()),
    serverName: text().optional(),
    cert: text().optional(),
    key: text().optional(),
    alpn: texts().default([]),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    message: "needs both of cert and key, or neither",
  });

/** One entry of the list `tcp` of `sallyport.yaml`, and what `createTcpProxy` takes. */
export const tcpListenerSchema = z.strictObject({
  name: textLike(/^[\w.-]{1,64}$/, "a short name of letters, digits, dots and dashes").default("tcp"),
  listen: required(listenAddress()),
  tls: required(tlsSchema),
  identities: z.array(identitySchema).min(1, { message: "must list one at least" }).optional(),
  authorizedGroups: requiredList(texts()),
  upstreams: requiredList(hostPorts()),
  upstreamTls: upstreamTlsSchema.optional(),
  health: healthSchema.optional(),
  proxyProtocol: z.strictObject({ send: yesOrNo().default(false), acceptFrom: networks().default([]) }).prefault({}),
  rateLimit: z
    .strictObject({
      capacity: required(integer({ min: 1, max: MAX_COUNT })),
      fillRate: required(duration({ min: 1, max: 24 * HOUR })),
    })
    .optional(),
  maxConcurrent: integer({ min: 1, max: MAX_COUNT }).optional(),
  maxConnections: integer({ min: 1, max: MAX_COUNT }).default(10_000),
  maxHandshakes: integer({ min: 1, max: MAX_COUNT }).optional(),
  idleTimeout: duration({ min: 0, max: YEAR }).default(0),
  lifetime: duration({ min: 0, max: YEAR }).default(0),
  dialTimeout: duration({ min: 100, max: HOUR }).default(5_000),
  handshakeTimeout: duration({ min: 100, max: HOUR }).default(10_000),
  retryAfter: duration({ min: 0, max: HOUR }).default(10_000),
});

export type ParsedTcp = z.output<typeof tcpListenerSchema>;
