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
  bool loading, measuring;
  uint32_t opened, ready;
  uint64_t units, bytes, resumed, since;
} run;

static void stalled(void) { client_fault(NULL, "no progress"); }

static uint64_t in(double seconds) { return loop_now() + (uint64_t)(seconds * SECOND); }

void client_count(uint64_t units, uint64_t bytes) {
  run.units += units;
  run.bytes += bytes;
}

bool client_measuring(void) { return run.measuring; }

void client_fault(const struct slot *slot, const char *fault) {
  printf("{\"event\":\"fault\",\"connection\":%d,\"fault\":\"%.*s\"}\n", slot ? (int)slot->index : -1,
         (int)strcspn(fault, "\r\n\""), fault);
  fflush(stdout);
  _exit(1);
}

static void end_measuring(void) {
  double seconds = (double)(loop_now() - run.since) / SECOND;
  run.measuring = false;
  printf("{\"event\":\"end\",\"seconds\":%.6f,\"units\":%lu,\"bytes\":%lu,\"resumed\":%lu", seconds, run.units,
         run.bytes, connection_resumed() - run.resumed);
  latency_print();
  printf("}\n");
  loop_stop();
}

static void begin_measuring(void) {
  run.units = run.bytes = 0;
  run.resumed = connection_resumed();
  latency_clear();
  run.measuring = true;
  run.since = loop_now();
  printf("{\"event\":\"begin\"}\n");
  loop_alarm(ALARM_PHASE, in(options.seconds), end_measuring);
}

static void all_ready(void) {
  printf("{\"event\":\"ready\",\"connections\":%u}\n", run.ready);
  run.loading = true;
  pace_set(options.most);
  if (load->begin) load->begin();
  loop_alarm(ALARM_PHASE, in(options.warmup), begin_measuring);
}

static void open_next(void) {
  if (run.opened < options.connections) connection_open(&slots[run.opened++]);
}

void client_ready(struct slot *slot) {
  slot->ready = true;
  if (load->ready) load->ready(slot);
  if (run.loading) return;
  run.ready += 1;
  loop_alarm(ALARM_PHASE, in(PATIENCE), stalled);
  open_next();
  if (run.ready == options.connections) all_ready();
}

void client_closed(struct slot *slot) {
  if (load->closed) load->closed(slot);
  else client_fault(slot, "connection ended");
}

/* The caller tells by closing standard input that nothing is wanted any more. */
static void on_input(struct watched *watched, uint32_t ready) {
  (void)ready;
  char byte;
  if (read(watched->fd, &byte, 1) <= 0) _exit(0);
}

/* Connections are held, and nothing more is asked of the peer, while the caller reads what it cost. */
static void wait_for_end_of_input(void) {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
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
  loop_add(&input, EPOLLIN);
  loop_alarm(ALARM_PHASE, in(PATIENCE), stalled);
  for (int opening = 0; opening < OPENING; opening++) open_next();
  loop_run();
  wait_for_end_of_input();
  return 0;
}
