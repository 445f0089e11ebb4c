#define _GNU_SOURCE
#include "wire.h"

#include <string.h>
#include <strings.h>

#include "channel.h"

static size_t smaller(size_t one, uint64_t other) { return other < one ? (size_t)other : one; }

static void finish_head(struct channel *channel) {
  struct wire *wire = &channel->wire;
  wire->head[wire->head_length] = '\0';
  wire->head_length = 0;
  channel->events->head(channel, wire->head);
}

/* Returns how many bytes belonged to the head. */
static size_t push_head(struct channel *channel, const uint8_t *bytes, size_t length) {
  struct wire *wire = &channel->wire;
  size_t known = wire->head_length;
  size_t room = smaller(length, WIRE_HEAD_MAX - 1 - known);
  memcpy(wire->head + known, bytes, room);
  size_t from = known > 3 ? known - 3 : 0;
  char *end = memmem(wire->head + from, known + room - from, "\r\n\r\n", 4);
  if (!end) {
    wire->head_length = known + room;
    if (room < length) channel_fail(channel, "head too large");
    return length;
  }
  wire->head_length = (size_t)(end - wire->head) + 4;
  size_t used = wire->head_length - known;
  finish_head(channel);
  return used;
}

static void unmask(struct wire *wire, uint8_t *bytes, size_t length) {
  for (size_t index = 0; index < length; index++) bytes[index] ^= wire->mask[(wire->offset + index) & 3];
}

/* Returns how many bytes belonged to the body or payload. */
static size_t push_piece(struct channel *channel, uint8_t *bytes, size_t length) {
  struct wire *wire = &channel->wire;
  size_t count = smaller(length, wire->remaining);
  if (wire->state == WIRE_FRAMES && wire->masked) unmask(wire, bytes, count);
  channel->events->piece(channel, bytes, count);
  wire->offset += count;
  wire->remaining -= count;
  if (wire->remaining > 0) return count;
  if (wire->state == WIRE_BODY) wire->state = WIRE_HEAD;
  channel->events->whole(channel);
  return count;
}

static size_t frame_head_length(const uint8_t *head) {
  uint8_t code = head[1] & 0x7f;
  return 2u + (code == 126 ? 2u : code == 127 ? 8u : 0u) + (head[1] & 0x80 ? 4u : 0u);
}

static uint64_t frame_length(const uint8_t *head) {
  uint8_t code = head[1] & 0x7f;
  if (code < 126) return code;
  uint64_t length = 0;
  for (size_t index = 2; index < (code == 126 ? 4u : 10u); index++) length = length << 8 | head[index];
  return length;
}

static void begin_frame(struct channel *channel) {
  struct wire *wire = &channel->wire;
  size_t length = wire->frame_head_length;
  wire->opcode = wire->frame_head[0] & 0x0f;
  wire->masked = (wire->frame_head[1] & 0x80) != 0;
  if (wire->masked) memcpy(wire->mask, wire->frame_head + length - 4, 4);
  wire->offset = 0;
  wire->remaining = frame_length(wire->frame_head);
  wire->frame_head_length = 0;
  if (wire->remaining == 0) channel->events->whole(channel);
}

static size_t push_frame_head(struct channel *channel, const uint8_t *bytes, size_t length) {
  struct wire *wire = &channel->wire;
  size_t used = 0;
  while (used < length) {
    wire->frame_head[wire->frame_head_length++] = bytes[used++];
    if (wire->frame_head_length < 2 || wire->frame_head_length < frame_head_length(wire->frame_head)) continue;
    begin_frame(channel);
    break;
  }
  return used;
}

void wire_push(struct channel *channel, uint8_t *bytes, size_t length) {
  struct wire *wire = &channel->wire;
  for (size_t at = 0; at < length && !channel->over;) {
    if (wire->remaining > 0) at += push_piece(channel, bytes + at, length - at);
    else if (wire->state == WIRE_FRAMES) at += push_frame_head(channel, bytes + at, length - at);
    else at += push_head(channel, bytes + at, length - at);
  }
}

void wire_body(struct channel *channel, uint64_t length) {
  struct wire *wire = &channel->wire;
  wire->offset = 0;
  wire->remaining = length;
  wire->state = length > 0 ? WIRE_BODY : WIRE_HEAD;
  if (length == 0) channel->events->whole(channel);
}

void wire_frames(struct channel *channel) { channel->wire.state = WIRE_FRAMES; }

const char *wire_header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, length) == 0) return line + 2 + length + strspn(line + 2 + length, " \t");
  }
  return NULL;
}

size_t wire_frame_head(uint8_t *into, uint8_t opcode, size_t length, const uint8_t *mask) {
  uint8_t masked = mask ? 0x80 : 0;
  size_t count = 2;
  into[0] = 0x80 | opcode;
  if (length < 126) {
    into[1] = masked | (uint8_t)length;
  } else if (length < 65536) {
    into[1] = masked | 126;
    into[count++] = (uint8_t)(length >> 8);
    into[count++] = (uint8_t)length;
  } else {
    into[1] = masked | 127;
    for (int shift = 56; shift >= 0; shift -= 8) into[count++] = (uint8_t)((uint64_t)length >> shift);
  }
  if (mask) memcpy(into + count, mask, 4);
  return mask ? count + 4 : count;
}
