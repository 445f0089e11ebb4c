import { GATEWAY, type Mutation } from "./mutation.ts";

const ADMIN = ["--project", "unit", "packages/gateway/test/admin"];

/** What the admin listener asks for. */
export const admin: readonly Mutation[] = [
  {
    protection: "what an admin does is in the trail before it is done",
    file: `${GATEWAY}/admin/revocations.ts`,
    from: '  await record({ action: "revoke", kind, value, before, until, note });\n',
    to: "",
    tests: ADMIN,
  },
  {
    protection: "calls of the admin API that are denied are in the trail",
    file: `${GATEWAY}/ledger/admin-ledger.ts`,
    from: "denials.add(record);",
    to: "",
    tests: ADMIN,
  },
  {
    protection: "no revocation is kept for ever",
    file: `${GATEWAY}/admin/revocations.ts`,
    from: "?? expiry ?? now + life;",
    to: "?? expiry;",
    tests: ADMIN,
  },
];
