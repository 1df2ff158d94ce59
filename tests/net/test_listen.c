/* SPDX-License-Identifier: MIT */
/* Listening, in all that can be chosen: families, modes, options, sockets of somebody else's. */
#include "scene.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char *temp_path(char path[64])
{
    snprintf(path, 64, "/tmp/ouro-listen-%ld", (long)getpid());
    unlink(path);
    return path;
}

/* "HOST:PORT" with the port of the listener. */
static const char *at_port_of(const struct ouro_listener *listener, const char *host)
{
    static char text[OURO_ADDRESS_BYTES];
    snprintf(text, sizeof text, "%s%s", host, strrchr(ouro_listener_address(listener), ':'));
    return text;
}

/* Who comes in under that host is seen as `peer`. */
static void expect_peer(struct ouro_listener *listener, const char *host, const char *peer)
{
    struct ouro_stream *ends[2];
    char text[OURO_ADDRESS_BYTES];
    ck_assert_int_eq(ouro_connect(at_port_of(listener, host), SOON, &ends[0]), 0);
    ck_assert_int_eq(ouro_accept(listener, SOON, &ends[1]), 0);
    ck_assert_int_eq(ouro_stream_peer(ends[1], true, text), 0);
    ck_assert_str_eq(text, peer);
    ouro_stream_close(ends[0]);
    ouro_stream_close(ends[1]);
}

static bool has_ipv6(void)
{
    struct ouro_listener *listener = NULL;
    bool has = ouro_listen("[::1]:0", NULL, &listener) == 0;
    ouro_listener_close(listener);
    return has;
}

/* --- families --------------------------------------------------------------------------------- */

REAL_TEST(a_star_is_everybody)
{
    struct ouro_listener *listener;
    ck_assert_int_eq(ouro_listen("*:0", NULL, &listener), 0);
    expect_peer(listener, "127.0.0.1", "127.0.0.1"); /* and not ::ffff:127.0.0.1 */
    if (has_ipv6())
        expect_peer(listener, "[::1]", "::1");
    ouro_listener_close(listener);
    return 0;
}

REAL_TEST(ipv6_alone_leaves_the_port_to_ipv4)
{
    struct ouro_listener *six, *four;
    if (!has_ipv6())
        return 0;
    ck_assert_int_eq(ouro_listen("[::]:0", NULL, &six), 0);
    ck_assert_int_eq(ouro_listen(at_port_of(six, "0.0.0.0"), NULL, &four), 0);
    expect_peer(six, "[::1]", "::1");
    expect_peer(four, "127.0.0.1", "127.0.0.1");
    ouro_listener_close(six);
    ouro_listener_close(four);
    return 0;
}

/* --- UNIX sockets ----------------------------------------------------------------------------- */

static unsigned mode_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 07777;
}

REAL_TEST(a_unix_socket_has_the_mode_that_was_asked_for)
{
    char path[64], address[80];
    struct ouro_listener *listener;
    struct ouro_listen_options options = {.mode = 0660};
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    mode_t before = umask(0077);
    ck_assert_int_eq(ouro_listen(address, &options, &listener), 0);
    ck_assert_uint_eq(mode_of(path), 0660);
    ouro_listener_close(listener);
    ck_assert_int_eq(ouro_listen(address, NULL, &listener), 0);
    ck_assert_uint_eq(mode_of(path), 0700);
    ouro_listener_close(listener);
    umask(before);
    return 0;
}

/* Two servers, of which the second has taken the place of the first: what stands there now is not
 * the first one's to remove. */
REAL_TEST(a_file_that_another_server_has_put_there_stays)
{
    char path[64], address[80];
    struct ouro_listener *first, *second;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    ck_assert_int_eq(ouro_listen(address, NULL, &first), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(ouro_listen(address, NULL, &second), 0);
    ouro_listener_close(first);
    ck_assert_int_eq(access(path, F_OK), 0);
    ouro_listener_close(second);
    ck_assert_int_lt(access(path, F_OK), 0);
    return 0;
}

REAL_TEST(a_unix_socket_in_use_is_left_alone)
{
    char path[64], address[80];
    struct ouro_listener *first, *second = NULL;
    snprintf(address, sizeof address, "unix:%s", temp_path(path));
    ck_assert_int_eq(ouro_listen(address, NULL, &first), 0);
    ck_assert_int_eq(ouro_listen(address, NULL, &second), -EADDRINUSE);
    ck_assert_ptr_null(second);
    ck_assert_int_eq(access(path, F_OK), 0);
    ouro_listener_close(first);
    return 0;
}

/* --- options ---------------------------------------------------------------------------------- */

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static int raw_connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* What the listener was told, its connections have. */
REAL_TEST(connections_inherit_what_their_listener_was_told)
{
    struct ouro_listener *listener;
    struct ouro_listen_options options = {.unacked_ns_max = OURO_MS(1500),
                                          .keepalive_ns = OURO_SEC(30)};
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", &options, &listener), 0);
    int client = raw_connect_to(ouro_listener_address(listener));
    int listening = ouro_listener_release(listener);
    int fd = accept(listening, NULL, NULL);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
    ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 30);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 10);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
    close(fd);
    close(listening);
    close(client);
    return 0;
}

/* What is longer than the system can count is as long as it can. */
REAL_TEST(patience_may_be_endless)
{
    struct ouro_listener *listener;
    struct ouro_listen_options options = {.unacked_ns_max = OURO_FOREVER,
                                          .keepalive_ns = OURO_FOREVER};
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", &options, &listener), 0);
    int fd = ouro_listener_release(listener);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), INT32_MAX);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 32767);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 32767);
    close(fd);
    return 0;
}

REAL_TEST(without_options_the_system_decides)
{
    struct ouro_listener *listener;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    int client = raw_connect_to(ouro_listener_address(listener));
    int listening = ouro_listener_release(listener);
    int fd = accept(listening, NULL, NULL);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    ck_assert_int_eq(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
    ck_assert_int_eq(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    close(fd);
    close(listening);
    close(client);
    return 0;
}

/* --- sockets of somebody else's --------------------------------------------------------------- */

REAL_TEST(a_descriptor_that_listens_is_an_address)
{
    struct ouro_listener *listener;
    char address[32];
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    int fd = ouro_listener_release(listener);
    snprintf(address, sizeof address, "fd:%d", fd);
    ck_assert_int_eq(ouro_listen(address, NULL, &listener), 0);
    expect_peer(listener, "127.0.0.1", "127.0.0.1");
    ouro_listener_close(listener);
    return 0;
}

REAL_TEST(what_is_no_descriptor_that_listens)
{
    static const char *const addresses[] = {"fd:",   "fd:x",           "fd:-1",
                                            "fd:3x", "fd:99999999999", "fd"};
    struct ouro_listener *listener = NULL;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        ck_assert_int_eq(ouro_listen(addresses[i], NULL, &listener), -EINVAL);
    ck_assert_int_eq(ouro_listen("fd:987654", NULL, &listener), -EBADF);
    ck_assert_ptr_null(listener);
    return 0;
}
