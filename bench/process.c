/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

#define LOOK_AGAIN_NS (5 * BENCH_MS)
#define LOG_BYTES_MAX 65536

static const char ADDRESS[] = "http://127.0.0.1:";

/* The child's side, between fork and exec. */
static void become(char *const argv[], int core, int output, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1); /* the parent died before the line above: nobody would stop us */
    if (bench_pin(core) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(1);
    execv(argv[0], argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* The port in the log, 0 as long as the address line is not there or not whole. */
static int read_port(const char *log, uint16_t *ret)
{
    static char text[LOG_BYTES_MAX];
    FILE *in = fopen(log, "re");
    if (!in)
        return -errno;
    text[fread(text, 1, sizeof text - 1, in)] = 0;
    fclose(in);
    char *end = NULL;
    const char *address = strstr(text, ADDRESS);
    long port = address ? strtol(address + strlen(ADDRESS), &end, 10) : 0;
    *ret = end && *end ? (uint16_t)port : 0;
    return 0;
}

static int await_port(pid_t pid, const char *log, int64_t deadline_ns, uint16_t *ret)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_NS};
    for (;;) {
        siginfo_t ended = {0};
        int r = read_port(log, ret);
        if (r < 0 || *ret != 0)
            return r;
        if (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid)
            return -ECHILD;
        if (bench_now() >= deadline_ns)
            return -ETIMEDOUT;
        if (nanosleep(&pause, NULL) < 0)
            return -errno;
    }
}

int bench_process_start(char *const argv[], int core, const char *log, int64_t deadline_ns,
                        struct bench_process *ret)
{
    struct bench_process started = {0};
    pid_t parent = getpid();
    int output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0)
        return -errno;
    started.pid = fork();
    if (started.pid == 0)
        become(argv, core, output, parent);
    int r = started.pid < 0 ? -errno : 0;
    close(output);
    if (r < 0)
        return r;
    r = await_port(started.pid, log, deadline_ns, &started.port);
    if (r < 0)
        bench_process_stop(&started);
    else
        *ret = started;
    return r;
}

void bench_process_stop(struct bench_process *process)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_NS};
    int64_t patience_ends = bench_now() + BENCH_STOP_MS_MAX * BENCH_MS;
    if (process->pid <= 0)
        return;
    kill(process->pid, SIGTERM);
    while (waitpid(process->pid, NULL, WNOHANG) == 0) {
        if (bench_now() >= patience_ends)
            kill(process->pid, SIGKILL);
        nanosleep(&pause, NULL);
    }
    process->pid = 0;
}
