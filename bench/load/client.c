#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "heads.h"
#include "latency.h"
#include "load.h"
#include "pace.h"

#define SECOND 1e9
/* Connections that are being made at once, before load begins. */
#define OPENING 64
/* A peer that makes no progress for so long, in seconds, is at fault. */
#define PATIENCE 30

static const struct load_case *const cases[] = {&case_echo, &case_paced, &case_stream, &case_handshake,
                                                &case_idle, &case_get,   &case_post};

struct slot *slots;
static const struct load_case *load;
static struct {
  bool loading;
  /* The place up to which connections were looked after, and how many are ready. */
  uint32_t opened, ready;
  /* Work that is under way. */
  uint64_t active;
  uint64_t units, bytes, resumed, since;
  /* Of the turn that was asked for; 0: there is none, and nothing is asked of the peer. */
  double seconds;
} run;

static void stalled(void) { client_fault(NULL, "no progress"); }

static uint64_t in(double seconds) { return loop_now() + (uint64_t)(seconds * SECOND); }

void client_count(uint64_t units, uint64_t bytes) {
  run.units += units;
  run.bytes += bytes;
}

bool client_loading(void) { return run.loading; }

void client_fault(const struct slot *slot, const char *fault) {
  printf("{\"event\":\"fault\",\"connection\":%d,\"fault\":\"%.*s\"}\n", slot ? (int)slot->index : -1,
         (int)strcspn(fault, "\r\n\""), fault);
  fflush(stdout);
  _exit(1);
}

static void end_turn(void) {
  double seconds = (double)(loop_now() - run.since) / SECOND;
  run.seconds = 0;
  loop_alarm(ALARM_PHASE, 0, NULL);
  printf("{\"event\":\"end\",\"seconds\":%.6f,\"units\":%lu,\"bytes\":%lu,\"resumed\":%lu", seconds, run.units,
         run.bytes, connection_resumed() - run.resumed);
  latency_print();
  printf("}\n");
}

/* What is under way comes to its end first: what the peer did in a turn is what is counted in it, to the last unit. */
static void stop_loading(void) {
  run.loading = false;
  loop_alarm(ALARM_PHASE, in(PATIENCE), stalled);
  if (run.active == 0) end_turn();
}

void client_busy(void) { run.active += 1; }

void client_rest(void) {
  run.active -= 1;
  if (run.active == 0 && !run.loading) end_turn();
}

static void begin_unit(struct paced *paced) {
  if (run.loading) load->next((struct slot *)paced);
  else client_rest();
}

void client_next(struct slot *slot) {
  slot->paced.begin = begin_unit;
  if (run.loading) pace_turn(&slot->paced);
  else client_rest();
}

static void begin_loading(void) {
  run.units = run.bytes = 0;
  run.resumed = connection_resumed();
  latency_clear();
  run.loading = true;
  run.since = loop_now();
  loop_alarm(ALARM_PHASE, in(run.seconds), stop_loading);
  if (load->begin) load->begin();
  if (!load->next) return;
  run.active = options.connections;
  for (uint32_t index = 0; index < options.connections; index++) client_next(&slots[index]);
}

static void all_ready(void) {
  loop_alarm(ALARM_PHASE, 0, NULL);
  if (run.seconds > 0) begin_loading();
  else printf("{\"event\":\"ready\",\"connections\":%u}\n", run.ready);
}

static void open_next(void) {
  while (run.opened < options.connections && slots[run.opened].channel) run.opened += 1;
  if (run.opened < options.connections) connection_open(&slots[run.opened++]);
}

/* Connections that are not there are made, at first all of them, but where each is a unit of work itself. */
static void open_missing(void) {
  run.opened = 0;
  if (load->closed || run.ready == options.connections) {
    all_ready();
    return;
  }
  loop_alarm(ALARM_PHASE, in(PATIENCE), stalled);
  for (int opening = 0; opening < OPENING; opening++) open_next();
}

void client_ready(struct slot *slot) {
  if (load->ready) load->ready(slot);
  if (load->closed) return;
  run.ready += 1;
  slot->ready = true;
  loop_alarm(ALARM_PHASE, in(PATIENCE), stalled);
  open_next();
  if (run.ready == options.connections) all_ready();
}

/* Where nothing is asked of a peer for a while it may close connections: they are made anew for the next turn. */
static bool may_close(const struct slot *slot) {
  return run.seconds == 0 && slot->ready && (load->next || load->begin);
}

void client_closed(struct slot *slot, const char *fault) {
  bool harmless = may_close(slot);
  if (slot->ready) run.ready -= 1;
  slot->ready = false;
  if (harmless) return;
  if (!load->closed || fault) client_fault(slot, fault ? fault : "connection ended");
  load->closed(slot);
}

static void obey(const char *order) {
  double seconds = strtod(order, NULL);
  if (!(seconds > 0) || run.seconds > 0) client_fault(NULL, "an order is a turn's seconds, after the turn before");
  run.seconds = seconds;
  open_missing();
}

/* A line is a turn's seconds; the end of input, that nothing is wanted any more. */
static void on_input(struct watched *watched, uint32_t ready) {
  (void)ready;
  static char order[32];
  static size_t length;
  ssize_t count = read(watched->fd, order + length, sizeof order - 1 - length);
  if (count <= 0) _exit(0);
  length += (size_t)count;
  order[length] = 0;
  if (!strchr(order, '\n')) return;
  length = 0;
  obey(order);
}

static const struct load_case *find(const char *name) {
  for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
    if (strcmp(cases[index]->name, name) == 0) return cases[index];
  }
  fprintf(stderr, "no such case: %s\n", name);
  exit(2);
}

int client_run(void) {
  static struct watched input = {.fd = STDIN_FILENO, .ready = on_input};
  load = find(options.name);
  heads_read(options.heads);
  connection_setup(load);
  slots = calloc(options.connections, sizeof *slots);
  if (!slots) abort();
  for (uint32_t index = 0; index < options.connections; index++) slots[index].index = index;
  pace_set(options.most);
  loop_add(&input, EPOLLIN);
  open_missing();
  loop_run();
  return 0;
}
