/* The load generator, the controller's stand-in behind the measured peer, a clock of what each spends, and a waker. */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct options options = {.connections = 1, .size = 64, .rate = 1000};

static const struct option known[] = {
    {"cert", required_argument, NULL, 'c'},        {"key", required_argument, NULL, 'k'},
    {"port", required_argument, NULL, 'p'},        {"heads", required_argument, NULL, 'h'},
    {"connections", required_argument, NULL, 'n'}, {"size", required_argument, NULL, 'b'},
    {"rate", required_argument, NULL, 'r'},        {"most", required_argument, NULL, 'm'},
    {"resume", no_argument, NULL, 'R'},            {"plain", no_argument, NULL, 'P'},
    {NULL, 0, NULL, 0},
};

static uint32_t number(const char *text) { return (uint32_t)strtoul(text, NULL, 10); }

static void take(int option, const char *value) {
  switch (option) {
    case 'c': options.certificate = value; break;
    case 'k': options.key = value; break;
    case 'p': options.port = (uint16_t)number(value); break;
    case 'h': options.heads = value; break;
    case 'n': options.connections = number(value); break;
    case 'b': options.size = number(value); break;
    case 'r': options.rate = number(value); break;
    case 'm': options.most = strtod(value, NULL); break;
    case 'R': options.resume = true; break;
    case 'P': options.plain = true; break;
    default: exit(2);
  }
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) take(option, optarg);
  if (optind != count - 1) {
    fprintf(stderr, "usage: load backend|clock|awake|CASE --option value ...\n");
    return 2;
  }
  options.name = arguments[optind];
  if (strcmp(options.name, "backend") == 0) backend_run();
  else if (strcmp(options.name, "clock") == 0) clock_run();
  else if (strcmp(options.name, "awake") == 0) awake_run();
  else return client_run();
  return 0;
}
