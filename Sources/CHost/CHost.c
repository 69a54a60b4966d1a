#include "CHost.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
bool gpt2_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl");
}
bool gpt2_has_avx2_fma(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool gpt2_has_avx512_bf16(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
}
bool gpt2_has_avx512_vnni(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
#else
bool gpt2_has_avx512(void) { return false; }
bool gpt2_has_avx2_fma(void) { return false; }
bool gpt2_has_avx512_bf16(void) { return false; }
bool gpt2_has_avx512_vnni(void) { return false; }
#endif

// More than a model has files.
#define MAPPINGS 4096

static struct {
  _Atomic uintptr_t start;  // 0: free, 1: being filled
  size_t size;
  char *line;
} mappings[MAPPINGS];

static struct sigaction earlier;
static int statusOfCutFile;
static atomic_flag isTold = ATOMIC_FLAG_INIT;

int gpt2_note_mapping(const void *start, size_t size, const char *line) {
  for (int slot = 0; slot < MAPPINGS; slot++) {
    uintptr_t expected = 0;
    if (!atomic_compare_exchange_strong(&mappings[slot].start, &expected, 1)) continue;
    mappings[slot].size = size;
    mappings[slot].line = strdup(line);
    atomic_store(&mappings[slot].start, (uintptr_t)start);
    return slot;
  }
  return -1;
}

void gpt2_forget_mapping(int slot) {
  if (slot < 0) return;
  char *line = mappings[slot].line;
  atomic_store(&mappings[slot].start, 0);
  free(line);
}

// Calls nothing but what may be called in a handler. The mapping that it finds cannot go: a thread is reading it.
static void on_bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  const bool isFault = info->si_code > 0;  // others were sent by somebody
  const uintptr_t address = (uintptr_t)info->si_addr;
  for (int slot = 0; isFault && slot < MAPPINGS; slot++) {
    const uintptr_t start = atomic_load(&mappings[slot].start);
    if (start <= 1 || address < start || address - start >= mappings[slot].size) continue;
    if (atomic_flag_test_and_set(&isTold))
      for (;;) pause();  // another thread ends the program
    const char *line = mappings[slot].line;
    if (line) (void)!write(STDERR_FILENO, line, strlen(line));  // where it cannot be said, the status says it
    _exit(statusOfCutFile);
  }
  // The fault comes again, and has its earlier effect.
  sigaction(number, &earlier, NULL);
  if (!isFault) raise(number);
}

void gpt2_watch_mappings(int status) {
  statusOfCutFile = status;
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &earlier);
}
