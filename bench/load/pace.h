#ifndef PACE_H
#define PACE_H
#include <stdbool.h>

/* Something that may have to wait for its turn. Embedded first in what owns it. */
struct paced {
  struct paced *next;
  void (*begin)(struct paced *self);
};

/* From now on turns begin so many times a second at most; 0: whenever they are asked for. */
void pace_set(double most);

/* Calls `begin` when it is this one's turn; true: it was at once. One that waits already must not ask again. */
bool pace_turn(struct paced *one);

/* Waits no longer; harmless for one that does not wait. */
void pace_leave(struct paced *one);

#endif
