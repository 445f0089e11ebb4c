import { Cluster, Redis, type RedisOptions } from "ioredis";

export type Client = Redis | Cluster;

/** A command that is not answered for so long has failed, and the connection with it, in milliseconds. */
const COMMAND_TIMEOUT = 2_000;
const CONNECT_TIMEOUT = 2_000;

const OPTIONS = {
  commandTimeout: COMMAND_TIMEOUT,
  // After an outage an old connection may be dead for good without a word (a firewall forgot it), or wait for TCP to
  // send again, half a minute later: it is given up.
  socketTimeout: COMMAND_TIMEOUT,
  connectTimeout: CONNECT_TIMEOUT,
  // Whoever asks decides what a store that is away means; nobody waits for its return.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // What the client would send of its own accord, and not wait for: lost with the connection, it would be nobody's fault
  // to handle, and end the process.
  autoResubscribe: false,
  disableClientInfo: true,
  // One attempt each: `LastingClient` makes new ones.
  retryStrategy: () => null,
  lazyConnect: true,
} satisfies RedisOptions;

/**
 * A client that is not connected yet and does not come back by itself.
 *
 * @param url `redis://` or `rediss://`; several of a cluster's nodes with commas between
 */
export function makeClient(url: string): Client {
  const urls = url.split(",");
  if (urls.length === 1) return new Redis(url, OPTIONS);
  const { commandTimeout, socketTimeout, connectTimeout, enableOfflineQueue, lazyConnect } = OPTIONS;
  return new Cluster(urls, {
    enableOfflineQueue,
    lazyConnect,
    clusterRetryStrategy: () => null,
    slotsRefreshTimeout: COMMAND_TIMEOUT,
    redisOptions: {
      ...{ commandTimeout, socketTimeout, connectTimeout, autoResubscribe: false, disableClientInfo: true },
      ...credentials(urls[0] ?? ""),
    },
  });
}

/** A cluster's nodes are told by address only: how to log in is the first URL's. */
function credentials(url: string): { username?: string; password?: string; tls?: object } {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}
