/* Messages to be echoed: their contents, and the check of what comes back. */
#include <string.h>

#include "client.h"
#include "load.h"
#include "pattern.h"

#define MESSAGE_MAX 1024

/* Each connection has contents of its own, so that an echo on the wrong one is noticed. */
static uint64_t content(const struct slot *slot, uint64_t number) { return (uint64_t)slot->index * 7919 + number; }

/* Masks need to differ, not to be secret here. */
static void next_mask(uint8_t *mask) {
  static uint32_t state = 0x2545f491;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  memcpy(mask, &state, 4);
}

void client_control(struct slot *slot, uint8_t opcode, const uint8_t *payload, size_t length) {
  uint8_t frame[WIRE_FRAME_HEAD_MAX + MESSAGE_MAX];
  uint8_t mask[4];
  next_mask(mask);
  size_t head = wire_frame_head(frame, opcode, length, mask);
  for (size_t index = 0; index < length; index++) frame[head + index] = payload[index] ^ mask[index & 3];
  channel_write(slot->channel, frame, head + length);
}

void client_message(struct slot *slot) {
  if (options.size > MESSAGE_MAX) client_fault(slot, "messages of this size are not made");
  client_control(slot, OPCODE_BINARY, pattern(content(slot, slot->sent)), options.size);
  slot->sent += 1;
}

void client_echo_piece(struct slot *slot, const uint8_t *bytes, size_t length) {
  uint64_t offset = slot->channel->wire.offset;
  if (!pattern_matches(content(slot, slot->received), offset, bytes, length)) client_fault(slot, "echo differs");
}

void client_echoed(struct slot *slot) {
  if (slot->channel->wire.offset != options.size) client_fault(slot, "echo of another length");
  slot->received += 1;
}
