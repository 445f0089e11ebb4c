#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept-key.h"
#include "channel.h"
#include "load.h"
#include "pace.h"
#include "pattern.h"
#include "tls.h"

#define ECHO_MAX 1024
#define MIB (1 << 20)
#define HEAD_MAX 256
/* So much of a body goes into one record with its head. */
#define SHORT 8192
/* A frame of the stream with its header is one record. */
#define STREAM_FRAME (16 * 1024)
/* Frames a connection sends before others have their turn. */
#define STREAM_TURN 8

enum service { SERVE_ECHO, SERVE_STREAM, SERVE_UPLOAD };

/* What one connection is being served. */
struct serving {
  /* Turns of a stream. */
  struct paced paced;
  struct channel *channel;
  enum service service;
  uint64_t id;
  bool sound;
  uint8_t message[WIRE_FRAME_HEAD_MAX + ECHO_MAX];
};

static SSL_CTX *context;
static int listener;

static void stream_turn(struct paced *paced) {
  uint8_t frame[STREAM_FRAME];
  struct serving *serving = (struct serving *)paced;
  struct channel *channel = serving->channel;
  for (int turn = 0; turn < STREAM_TURN; turn++) {
    size_t payload = sizeof frame - 4;
    size_t head = wire_frame_head(frame, OPCODE_BINARY, payload, NULL);
    memcpy(frame + head, pattern(serving->id + channel->count++), payload);
    channel_put(channel, frame, head + payload);
  }
  channel_eager(channel, true);
}

/* There is room for more, and more comes when it is this stream's turn. */
static void stream(struct channel *channel) {
  struct serving *serving = channel->owner;
  if (!pace_turn(&serving->paced)) channel_eager(channel, false);
}

static void upgrade(struct channel *channel, const char *head) {
  char accept[ACCEPT_KEY_LENGTH + 1];
  char answer[256];
  const char *key = wire_header(head, "sec-websocket-key:");
  if (!key) {
    channel_fail(channel, "no Sec-WebSocket-Key");
    return;
  }
  accept_key(key, accept);
  int length = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  wire_frames(channel);
  channel_write(channel, answer, (size_t)length);
  struct serving *serving = channel->owner;
  if (serving->service == SERVE_STREAM) channel_eager(channel, true);
}

static void answer(struct channel *channel, const char *status, const uint8_t *body, size_t length) {
  uint8_t whole[HEAD_MAX + SHORT];
  int head = snprintf((char *)whole, HEAD_MAX,
                      "HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n", status,
                      length);
  size_t first = length < SHORT ? length : SHORT;
  memcpy(whole + head, body, first);
  channel_put(channel, whole, (size_t)head + first);
  channel_lend(channel, body + first, length - first);
}

static void on_head(struct channel *channel, const char *head) {
  struct serving *serving = channel->owner;
  unsigned long length = 0, id = 0;
  if (sscanf(head, "GET /bytes/%lu/%lu ", &length, &id) == 2 && length <= PATTERN_MAX) {
    answer(channel, "200 OK", pattern(id), length);
  } else if (sscanf(head, "POST /upload/%lu ", &id) == 1) {
    const char *announced = wire_header(head, "content-length:");
    *serving = (struct serving){.service = SERVE_UPLOAD, .id = id, .sound = true};
    wire_body(channel, announced ? strtoull(announced, NULL, 10) : 0);
  } else if (sscanf(head, "GET /echo/%lu ", &id) == 1) {
    serving->service = SERVE_ECHO;
    upgrade(channel, head);
  } else if (sscanf(head, "GET /stream/%lu ", &id) == 1) {
    *serving = (struct serving){.service = SERVE_STREAM, .id = id, .paced.begin = stream_turn, .channel = channel};
    upgrade(channel, head);
  } else {
    fprintf(stderr, "backend: unknown request: %.60s\n", head);
    answer(channel, "404 Not Found", (const uint8_t *)"", 0);
  }
}

static void on_piece(struct channel *channel, const uint8_t *bytes, size_t length) {
  struct serving *serving = channel->owner;
  uint64_t offset = channel->wire.offset;
  if (serving->service == SERVE_UPLOAD) {
    serving->sound = serving->sound && pattern_matches(serving->id, offset, bytes, length);
  } else if (offset + length > ECHO_MAX) {
    channel_fail(channel, "message too large");
  } else {
    memcpy(serving->message + WIRE_FRAME_HEAD_MAX + offset, bytes, length);
  }
}

/* Sends the message that was gathered, its header right before it. */
static void echo(struct channel *channel, uint8_t opcode) {
  struct serving *serving = channel->owner;
  uint8_t head[WIRE_FRAME_HEAD_MAX];
  size_t length = channel->wire.offset;
  size_t head_length = wire_frame_head(head, opcode, length, NULL);
  uint8_t *start = serving->message + WIRE_FRAME_HEAD_MAX - head_length;
  memcpy(start, head, head_length);
  channel_write(channel, start, head_length + length);
}

static void on_whole(struct channel *channel) {
  struct serving *serving = channel->owner;
  if (serving->service == SERVE_UPLOAD) {
    answer(channel, serving->sound ? "200 OK" : "500 Corrupt", (const uint8_t *)"ok", 2);
    return;
  }
  uint8_t opcode = channel->wire.opcode;
  if (opcode != OPCODE_PONG) echo(channel, opcode == OPCODE_PING ? OPCODE_PONG : opcode);
  if (opcode == OPCODE_CLOSE) channel_finish(channel);
}

static void on_opened(struct channel *channel) { (void)channel; }

static void on_closed(struct channel *channel, const char *fault) {
  (void)fault;
  struct serving *serving = channel->owner;
  pace_leave(&serving->paced);
  free(serving);
}

static const struct channel_events events = {on_opened, on_head, on_piece, on_whole, stream, on_closed};

static void on_connection(struct watched *watched, uint32_t ready) {
  (void)ready;
  for (int fd; (fd = accept4(watched->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct serving *serving = calloc(1, sizeof *serving);
    if (!serving) abort();
    channel_new(fd, options.plain ? NULL : SSL_new(context), false, &events, serving);
  }
}

static void on_input(struct watched *watched, uint32_t ready) {
  (void)ready;
  char byte;
  if (read(watched->fd, &byte, 1) <= 0) loop_stop();
}

static void listen_here(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) < 0) {
    perror("listen");
    exit(2);
  }
  printf("{\"event\":\"listening\",\"port\":%u}\n", ntohs(address.sin_port));
}

void backend_run(void) {
  static struct watched accepting = {.ready = on_connection};
  static struct watched input = {.fd = STDIN_FILENO, .ready = on_input};
  pace_set(options.most * (double)MIB / (STREAM_TURN * STREAM_FRAME));
  if (!options.plain) context = tls_server(options.certificate, options.key);
  listen_here();
  accepting.fd = listener;
  loop_add(&accepting, EPOLLIN);
  loop_add(&input, EPOLLIN);
  loop_run();
}
