#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define BATCH 256
#define SECOND 1000000000ull

static int epoll_fd = -1;
static bool stopped;
static struct {
  uint64_t at;
  void (*rang)(void);
} alarms[ALARMS];

static void must(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(2);
}

static int descriptor(void) {
  if (epoll_fd < 0) {
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    must(epoll_fd, "epoll_create1");
    /* Paced load is sent when it is due, not when the kernel finds it convenient. */
    must(prctl(PR_SET_TIMERSLACK, 1), "prctl");
  }
  return epoll_fd;
}

uint64_t loop_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void control(int operation, struct watched *watched, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = watched};
  must(epoll_ctl(descriptor(), operation, watched->fd, &event), "epoll_ctl");
}

void loop_add(struct watched *watched, uint32_t events) { control(EPOLL_CTL_ADD, watched, events); }
void loop_change(struct watched *watched, uint32_t events) { control(EPOLL_CTL_MOD, watched, events); }
void loop_remove(struct watched *watched) { control(EPOLL_CTL_DEL, watched, 0); }

void loop_alarm(enum alarm which, uint64_t at, void (*rang)(void)) {
  alarms[which].at = at;
  alarms[which].rang = rang;
}

/* Nanoseconds to the next alarm; negative: there is none. */
static int64_t time_left(void) {
  uint64_t next = UINT64_MAX;
  for (int which = 0; which < ALARMS; which++) {
    if (alarms[which].rang && alarms[which].at < next) next = alarms[which].at;
  }
  if (next == UINT64_MAX) return -1;
  uint64_t now = loop_now();
  return next > now ? (int64_t)(next - now) : 0;
}

static int wait_for(struct epoll_event *events) {
  int64_t left = time_left();
  struct timespec limit = {.tv_sec = left / (int64_t)SECOND, .tv_nsec = left % (int64_t)SECOND};
  return epoll_pwait2(descriptor(), events, BATCH, left < 0 ? NULL : &limit, NULL);
}

static void ring(void) {
  for (int which = 0; which < ALARMS; which++) {
    void (*rang)(void) = alarms[which].rang;
    if (!rang || loop_now() < alarms[which].at) continue;
    alarms[which].rang = NULL;
    rang();
  }
}

void loop_run(void) {
  struct epoll_event events[BATCH];
  while (!stopped) {
    int count = wait_for(events);
    if (count < 0 && errno != EINTR) must(count, "epoll_pwait2");
    for (int index = 0; index < count; index++) {
      struct watched *watched = events[index].data.ptr;
      watched->ready(watched, events[index].events);
    }
    ring();
  }
}

void loop_stop(void) { stopped = true; }
