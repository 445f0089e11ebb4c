/* What processes have spent: to the nanosecond, threads that ended or run just now included, which no file in /proc tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"

/* Seconds of CPU of all threads of one process (clock_getcpuclockid(3)); of one that is gone 0. */
static double spent(pid_t pid) {
  clockid_t clock;
  struct timespec time;
  int fault = clock_getcpuclockid(pid, &clock);
  if (fault == 0 && clock_gettime(clock, &time) == 0) return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
  if (fault == ESRCH || errno == ESRCH || errno == EINVAL) return 0;
  perror("clock of a process");
  exit(2);
}

/* Process ids up to the end of their group; returns where that is. */
static char *print_group(char *at) {
  double sum = 0;
  char *end;
  for (long pid; pid = strtol(at, &end, 10), end != at; at = end) sum += spent((pid_t)pid);
  printf("%.9f", sum);
  return at;
}

void clock_run(void) {
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    printf("{\"event\":\"spent\",\"seconds\":[");
    for (char *at = print_group(line); *at == ';'; at = print_group(at + 1)) putchar(',');
    printf("]}\n");
  }
  free(line);
}
