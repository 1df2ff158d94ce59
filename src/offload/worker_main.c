/* SPDX-License-Identifier: MIT */
/* The worker's side: the program, started once more, finds out what it is. */
#include "offload/worker.h"
#include "offload/worker_frame.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 4096

const struct ouro_worker_job *ouro__worker_jobs;

struct ouro_channel {
    int fd;
    struct ouro_buf in; /* the beginning of the next message */
};

/* --- the channel, blocking -------------------------------------------------------------------- */

/* 0: there is something to read, or the end. */
static int wait_readable(int fd, int64_t deadline)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t ns = deadline == OURO_FOREVER ? 0 : deadline - ouro_now();
        struct timespec rest = {.tv_sec = ns / OURO_SEC(1), .tv_nsec = ns % OURO_SEC(1)};
        if (ns < 0)
            rest = (struct timespec){0};
        int count = ppoll(&poll_fd, 1, deadline == OURO_FOREVER ? NULL : &rest, NULL);
        if (count > 0)
            return 0;
        if (count == 0)
            return -ETIMEDOUT;
        if (errno != EINTR)
            return -errno;
    }
}

static int read_more(struct ouro_channel *channel, size_t missing, int64_t deadline)
{
    size_t wanted = missing > READ_BYTES ? missing : READ_BYTES;
    char *room = ouro_buf_reserve(&channel->in, wanted);
    channel->in.failed = false;
    int rc = room ? wait_readable(channel->fd, deadline) : -ENOMEM;
    if (rc < 0)
        return rc;
    ssize_t got = recv(channel->fd, room, wanted, 0);
    if (got < 0)
        return errno == EINTR ? 0 : -OURO_ECLOSED;
    channel->in.len += (size_t)got;
    return got == 0 ? -OURO_ECLOSED : 0;
}

int ouro_channel_read(struct ouro_channel *channel, int64_t deadline, struct ouro_buf *ret_message)
{
    int missing, rc = 0;
    while (rc == 0 && (missing = ouro__frame_missing(&channel->in)) > 0)
        rc = read_more(channel, (size_t)missing, deadline);
    if (rc < 0)
        return rc;
    ouro_assert(missing == 0); /* it comes from our own program */
    return ouro__frame_take(&channel->in, ret_message);
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = send(fd, data, len, MSG_NOSIGNAL);
        if (put < 0 && errno != EINTR)
            return -OURO_ECLOSED;
        data += put > 0 ? put : 0;
        len -= put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static int write_parts(struct ouro_channel *channel, const void *first, size_t first_bytes,
                       const void *second, size_t second_bytes)
{
    struct ouro_buf out = {0};
    int rc = ouro__frame_put(&out, first, first_bytes, second, second_bytes);
    if (rc == 0)
        rc = write_all(channel->fd, out.data, out.len);
    ouro_buf_done(&out);
    return rc;
}

int ouro_channel_write(struct ouro_channel *channel, const void *data, size_t len)
{
    return write_parts(channel, NULL, 0, data, len);
}

/* --- calls: an index into the table and the input come in, the status and the answer go out --- */

static int serve_call(struct ouro_channel *channel, const struct ouro_buf *request)
{
    uint32_t index;
    struct ouro_buf answer = {0};
    memcpy(&index, request->data, sizeof index);
    int32_t status = ouro__worker_jobs[index].call(request->data + sizeof index,
                                                   request->len - sizeof index, &answer);
    if (ouro_buf_failed(&answer))
        status = -ENOMEM;
    int rc = write_parts(channel, &status, sizeof status, answer.data, status < 0 ? 0 : answer.len);
    if (rc == -EMSGSIZE || rc == -ENOMEM)
        rc = write_parts(channel, &(int32_t){rc}, sizeof status, NULL, 0);
    ouro_buf_done(&answer);
    return rc;
}

/* First of all an empty message: from here on it has to do with calls, and not with starting. */
int ouro__worker_serve_calls(struct ouro_channel *channel)
{
    struct ouro_buf request = {0};
    int rc = ouro_channel_write(channel, NULL, 0);
    while (rc == 0) {
        rc = ouro_channel_read(channel, OURO_FOREVER, &request);
        if (rc == 0)
            rc = serve_call(channel, &request);
    }
    ouro_buf_done(&request);
    return rc == -OURO_ECLOSED ? 0 : rc;
}

/* --- what am I? ------------------------------------------------------------------------------- */

const struct ouro_worker_job *ouro__worker_job(const char *name)
{
    for (const struct ouro_worker_job *job = ouro__worker_jobs; job && job->name; job++) {
        if (strcmp(job->name, name) == 0)
            return job;
    }
    return NULL;
}

static int run_worker(const char *name)
{
    struct ouro_channel channel = {.fd = OURO__WORKER_CHANNEL_FD};
    static const struct ouro_worker_job calls = {OURO__WORKER_CALLS, NULL,
                                                 ouro__worker_serve_calls};
    const struct ouro_worker_job *job =
        strcmp(name, calls.name) == 0 ? &calls : ouro__worker_job(name);
    if (!job || !job->body || fcntl(channel.fd, F_SETFD, FD_CLOEXEC) < 0) {
        fprintf(stderr, "%s: %s is for the program's own use\n", program_invocation_short_name,
                OURO__WORKER_ARGUMENT);
        return EXIT_FAILURE;
    }
    int rc = job->body(&channel);
    ouro_buf_done(&channel.in);
    return rc < 0 ? EXIT_FAILURE : rc;
}

void ouro_workers_init(int argc, char **argv, const struct ouro_worker_job *jobs)
{
    ouro__worker_jobs = jobs;
    if (argc != 3 || strcmp(argv[1], OURO__WORKER_ARGUMENT) != 0)
        return;
    prctl(PR_SET_NAME, program_invocation_short_name); /* it was started as "exe" */
    exit(run_worker(argv[2]));
}
