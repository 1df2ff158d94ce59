/* SPDX-License-Identifier: MIT */
/* Our side of a worker: its process, and the channel, a socket on which messages go both ways.
 *
 *     send --> `out`, bounded --> socket --> worker
 *     receive <-- `in`, one message <-- socket <-- worker
 *
 * A message is in `out` as a whole or not at all, whatever is cancelled. Nothing is read before
 * somebody wants it: a worker that writes more than we take has to wait. */
#include "offload/worker.h"
#include "net/stream.h"
#include "offload/worker_frame.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Read at a time: small messages in a row cost one system call. */
#define READ_BYTES 4096

struct ouro_worker {
    struct ouro_process *process;
    struct ouro_stream *stream; /* NULL: nothing can be sent any more, nor will come */
    bool receiving; /* a task is inside: freed under it, the worker is freed when it has left */
    struct ouro_buf in, out;
    struct ouro_link receivers;
    struct ouro_link senders; /* slot: a struct sending, put by who makes room */
};

struct sending {
    const void *first;
    size_t first_bytes;
    const void *second;
    size_t second_bytes;
};

/* If it has been freed, and nobody is inside. */
static void release(struct ouro_worker *worker)
{
    if (worker->process || worker->receiving)
        return;
    ouro_buf_done(&worker->in);
    ouro_buf_done(&worker->out);
    free(worker);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* What is written to a worker that has ended is lost; receiving tells of its end. */
static void flush(struct ouro_worker *worker)
{
    int rc = 0;
    size_t sent = 0;
    while (rc >= 0 && sent < worker->out.len) {
        rc = ouro_stream_try_write(worker->stream, worker->out.data + sent, worker->out.len - sent);
        sent += rc > 0 ? (size_t)rc : 0;
    }
    ouro__frame_drop(&worker->out, rc < 0 && rc != -EAGAIN ? worker->out.len : sent);
}

static bool has_room(const struct ouro_worker *worker, const struct sending *message)
{
    size_t bytes = message->first_bytes + message->second_bytes;
    return worker->out.len == 0 || worker->out.len + bytes <= OURO_WORKER_QUEUE_BYTES;
}

static int put(struct ouro_worker *worker, const struct sending *message)
{
    int rc = ouro__frame_put(&worker->out, message->first, message->first_bytes, message->second,
                             message->second_bytes);
    flush(worker);
    return rc;
}

/* There may be room again, for who has waited longest; nobody overtakes. */
static void put_for_senders(struct ouro_worker *worker)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&worker->senders))) {
        struct ouro__waiter *waiter = ouro__waiter_of(link);
        if (!has_room(worker, waiter->slot))
            return;
        ouro__wake(waiter, put(worker, waiter->slot));
    }
}

int ouro__worker_send(struct ouro_worker *worker, const void *first, size_t first_bytes,
                      const void *second, size_t second_bytes, int64_t deadline)
{
    struct sending message = {first, first_bytes, second, second_bytes};
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (worker->process->ended)
        return -OURO_ECLOSED;
    if (!ouro__frame_fits(first_bytes, second_bytes)) /* there is nothing to wait for */
        return -EMSGSIZE;
    if (ouro_list_empty(&worker->senders) && has_room(worker, &message))
        return put(worker, &message);
    return ouro__wait(&worker->senders, &message, deadline, "room in the queue of a worker");
}

int ouro_worker_send(struct ouro_worker *worker, const void *data, size_t len, int64_t deadline)
{
    return ouro__worker_send(worker, NULL, 0, data, len, deadline);
}

/* --- receiving -------------------------------------------------------------------------------- */

/* Read on. The count; -OURO_ECLOSED: its end; -EAGAIN. */
static int read_more(struct ouro_worker *worker, size_t missing)
{
    size_t wanted = missing > READ_BYTES ? missing : READ_BYTES;
    char *room = ouro_buf_reserve(&worker->in, wanted);
    worker->in.failed = false;
    if (!room)
        return -ENOMEM;
    int rc = ouro_stream_try_read(worker->stream, room, wanted);
    if (rc > 0)
        worker->in.len += (size_t)rc;
    return rc == 0 || rc == -ECONNRESET ? -OURO_ECLOSED : rc;
}

static int wait_for_more(struct ouro_worker *worker, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc == 0)
        rc = ouro__wait(&worker->receivers, NULL, deadline, "message of a worker");
    return worker->stream ? rc : -OURO_ECLOSED;
}

static int receive(struct ouro_worker *worker, int64_t deadline, struct ouro_buf *ret_message)
{
    int missing = ouro__frame_missing(&worker->in), rc = ouro__checkpoint();
    while (rc >= 0 && missing > 0) {
        rc = read_more(worker, (size_t)missing);
        missing = ouro__frame_missing(&worker->in);
        if (rc == -EAGAIN)
            rc = wait_for_more(worker, deadline);
    }
    if (rc < 0)
        return rc;
    return missing < 0 ? -OURO_EMALFORMED : ouro__frame_take(&worker->in, ret_message);
}

int ouro_worker_receive(struct ouro_worker *worker, int64_t deadline, struct ouro_buf *ret_message)
{
    if (worker->receiving)
        return -EBUSY;
    worker->receiving = true;
    int rc = receive(worker, deadline, ret_message);
    worker->receiving = false;
    release(worker);
    return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_edge(struct ouro_stream *stream, unsigned edges, void *ud)
{
    struct ouro_worker *worker = ud;
    (void)stream;
    if (edges & OURO_EDGE_WRITE) {
        flush(worker);
        put_for_senders(worker);
    }
    if (edges & OURO_EDGE_READ)
        ouro__wake_all(&worker->receivers, 0);
}

/* Our end as a stream, the worker's as a descriptor. */
static int open_channel(struct ouro_worker *worker)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int rc = ouro__stream_of_fd(ends[0], &worker->stream);
    if (rc < 0) {
        close(ends[0]);
        close(ends[1]);
        return rc;
    }
    ouro_stream_watch(worker->stream, on_edge, worker);
    return ends[1];
}

static int launch(struct ouro_worker *worker, const char *name, int null, int channel)
{
    const char *argv[] = {program_invocation_name, OURO__WORKER_ARGUMENT, name, NULL};
    struct ouro__launch launch = {
        .path = OURO__SELF,
        .argv = argv,
        .fd_count = OURO__WORKER_CHANNEL_FD + 1,
        .fds = {null, STDOUT_FILENO, STDERR_FILENO, channel},
        .ignores_group_signals = true,
    };
    return ouro__process_start(&launch, &worker->process);
}

static int start_process(struct ouro_worker *worker, const char *name)
{
    int channel = open_channel(worker);
    if (channel < 0)
        return channel;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int rc = null < 0 ? -errno : launch(worker, name, null, channel);
    if (null >= 0)
        close(null);
    close(channel);
    return rc;
}

int ouro__worker_start(const char *name, void (*on_end)(struct ouro_process *process, void *ud),
                       void *ud, struct ouro_worker **ret_worker)
{
    if (ouro__loop_is_simulated(ouro_loop_self()))
        return -ENOTSUP;
    struct ouro_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -ENOMEM;
    ouro_list_init(&worker->receivers);
    ouro_list_init(&worker->senders);
    int rc = start_process(worker, name);
    if (rc < 0) {
        ouro_stream_close(worker->stream);
        free(worker);
        return rc;
    }
    worker->process->on_end = on_end; /* NOLINT: it has been launched */
    worker->process->ud = ud;
    *ret_worker = worker;
    return 0;
}

int ouro_worker_start(const char *name, struct ouro_worker **ret_worker)
{
    const struct ouro_worker_job *job = ouro__worker_job(name);
    if (!job || !job->body)
        return -EINVAL;
    return ouro__worker_start(name, NULL, NULL, ret_worker);
}

struct ouro_process *ouro_worker_process(struct ouro_worker *worker)
{
    return worker->process;
}

static void close_channel(struct ouro_worker *worker)
{
    worker->stream = ouro_stream_close(worker->stream);
    ouro__wake_all(&worker->receivers, -OURO_ECLOSED);
    ouro__wake_all(&worker->senders, -OURO_ECLOSED);
}

struct ouro_worker *ouro_worker_free(struct ouro_worker *worker, int64_t deadline)
{
    if (!worker)
        return NULL;
    close_channel(worker);
    ouro_process_wait(worker->process, deadline, NULL); /* if not by then, freeing kills it */
    worker->process = ouro_process_free(worker->process);
    release(worker);
    return NULL;
}
