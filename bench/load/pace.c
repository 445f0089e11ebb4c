#include "pace.h"

#include <stddef.h>
#include <stdint.h>

#include "loop.h"

#define SECOND 1e9

static uint64_t interval;
/* When the next turn may begin. */
static uint64_t due;
static struct paced *first;
static struct paced **last = &first;

void pace_set(double most) { interval = most > 0 ? (uint64_t)(SECOND / most) : 0; }

/* Time in which nobody asked is lost: nothing is made up for by doing more at once. */
static void begin(struct paced *one, uint64_t now) {
  due = (due + interval > now ? due : now) + interval;
  one->begin(one);
}

static void next(void) {
  uint64_t now = loop_now();
  while (first && due <= now) {
    struct paced *one = first;
    first = one->next;
    if (!first) last = &first;
    begin(one, now);
  }
  if (first) loop_alarm(ALARM_TURN, due, next);
}

bool pace_turn(struct paced *one) {
  uint64_t now = interval > 0 ? loop_now() : 0;
  if (interval == 0 || (!first && due <= now)) {
    begin(one, now);
    return true;
  }
  one->next = NULL;
  *last = one;
  last = &one->next;
  if (first == one) loop_alarm(ALARM_TURN, due, next);
  return false;
}

void pace_leave(struct paced *one) {
  struct paced **at = &first;
  while (*at && *at != one) at = &(*at)->next;
  if (!*at) return;
  *at = one->next;
  if (!*at) last = at;
}
