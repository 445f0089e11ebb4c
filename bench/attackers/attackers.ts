import { connect as connectPlain, type Socket } from "node:net";
import { connect } from "node:tls";

/** Where the gateway is, and a token that is good there. */
export interface Prey {
  readonly port: number;
  readonly token: string;
}

/** Takes a connection and keeps it as long, and with as little, as it can. */
export interface Attacker {
  readonly kind: string;
  readonly start: (prey: Prey) => Socket;
}

/** Milliseconds between two bytes: what goes by that name on the net (slowloris) waits ten seconds and more. */
const TRICKLE = 1_000;

/** The gateway's certificate proves nothing to an attacker. */
const shakeHands = ({ port }: Prey) => connect({ host: "127.0.0.1", port, rejectUnauthorized: false });

function trickle(socket: Socket, text: string): Socket {
  const timer = setInterval(() => socket.writable && socket.write(text), TRICKLE);
  socket.once("close", () => clearInterval(timer));
  return socket;
}

const admitted = ({ token }: Prey, line: string, ...more: readonly string[]) =>
  [line, "Host: k7.example.test", `Cookie: pm-session=${token}`, "X-PM-Host: 127.0.0.1", ...more, "\r\n"].join("\r\n");

const written = (socket: Socket, text: string): Socket => {
  socket.write(text);
  return socket;
};

export const attackers: readonly Attacker[] = [
  { kind: "silent connection", start: ({ port }) => connectPlain({ host: "127.0.0.1", port }) },
  { kind: "silent behind its handshake", start: shakeHands },
  { kind: "slow head", start: (prey) => trickle(written(shakeHands(prey), "GET / HTTP/1.1\r\nX: "), "x") },
  {
    kind: "slow body, admitted",
    start: (prey) =>
      trickle(written(shakeHands(prey), admitted(prey, "POST /sink HTTP/1.1", "Content-Length: 100000")), "x"),
  },
  {
    kind: "slow body, not admitted",
    start: (prey) =>
      trickle(
        written(shakeHands(prey), "POST / HTTP/1.1\r\nHost: a\r\nX-PM-Host: 127.0.0.1\r\nContent-Length: 9\r\n\r\n"),
        "x",
      ),
  },
  {
    kind: "slow read, admitted",
    start: (prey) => written(shakeHands(prey), admitted(prey, "GET /large HTTP/1.1")).pause(),
  },
];
