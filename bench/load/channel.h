#ifndef CHANNEL_H
#define CHANNEL_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"
#include "outbox.h"
#include "wire.h"

struct channel;

/* What happens on a channel, told to whoever uses it. */
struct channel_events {
  /* The handshake is done. */
  void (*opened)(struct channel *channel);
  /* The head of a request or an answer, as text; decides what follows (`wire_body`, `wire_frames`). */
  void (*head)(struct channel *channel, const char *head);
  /* A piece of a body or of a frame's payload, unmasked. `channel->wire.offset` is its place in the whole. */
  void (*piece)(struct channel *channel, const uint8_t *bytes, size_t length);
  /* The body or frame is whole. */
  void (*whole)(struct channel *channel);
  /* On an eager channel: all that was written has left, and there is room for more. */
  void (*drained)(struct channel *channel);
  /* It is over; `fault` is NULL where the other side ended it in order. The channel is freed after the call. */
  void (*closed)(struct channel *channel, const char *fault);
};

/* One connection, with TLS unless `ssl` is NULL, and what is read from it. */
struct channel {
  struct watched watched;
  const struct channel_events *events;
  /* Whose connection it is. */
  void *owner;
  SSL *ssl;
  struct wire wire;
  struct outbox outbox;
  /* What is still to be sent of bytes that were lent. */
  const uint8_t *lent;
  size_t lent_length;
  const char *fault;
  bool handshaken;
  bool eager;
  bool writing;
  bool finished;
  bool over;
  /* Free for who uses it: a count of frames, of requests. */
  uint64_t count;
};

/* Takes over a connected or connecting socket. `client` begins the handshake; `ssl` NULL: there is none. */
struct channel *channel_new(int fd, SSL *ssl, bool client, const struct channel_events *events, void *owner);

/* Encrypts and sends; what the socket does not take leaves later. */
void channel_write(struct channel *channel, const void *bytes, size_t length);

/* Encrypts what leaves with the next write, or behind the event under way: many pieces in one system call. */
void channel_put(struct channel *channel, const void *bytes, size_t length);

/*
 * Sends bytes that nobody changes for as long as the channel lives, behind what was written, as there is room for them:
 * they are not copied, and no more of them encrypted than fits the cache. Nothing is written until they have left.
 */
void channel_lend(struct channel *channel, const void *bytes, size_t length);

/* Sends what was put; `drained` is called whenever there is room, from now on, or no more. */
void channel_eager(struct channel *channel, bool eager);

/* No more will be written; the channel closes when the other side has closed, too. */
void channel_finish(struct channel *channel);

/* Ends the channel with a fault after the event under way. */
void channel_fail(struct channel *channel, const char *fault);

#endif
