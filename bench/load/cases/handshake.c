/* Connect, TLS, upgrade, one echo, close in order; then anew. One echo proves that the way was open to its end. */
#include "../client.h"
#include "../load.h"

static void ready(struct slot *slot) {
  slot->sent = slot->received = 0;
  client_message(slot);
}

static void whole(struct slot *slot) {
  static const uint8_t normal[2] = {0x03, 0xe8};
  client_echoed(slot);
  client_control(slot, OPCODE_CLOSE, normal, sizeof normal);
}

static void closing(struct slot *slot) { channel_finish(slot->channel); }

static void closed(struct slot *slot) {
  client_count(1, options.size);
  client_next(slot);
}

const struct load_case case_handshake = {.name = "handshake",
                                         .websocket = true,
                                         .ready = ready,
                                         .next = connection_open,
                                         .piece = client_echo_piece,
                                         .whole = whole,
                                         .closing = closing,
                                         .closed = closed};
