// Files and commands: what programs are built with.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"

// Writes a file that others see as a whole or not at all.
void write_file(const char *path, const char *text) {
  char own[600];
  snprintf(own, sizeof own, "%s.%d.%p", path, getpid(), (void *)text);
  FILE *file = fopen(own, "w");
  if (!file) return;
  fputs(text, file);
  fclose(file);
  rename(own, path);
}

// This library is not in front of the command.
char *output_of(char *const arguments[], int *status) {
  extern char **environ;
  int ends[2], count = 0;
  while (environ[count]) count++;
  char **environment = calloc(count + 1, sizeof *environment);
  for (int i = 0, kept = 0; i < count; i++)
    if (strncmp(environ[i], "LD_PRELOAD=", 11)) environment[kept++] = environ[i];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  *status = -1;
  if (pipe2(ends, O_CLOEXEC)) return strdup("no pipe");
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  pid_t child;
  int failed = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  free(environment);
  close(ends[1]);
  char *text = calloc(1, 65537);
  size_t size = 0;
  ssize_t n;
  while (!failed && size < 65536 && ((n = read(ends[0], text + size, 65536 - size)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0) size += n;
  close(ends[0]);
  if (!failed)
    while (waitpid(child, status, 0) < 0 && errno == EINTR) continue;
  else
    snprintf(text, 65536, "%s cannot be started", arguments[0]);
  return text;
}
