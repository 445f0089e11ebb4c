import { type Guarded, type Habit, type NaiveProxy, startFront } from "./front.ts";
import {
  binaryForcing,
  careful,
  encodingStripping,
  headerCanonicalising,
  hostPreserving,
  hostRewriting,
  queryDropping,
} from "./habits.ts";
import { startHaproxy } from "./haproxy.ts";
import { startNginx } from "./nginx.ts";
import { headerSmuggling } from "./smuggling.ts";

/** Puts a proxy before a controller. */
export type StartProxy = (controller: Guarded) => Promise<NaiveProxy>;

const withHabit =
  (habit: Habit): StartProxy =>
  (controller) =>
    startFront(controller, habit);

/** Every proxy by name. All but `careful` break something for some family. */
export const NAIVE_PROXIES = {
  careful: withHabit(careful),
  nginx: (controller) => startNginx(controller, { mapped: false }),
  "nginx-mapped": (controller) => startNginx(controller, { mapped: true }),
  haproxy: (controller) => startHaproxy(controller, { mapped: false }),
  "haproxy-mapped": (controller) => startHaproxy(controller, { mapped: true }),
  "host-preserving": withHabit(hostPreserving),
  "host-rewriting": withHabit(hostRewriting),
  "header-canonicalising": withHabit(headerCanonicalising),
  "query-dropping": withHabit(queryDropping),
  "binary-forcing": withHabit(binaryForcing),
  "encoding-stripping": withHabit(encodingStripping),
  "header-smuggling": withHabit(headerSmuggling),
} as const satisfies Readonly<Record<string, StartProxy>>;

export type ProxyName = keyof typeof NAIVE_PROXIES;
