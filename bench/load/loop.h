#ifndef LOOP_H
#define LOOP_H
#include <stdbool.h>
#include <stdint.h>

/* Somebody with a file descriptor. Embedded first in what owns it. */
struct watched {
  int fd;
  void (*ready)(struct watched *self, uint32_t events);
};

/* Monotonic nanoseconds. */
uint64_t loop_now(void);

/* Starts to look at `watched` for `events` (EPOLLIN, EPOLLOUT); ends the process where that fails. */
void loop_add(struct watched *watched, uint32_t events);
void loop_change(struct watched *watched, uint32_t events);
void loop_remove(struct watched *watched);

/* The run's phases, the pace of paced load, and whose turn it is: nothing else is timed. */
enum alarm { ALARM_PHASE, ALARM_PACE, ALARM_TURN, ALARMS };

/* Calls `rang` once at or after `at`; setting an alarm again replaces it. */
void loop_alarm(enum alarm which, uint64_t at, void (*rang)(void));

/* Runs until `loop_stop`. */
void loop_run(void);
void loop_stop(void);

#endif
