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

static void flush(struct channel *channel) {
  bool failed = false;
  bool left = outbox_flush(&channel->outbox, channel->watched.fd, &failed);
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

bool channel_write(struct channel *channel, const void *bytes, size_t length) {
  const uint8_t *next = bytes;
  if (!channel->ssl) {
    if (!outbox_gather(next, length)) channel_fail(channel, "write failed");
    flush(channel);
    return channel->outbox.length == 0;
  }
  for (size_t left = length; left > 0 && !channel->over;) {
    int count = SSL_write(channel->ssl, next, (int)(left < RECORD ? left : RECORD));
    if (count <= 0) {
      channel_fail(channel, "write failed");
      break;
    }
    next += count;
    left -= (size_t)count;
  }
  flush(channel);
  return channel->outbox.length == 0;
}

void channel_finish(struct channel *channel) {
  if (channel->finished || channel->over) return;
  channel->finished = true;
  channel->eager = false;
  if (channel->ssl) SSL_shutdown(channel->ssl);
  flush(channel);
}

void channel_eager(struct channel *channel) {
  channel->eager = true;
  flush(channel);
}

void channel_fail(struct channel *channel, const char *fault) {
  channel->over = true;
  if (!channel->fault) channel->fault = fault;
}
