/* SPDX-License-Identifier: MIT */
/* The door and the system: real sockets, descriptors that run out, the back door. */
#include "scene.h"

#include "net/stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A connection for which a descriptor is there already. */
static struct ouro_stream *come_by(int fd, const char *address)
{
    struct ouro_stream *stream;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    ck_assert_int_eq(ouro__stream_of_fd(fd, &stream), 0);
    return stream;
}

/* A server that can't accept does not spin: it asks again ten times a second, and who waits is
 * served as soon as there is a descriptor. */
REAL_TEST(without_descriptors_the_door_waits)
{
    struct house house;
    struct rlimit before, low;
    house_open(&house, (struct ouro_server_options){.listen = "127.0.0.1:0"});
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int next = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = (rlim_t)next;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    uint64_t polls = ouro_loop_stats(ouro_loop_self()).polls;
    struct ouro_stream *stream = come_by(fd, ouro_server_address(house.server));
    say(stream, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    ck_assert_int_eq(ouro_sleep(OURO_MS(150)), 0); /* the door's pause, and a half */
    ck_assert_uint_eq(stats_of(&house).accepted, 0);
    ck_assert_uint_lt(ouro_loop_stats(ouro_loop_self()).polls - polls, 20);
    setrlimit(RLIMIT_NOFILE, &before);
    ck_assert_str_eq(expect_answer(stream, 200), "127.0.0.1");
    ouro_stream_close(stream);
    house_close(&house);
    return 0;
}

REAL_TEST(clients_of_both_families_have_their_own_addresses)
{
    struct house house;
    char address[OURO_ADDRESS_BYTES];
    static const char *const hosts[] = {"127.0.0.1", "[::1]"}, *const names[] = {"127.0.0.1",
                                                                                 "::1"};
    house_open(&house, (struct ouro_server_options){.listen = "*:0"});
    for (int i = 0; i < 2; i++) {
        struct ouro_stream *stream;
        snprintf(address, sizeof address, "%s%s", hosts[i],
                 strrchr(ouro_server_address(house.server), ':'));
        int rc = ouro_connect(address, SOON, &stream);
        if (i == 1 && rc < 0)
            continue; /* a machine without IPv6 */
        ck_assert_int_eq(rc, 0);
        ck_assert_str_eq(ask(stream, "", 200), names[i]);
        ck_assert_int_eq(strncmp(house.access, hosts[i], strlen(hosts[i])), 0);
        ouro_stream_close(stream);
    }
    house_close(&house);
    return 0;
}

/* A variable of the environment that was meant for another process means nothing to this one. */
REAL_TEST(sockets_of_another_process_are_not_ours)
{
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {.listen = "systemd", .handler = house_handle};
    char pid[32];
    snprintf(pid, sizeof pid, "%ld", (long)getppid());
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", pid, 1);
    ck_assert_int_eq(ouro_server_start(&options, &server), -ENOENT);
    setenv("LISTEN_PID", "x", 1);
    ck_assert_int_eq(ouro_server_start(&options, &server), -ENOENT);
    ck_assert_ptr_null(server);
    return 0;
}

/* --- the back door ---------------------------------------------------------------------------- */

struct state {
    bool ready;
    struct ouro_server *server;
};

static bool is_ready(void *ud)
{
    return ((struct state *)ud)->ready;
}

static void put_metrics(struct ouro_buf *out, void *ud)
{
    ouro_metrics_put_server(out, ((struct state *)ud)->server);
}

static const char *get(const char *address, const char *request, int status)
{
    static char body[16384];
    struct ouro_stream *stream = come_to(address);
    say(stream, request);
    snprintf(body, sizeof body, "%s", expect_answer(stream, status));
    ouro_stream_close(stream);
    return body;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

REAL_TEST(the_back_door_is_open_when_the_front_door_is_full)
{
    struct house house;
    struct ouro_admin *admin;
    house_open(&house, (struct ouro_server_options){.listen = "127.0.0.1:0", .connections_max = 1});
    struct state state = {true, house.server};
    struct ouro_admin_options options = {"127.0.0.1:0", is_ready, put_metrics, &state};
    ck_assert_int_eq(ouro_admin_start(&options, &admin), 0);
    const char *back = ouro_admin_address(admin);
    struct ouro_stream *stream = come_to(ouro_server_address(house.server));
    ask(stream, "", 200);
    get(ouro_server_address(house.server), GET("/"), 503);
    ck_assert_str_eq(get(back, GET("/healthz"), 200), "ok\n");
    state.ready = false;
    ck_assert_str_eq(get(back, GET("/healthz"), 503), "draining\n");
    const char *metrics = get(back, GET("/metrics"), 200);
    ck_assert_ptr_nonnull(strstr(metrics, "# TYPE ouro_loop_tasks gauge\nouro_loop_tasks "));
    ck_assert_ptr_nonnull(strstr(metrics, "\nouro_server_connections 1\n"));
    ck_assert_ptr_nonnull(strstr(metrics, "\nouro_server_refused_full_total 1\n"));
    get(back, GET("/"), 404);
    get(back, "POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 405);
    ouro_stream_close(stream);
    ck_assert_ptr_null(ouro_admin_stop(admin));
    ck_assert_ptr_null(ouro_admin_stop(NULL));
    house_close(&house);
    return 0;
}

REAL_TEST(a_value_as_prometheus_reads_it)
{
    struct ouro_buf out = {0};
    ouro_metrics_put(&out, "a_total", "counter", "How many.", 12345678901.0);
    ouro_metrics_put(&out, "b", "gauge", "How much.", 0.5);
    ouro_buf_putc(&out, '\0');
    ck_assert_str_eq(out.data, "# HELP a_total How many.\n# TYPE a_total counter\na_total "
                               "12345678901\n# HELP b How much.\n# TYPE b gauge\nb 0.5\n");
    ouro_buf_done(&out);
    return 0;
}
