/* SPDX-License-Identifier: MIT */
/* Two connections that each hear something every five seconds, and nobody polls: a task waits until
 * it has something to do, and costs nothing until then.
 *
 * The connections lie in memory here; the next examples have real ones. Prints what each receives;
 * three messages each, then they are closed. */
#include <ouro/net.h>

#include <stdio.h>

#define MESSAGES 3

struct connection {
    const char *name;
    int64_t first_after_ns; /* the two don't speak at the same time */
    struct ouro_stream *ends[2];
};

/* One end: says something every five seconds. */
static int speaker(void *arg)
{
    struct connection *connection = arg;
    int64_t pause_ns = connection->first_after_ns;
    int rc = 0;
    for (int i = 1; i <= MESSAGES && rc == 0; i++) {
        char line[64];
        int len = snprintf(line, sizeof line, "message %d", i);
        rc = ouro_sleep(pause_ns);
        if (rc == 0)
            rc = ouro_write(connection->ends[0], line, (size_t)len, OURO_FOREVER);
        pause_ns = OURO_SEC(5);
    }
    connection->ends[0] = ouro_stream_close(connection->ends[0]);
    return rc;
}

/* The other end: sleeps until something comes. */
static int listener(void *arg)
{
    struct connection *connection = arg;
    char line[64];
    int len;
    while ((len = ouro_read(connection->ends[1], line, sizeof line, OURO_FOREVER)) > 0) {
        printf("%s: %.*s\n", connection->name, len, line);
        fflush(stdout);
    }
    connection->ends[1] = ouro_stream_close(connection->ends[1]);
    return len;
}

static int run(void *arg)
{
    (void)arg;
    struct connection connections[] = {{"first", 0, {0}}, {"second", OURO_SEC(2), {0}}};
    struct ouro_group group;
    int rc = 0;
    ouro_group_open(&group, OURO_FOREVER);
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = ouro_stream_pair(connections[i].ends);
        if (rc == 0)
            rc = ouro_group_spawn(&group, listener, &connections[i], NULL, NULL);
        if (rc == 0)
            rc = ouro_group_spawn(&group, speaker, &connections[i], NULL, NULL);
    }
    int group_rc = ouro_group_close(&group);
    return rc < 0 ? rc : group_rc;
}

int main(void)
{
    return ouro_run(run, NULL) < 0;
}
