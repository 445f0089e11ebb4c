// Redis or Valkey behind the store's interface. Every key holds the same hash tag, so that a cluster keeps them together
// and scripts, which make several steps one, may use them all.
const TAG = "{sallyport}";

/** Every key; `docs/store.md` says what each holds. */
export const keys = {
  epoch: `${TAG}:epoch`,
  /** Channel: somebody wrote revocations. */
  changes: `${TAG}:changes`,
  revocations: `${TAG}:revocations`,
  revocationOrder: `${TAG}:revocations:order`,
  revocationUntil: `${TAG}:revocations:until`,
  revocationCounter: `${TAG}:revocations:counter`,
  link: (jti: string) => `${TAG}:link:${jti}`,
  instances: `${TAG}:instances`,
  sessions: `${TAG}:sessions`,
  sessionsBy: `${TAG}:sessions-by:`,
  audit: (writer: string) => `${TAG}:audit:${writer}`,
  auditHeads: `${TAG}:audit-heads`,
  auditAnchors: `${TAG}:audit-anchors`,
  usage: (hour: number | string) => `${TAG}:usage:${hour}`,
  usageHours: `${TAG}:usage-hours`,
  platforms: `${TAG}:platforms`,
  platformUntil: `${TAG}:platforms:until`,
  usageBatches: `${TAG}:usage-batches`,
} as const;
