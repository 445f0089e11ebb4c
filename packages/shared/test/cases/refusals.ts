import {
  closeCode,
  closeText,
  closeTextOf,
  type EndReason,
  isRefusalKind,
  type Reason,
  type RefusalKind,
  reasons,
  refusalKind,
  refusalShape,
} from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { equal, holds } from "./check.ts";

/** RFC 6455, 7.4 and the registry of close codes: what may stand in a close frame. 1004 to 1006 and 1015 may not. */
const isOnTheWire = (code: number) =>
  (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);

const TOKEN_REASONS = reasons.filter(
  (reason) =>
    /^token-|^session-|^renewal-|^target-(?:address|port)/.test(reason) &&
    !/-full$/.test(reason) &&
    reason !== "target-missing",
);

/** Fixed by what callers of the system before rely on (rows P-04, P-06, P-07). */
const contract: readonly { reason: Reason; gateway: number; text: string; edge: number; edgeText?: string }[] = [
  { reason: "target-missing", gateway: 400, text: "X-Pm-Host header missing", edge: 400 },
  { reason: "token-missing", gateway: 401, text: "Invalid token", edge: 403, edgeText: "no jwt cookie {cookie} found" },
  { reason: "token-signature", gateway: 401, text: "Invalid token", edge: 403, edgeText: "invalid jwt signature" },
  { reason: "token-malformed", gateway: 401, text: "Invalid token", edge: 403, edgeText: "invalid jwt token" },
  { reason: "token-expired", gateway: 401, text: "Invalid token", edge: 403, edgeText: "invalid jwt token" },
  { reason: "target-address", gateway: 401, text: "Invalid token", edge: 403 },
  { reason: "envelope-malformed", gateway: 400, text: "Bad request", edge: 400 },
];

const mapping: Group = {
  name: "refusals",
  cases: [
    ...table(
      reasons,
      (reason) => `${reason} has a shape on every transport`,
      (reason) => {
        const { gatewayStatus, edgeStatus, closeCode: code, gatewayText, edgeText } = refusalShape(reason);
        holds(
          [gatewayStatus, edgeStatus].every((status) => Number.isInteger(status) && status >= 400 && status <= 599),
          "status",
        );
        holds(isOnTheWire(code), `close code ${code}`);
        holds(
          [gatewayText, edgeText].every((text) => /^[\x20-\x7e]{3,80}$/.test(text)),
          "text",
        );
        holds(isRefusalKind(refusalKind(reason)), "kind");
      },
    ),
    ...table(
      contract,
      ({ reason }) => `${reason} looks as it did before`,
      ({ reason, gateway, text, edge, edgeText }) => {
        const shape = refusalShape(reason);
        equal([shape.gatewayStatus, shape.gatewayText, shape.edgeStatus], [gateway, text, edge]);
        if (edgeText !== undefined) equal(shape.edgeText, edgeText);
      },
    ),
    {
      name: "at the gateway nothing tells one fault of a token from another, nor a wrong target from a wrong token",
      run: () => {
        holds(TOKEN_REASONS.length >= 18, `${TOKEN_REASONS.length} reasons`);
        const seen = TOKEN_REASONS.map((reason) => {
          const { gatewayStatus, gatewayText, closeCode: code } = refusalShape(reason);
          return `${gatewayStatus} ${gatewayText} ${code}`;
        });
        equal([...new Set(seen)], ["401 Invalid token 4001"]);
      },
    },
    {
      name: "at the edge nothing tells one fault of a rightly signed token from another",
      run: () => {
        const signed = TOKEN_REASONS.filter(
          (reason) => !["token-missing", "token-algorithm", "token-key-unknown", "token-signature"].includes(reason),
        );
        equal(
          [...new Set(signed.map((reason) => `${refusalShape(reason).edgeStatus} ${refusalShape(reason).edgeText}`))],
          ["403 invalid jwt token"],
        );
      },
    },
    {
      name: "reasons of one kind look alike everywhere",
      run: () => {
        const byKind = new Map<RefusalKind, Set<string>>();
        for (const reason of reasons) {
          const shapes = byKind.get(refusalKind(reason)) ?? new Set();
          byKind.set(refusalKind(reason), shapes.add(JSON.stringify(refusalShape(reason))));
        }
        equal(
          [...byKind].filter(([, shapes]) => shapes.size !== 1),
          [],
        );
      },
    },
    {
      name: "a refusal never names its reason",
      run: () => {
        const text = (reason: Reason) => JSON.stringify(refusalShape(reason));
        equal(
          reasons.filter((reason) => reason !== "draining" && text(reason).includes(reason)),
          [],
        );
      },
    },
    {
      name: "what is no kind is none",
      run: () => equal(["", "token-expired", "toString", "__proto__", "Busy"].filter(isRefusalKind), []),
    },
  ],
};

const endReasons: readonly EndReason[] = [
  "expired",
  "revoked",
  "idle",
  "replaced",
  "time-limit",
  "ended",
  "draining",
  "controller-gone",
  "client-gone",
  "controller-garbage",
  "client-garbage",
  "frame-too-large",
  "fault",
];

const endings: Group = {
  name: "endings",
  cases: [
    ...table(
      endReasons,
      (reason) => `${reason} fits a close frame`,
      (reason) => {
        holds(isOnTheWire(closeCode(reason)), `close code ${closeCode(reason)}`);
        // A control frame holds 125 bytes, two of them the code (RFC 6455, 5.5).
        holds(/^sallyport:[a-z-]+$/.test(closeText(reason)) && closeText(reason).length <= 123, closeText(reason));
      },
    ),
    ...table(
      [...new Set(reasons.map(refusalKind))],
      (kind) => `a refusal of the kind ${kind} fits one too`,
      (kind) => holds(/^sallyport:[a-z-]{1,113}$/.test(closeTextOf(kind)), closeTextOf(kind)),
    ),
    {
      name: "a page can tell by the text alone why it ended",
      run: () => equal(new Set(endReasons.map(closeText)).size, endReasons.length),
    },
    {
      name: "a page can tell by the code alone what it can do something about",
      run: () => {
        const codes = (["expired", "time-limit", "revoked", "idle", "replaced", "ended"] as const).map(closeCode);
        equal(codes, [4001, 4002, 4003, 4008, 4009, 4000]);
      },
    },
    {
      name: "a refused token and an expired one close alike",
      run: () => equal(refusalShape("token-expired").closeCode, closeCode("expired")),
    },
  ],
};

export const outcomes: readonly Group[] = [mapping, endings];
