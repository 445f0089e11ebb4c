#ifndef LOAD_H
#define LOAD_H
#include <stdbool.h>
#include <stdint.h>

/* What the command line asks for. */
struct options {
  const char *name;
  /* PEM files: the backend's certificate and key, or what a client shows where it has to; NULL: none. */
  const char *certificate;
  const char *key;
  /* Client: the peer's port on 127.0.0.1, and a file of request heads; head number k asks for content k. */
  uint16_t port;
  const char *heads;
  uint32_t connections;
  /* Bytes of a message or a body. */
  uint32_t size;
  /* Messages a second, all connections together. */
  uint32_t rate;
  /* Requests, connections or, at the backend, MiB of streams that begin in a second, at most; 0: any number. */
  double most;
  /* TLS sessions are resumed. */
  bool resume;
  /* Backend: without TLS. */
  bool plain;
};

extern struct options options;

/* Serves echoes, streams, downloads and uploads until standard input ends. Prints its port first. */
void backend_run(void);

/*
 * Answers each line of standard input until that ends: groups of process ids, `12 13;14`, with one line of JSON, the CPU
 * seconds that each group has spent.
 */
void clock_run(void);

/* Runs whenever nobody else wants to, until it is killed or its parent dies. Prints `ready` first. */
void awake_run(void);

/*
 * Runs one case of the client's until standard input ends: makes the connections, prints `ready`, and then plays a turn for
 * each line of standard input, which is its seconds, and prints `end` with its counts. Events are lines of JSON.
 */
int client_run(void);

#endif
