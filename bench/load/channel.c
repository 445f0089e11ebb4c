#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One record's plaintext, at most. */
#define RECORD 16384
/* What is encrypted at once of a long content. */
#define LENT_PART (8 * RECORD)

static void encrypt(struct channel *channel, const uint8_t *bytes, size_t length) {
  for (size_t done = 0; done < length && !channel->over;) {
    size_t left = length - done;
    int count = SSL_write(channel->ssl, bytes + done, (int)(left < RECORD ? left : RECORD));
    if (count <= 0) channel_fail(channel, "write failed");
    else done += (size_t)count;
  }
}

static void take_lent(struct channel *channel, size_t length) {
  channel->lent += length;
  channel->lent_length -= length;
}

/* Sends some of what was lent; true when the socket took all of it. */
static bool flush_lent(struct channel *channel, bool *failed) {
  int fd = channel->watched.fd;
  if (!channel->ssl) {
    take_lent(channel, outbox_send(fd, channel->lent, channel->lent_length, failed));
    return channel->lent_length == 0;
  }
  size_t part = channel->lent_length < LENT_PART ? channel->lent_length : LENT_PART;
  encrypt(channel, channel->lent, part);
  take_lent(channel, part);
  return outbox_flush(&channel->outbox, fd, failed);
}

static void flush(struct channel *channel) {
  bool failed = false;
  bool left = outbox_flush(&channel->outbox, channel->watched.fd, &failed);
  while (left && channel->lent_length > 0 && !channel->over) left = flush_lent(channel, &failed);
  if (failed) channel_fail(channel, "send failed");
  bool writing = !left || channel->eager;
  if (writing != channel->writing) loop_change(&channel->watched, writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
  channel->writing = writing;
  if (left && channel->finished) shutdown(channel->watched.fd, SHUT_WR);
}

static void end(struct channel *channel) {
  channel->events->closed(channel, channel->fault);
  loop_remove(&channel->watched);
  close(channel->watched.fd);
  SSL_free(channel->ssl);
  outbox_free(&channel->outbox);
  free(channel);
}

static void opened(struct channel *channel) {
  channel->handshaken = true;
  channel->events->opened(channel);
}

static void handshake(struct channel *channel) {
  if (!channel->ssl) {
    opened(channel);
    return;
  }
  int result = SSL_do_handshake(channel->ssl);
  flush(channel);
  if (result == 1) {
    opened(channel);
    return;
  }
  int error = SSL_get_error(channel->ssl, result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) channel_fail(channel, "handshake failed");
}

static void read_failed(struct channel *channel, int result) {
  int error = SSL_get_error(channel->ssl, result);
  if (error == SSL_ERROR_WANT_READ) return;
  channel->over = true;
  if (error != SSL_ERROR_ZERO_RETURN && !channel->finished && !channel->fault) channel->fault = "connection was cut";
}

/* One read an event: what is left comes with the next one. */
static void receive_plain(struct channel *channel) {
  static uint8_t plain[4 * RECORD];
  ssize_t count = recv(channel->watched.fd, plain, sizeof plain, 0);
  if (count > 0) {
    wire_push(channel, plain, (size_t)count);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    channel->over = true;
    if (count < 0 && !channel->finished && !channel->fault) channel->fault = "connection was cut";
  }
}

static void receive(struct channel *channel) {
  static uint8_t plain[RECORD];
  if (!channel->ssl) {
    receive_plain(channel);
    return;
  }
  do {
    int count = SSL_read(channel->ssl, plain, sizeof plain);
    if (count <= 0) {
      read_failed(channel, count);
      return;
    }
    wire_push(channel, plain, (size_t)count);
  } while (!channel->over && SSL_has_pending(channel->ssl));
}

static void ready(struct watched *watched, uint32_t events) {
  struct channel *channel = (struct channel *)watched;
  ERR_clear_error();
  if (events & EPOLLOUT) {
    flush(channel);
    if (channel->eager && channel->outbox.length == 0 && !channel->over) channel->events->drained(channel);
  }
  if (!channel->over && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    if (!channel->handshaken) handshake(channel);
    if (channel->handshaken && !channel->over) receive(channel);
  }
  if (outbox_waits()) flush(channel);
  if (channel->over) end(channel);
}

static void start(struct watched *watched, uint32_t events) {
  struct channel *channel = (struct channel *)watched;
  watched->ready = ready;
  loop_change(watched, EPOLLIN);
  if (events & (EPOLLERR | EPOLLHUP)) channel_fail(channel, "connect failed");
  else handshake(channel);
  if (channel->over) end(channel);
}

static void secure(struct channel *channel, bool client) {
  SSL *ssl = channel->ssl;
  SSL_set_app_data(ssl, channel);
  SSL_set0_rbio(ssl, BIO_new_socket(channel->watched.fd, BIO_NOCLOSE));
  SSL_set0_wbio(ssl, outbox_bio());
  if (client) SSL_set_connect_state(ssl);
  else SSL_set_accept_state(ssl);
}

struct channel *channel_new(int fd, SSL *ssl, bool client, const struct channel_events *events, void *owner) {
  struct channel *channel = calloc(1, sizeof *channel);
  if (!channel) abort();
  channel->watched = (struct watched){.fd = fd, .ready = client ? start : ready};
  channel->events = events;
  channel->owner = owner;
  channel->ssl = ssl;
  if (ssl) secure(channel, client);
  loop_add(&channel->watched, client ? EPOLLOUT : EPOLLIN);
  return channel;
}

void channel_put(struct channel *channel, const void *bytes, size_t length) {
  if (channel->ssl) encrypt(channel, bytes, length);
  else if (!outbox_gather(bytes, length)) channel_fail(channel, "write failed");
}

void channel_write(struct channel *channel, const void *bytes, size_t length) {
  channel_put(channel, bytes, length);
  flush(channel);
}

void channel_lend(struct channel *channel, const void *bytes, size_t length) {
  channel->lent = bytes;
  channel->lent_length = length;
  flush(channel);
}

void channel_finish(struct channel *channel) {
  if (channel->finished || channel->over) return;
  channel->finished = true;
  channel->eager = false;
  if (channel->ssl) SSL_shutdown(channel->ssl);
  flush(channel);
}

void channel_eager(struct channel *channel, bool eager) {
  channel->eager = eager;
  flush(channel);
}

void channel_fail(struct channel *channel, const char *fault) {
  channel->over = true;
  if (!channel->fault) channel->fault = fault;
}
