#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "heads.h"
#include "load.h"
#include "tls.h"

static const struct load_case *load;
static SSL_CTX *context;
static uint64_t resumed;

static struct slot *slot_of(struct channel *channel) { return channel->owner; }

/* Keeps the newest session; called by TLS whenever a ticket comes. */
static int keep_session(SSL *ssl, SSL_SESSION *session) {
  struct channel *channel = SSL_get_app_data(ssl);
  if (!options.resume) return 0;
  struct slot *slot = slot_of(channel);
  SSL_SESSION_free(slot->session);
  slot->session = session;
  return 1;
}

static void on_opened(struct channel *channel) {
  struct slot *slot = slot_of(channel);
  resumed += SSL_session_reused(channel->ssl) ? 1 : 0;
  if (!load->websocket) {
    client_ready(slot);
    return;
  }
  size_t length;
  const char *head = heads_get(slot->index, &length, &slot->id);
  channel_write(channel, head, length);
}

static void on_head(struct channel *channel, const char *head) {
  struct slot *slot = slot_of(channel);
  if (!load->websocket) {
    load->head(slot, head);
  } else if (strncmp(head, "HTTP/1.1 101 ", 13) != 0) {
    client_fault(slot, head);
  } else {
    wire_frames(channel);
    client_ready(slot);
  }
}

static bool is_control(const struct wire *wire) { return wire->state == WIRE_FRAMES && wire->opcode >= OPCODE_CLOSE; }

static void on_piece(struct channel *channel, const uint8_t *bytes, size_t length) {
  struct slot *slot = slot_of(channel);
  if (!is_control(&channel->wire)) load->piece(slot, bytes, length);
  else if (channel->wire.offset + length <= sizeof slot->ping) memcpy(slot->ping + channel->wire.offset, bytes, length);
  else client_fault(slot, "control frame too large");
}

static void on_whole(struct channel *channel) {
  struct slot *slot = slot_of(channel);
  const struct wire *wire = &channel->wire;
  if (!is_control(wire)) load->whole(slot);
  else if (wire->opcode == OPCODE_PING) client_control(slot, OPCODE_PONG, slot->ping, wire->offset);
  else if (wire->opcode == OPCODE_CLOSE && load->closing) load->closing(slot);
  else client_fault(slot, "unexpected control frame");
}

static void on_drained(struct channel *channel) { (void)channel; }

static void on_closed(struct channel *channel, const char *fault) {
  struct slot *slot = slot_of(channel);
  slot->channel = NULL;
  client_closed(slot, fault);
}

static const struct channel_events events = {on_opened, on_head, on_piece, on_whole, on_drained, on_closed};

void connection_setup(const struct load_case *chosen) {
  load = chosen;
  context = tls_client(options.certificate, options.key, keep_session);
}

void connection_open(struct slot *slot) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int yes = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    client_fault(slot, "no descriptor left");
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  connect(fd, (struct sockaddr *)&address, sizeof address);
  SSL *ssl = SSL_new(context);
  if (slot->session) SSL_set_session(ssl, slot->session);
  slot->channel = channel_new(fd, ssl, true, &events, slot);
}

uint64_t connection_resumed(void) { return resumed; }
