/* So many messages a second, whatever the peer does; latency counts from when a message was due, not from when it left. */
#include "../client.h"
#include "../latency.h"
#include "../load.h"

#define SECOND 1000000000ull

static uint64_t started;
static uint64_t made;

static uint64_t due(uint64_t number) { return started + number * SECOND / options.rate; }

static void send_due(void) {
  if (!client_loading()) return;
  uint64_t now = loop_now();
  for (; due(made) <= now; made++) {
    struct slot *slot = &slots[made % options.connections];
    if (slot->sent - slot->received >= DUE_MAX) client_fault(slot, "the peer does not keep up with the pace");
    slot->due[slot->sent % DUE_MAX] = due(made);
    client_busy();
    client_message(slot);
  }
  loop_alarm(ALARM_PACE, due(made), send_due);
}

static void begin(void) {
  started = loop_now();
  made = 0;
  send_due();
}

static void whole(struct slot *slot) {
  uint64_t since = slot->due[slot->received % DUE_MAX];
  client_echoed(slot);
  client_count(1, options.size);
  latency_add(loop_now() - since);
  client_rest();
}

const struct load_case case_paced = {
    .name = "paced", .websocket = true, .begin = begin, .piece = client_echo_piece, .whole = whole};
