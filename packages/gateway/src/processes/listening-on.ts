import type { Configuration } from "../config/configuration.ts";

/** The configuration of a gateway that listens on a socket which is there, by its descriptor. */
export function listeningOn(configuration: Configuration, fd: number): Configuration {
  const { web } = configuration;
  return { ...configuration, web: { ...web, listen: { ...web.listen, fd } } };
}
