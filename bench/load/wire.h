#ifndef WIRE_H
#define WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;

#define WIRE_HEAD_MAX 4096
#define WIRE_FRAME_HEAD_MAX 14

enum wire_state { WIRE_HEAD, WIRE_BODY, WIRE_FRAMES };
enum wire_opcode { OPCODE_BINARY = 2, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

/* Where a reader of HTTP/1.1 and WebSocket (RFC 6455) stands. */
struct wire {
  enum wire_state state;
  size_t head_length;
  /* Of the body or frame under way, in bytes. */
  uint64_t offset;
  uint64_t remaining;
  /* Of the frame under way. */
  uint8_t opcode;
  bool masked;
  uint8_t mask[4];
  uint8_t frame_head[WIRE_FRAME_HEAD_MAX];
  size_t frame_head_length;
  char head[WIRE_HEAD_MAX];
};

/* Reads decrypted bytes; may change them (unmasking). Calls the channel's events. */
void wire_push(struct channel *channel, uint8_t *bytes, size_t length);

/* Called by `head`: a body of so many bytes follows (perhaps none), then the next head. */
void wire_body(struct channel *channel, uint64_t length);
/* Called by `head`: frames follow. */
void wire_frames(struct channel *channel);

/* The value of a header, up to the end of its line, or NULL. `name` in lower case, with its colon. */
const char *wire_header(const char *head, const char *name);

/* Writes a frame's header; returns its length. `mask` NULL: not masked. */
size_t wire_frame_head(uint8_t *into, uint8_t opcode, size_t length, const uint8_t *mask);

#endif
