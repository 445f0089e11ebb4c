/* Connections that were used once and are then held, for as long as the run lasts. */
#include "../client.h"
#include "../load.h"

static void whole(struct slot *slot) {
  client_echoed(slot);
  client_count(1, options.size);
}

const struct load_case case_idle = {
    .name = "idle", .websocket = true, .ready = client_message, .piece = client_echo_piece, .whole = whole};
