/* SPDX-License-Identifier: MIT */
/* server: settings, and the front door with a guest in it. */
#include "torture.h"

#include <stdio.h>

/* --- settings -----------------------------------------------------------------------------------
 */

struct values {
    int64_t count, share_ppm, period_ns, idle_ns, bytes;
    const char *text, *address;
    struct ouro_setting_items items, networks, hosts;
    const char *addresses;
    bool on;
    unsigned mode;
};

#define ROW(flag, type, initial, least, most, member)            \
    {                                                            \
        flag, "X", type, initial, NULL, least, most, "of " flag, \
            OURO_SETTING_MEMBER(struct values, member)           \
    }

/* clang-format off */
static const struct ouro_setting rows[] = {
    ROW("count", &ouro_setting_integer, "3", "0", "9", count),
    ROW("share", &ouro_setting_share, "6%", "0%", "100%", share_ppm),
    ROW("rate", &ouro_setting_hertz, "10", "1", "100", period_ns),
    ROW("idle", &ouro_setting_duration, "1s", "0s", "9s", idle_ns),
    ROW("size", &ouro_setting_size, "64k", "1", "1m", bytes),
    ROW("text", &ouro_setting_text, "word", NULL, NULL, text),
    ROW("address", &ouro_setting_address, "*:80", NULL, NULL, address),
    ROW("items", &ouro_setting_list, "a,b", NULL, NULL, items),
    ROW("addresses", &ouro_setting_addresses, "*:80,systemd", NULL, NULL, addresses),
    ROW("networks", &ouro_setting_networks, "10.0.0.0/8,unix", NULL, NULL, networks),
    ROW("hosts", &ouro_setting_hosts, "a.test,[::1]", NULL, NULL, hosts),
    ROW("switch", &ouro_setting_switch, "on", NULL, NULL, on),
    ROW("mode", &ouro_setting_mode, "0660", NULL, NULL, mode),
    {0},
};
/* clang-format on */

static const struct ouro_setting_table tables[] = {{"All", rows, 0}, {0}};

/* Takes no memory but for the help. */
SCENARIO(server, settings)
{
    static const struct ouro_settings settings = {.program = "torture",
                                                  .version = "1",
                                                  .summary = "Is tortured.",
                                                  .environment = "TORTURE_TEST_",
                                                  .tables = tables};
    char *argv[] = {(char *)"torture", (char *)"--count=5", NULL}, *env[] = {(char *)"A=b", NULL};
    char fault[OURO_SETTINGS_FAULT_BYTES];
    struct values values;
    struct ouro_buf help = {0};
    expect(ouro_settings_load(&settings, argv, env, &values, fault) == 0 && values.count == 5);
    expect(strcmp(ouro_settings_variable(env, "A"), "b") == 0);
    ouro_settings_help(&settings, &help);
    expect(ouro_buf_failed(&help) ? fail_hit() : help.len > 100);
    ouro_buf_done(&help);
    int status = ouro_settings_tell(&settings, OURO_SETTINGS_HELP, fault);
    expect(status == 0 || fail_hit());
}

/* --- the front door -----------------------------------------------------------------------------
 */

static int answer(struct ouro_http *http, struct ouro_guest *guest, void *ud)
{
    char who[OURO_ADDRESS_BYTES];
    (void)ud;
    ouro_guest_unref(ouro_guest_ref(guest));
    expect(ouro_guest_address(guest, who) == 0 || fail_hit());
    expect(ouro_guest_household(guest) != 0);
    expect(ouro_guest_count_message(guest) == 0);
    expect(ouro_guest_count_call(guest, 0) == 0);
    return ouro_http_respond_text(http, 200, "welcome");
}

/* What is heard after those words, in static storage; "" if it went wrong. */
static const char *visit(const char *address, const char *words)
{
    static char heard[4096];
    struct ouro_stream *stream = NULL;
    int got = 0;
    heard[0] = '\0';
    if (!went(ouro_connect(address, SOON, &stream), -ENOMEM, -ETIMEDOUT, AS_THE_SYSTEM_SAYS))
        return heard;
    if (went(ouro_write(stream, words, strlen(words), SOON), -EPIPE, -ECONNRESET,
             AS_THE_SYSTEM_SAYS))
        got = ouro_read(stream, heard, sizeof heard - 1, SOON);
    heard[got > 0 ? got : 0] = '\0';
    expect(got > 0 || fail_hit());
    ouro_stream_close(stream);
    return heard;
}

#define REQUEST(path) "GET " path " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

static bool open_house(const struct ouro_server_options *options, struct ouro_server **ret_server)
{
    if (went(ouro_server_start(options, ret_server), -ENOMEM, -EADDRINUSE, AS_THE_SYSTEM_SAYS))
        return true;
    expect(!*ret_server);
    return false;
}

/* Whatever happens to one guest, the next finds the door open; who comes while it drains is told.
 */
static int open_door(void *arg)
{
    (void)arg;
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {.listen = "127.0.0.1:0,127.0.0.1:0", .handler = answer};
    expect(ouro_server_allow_connections(10) >= 10 || fail_hit());
    if (!open_house(&options, &server))
        return 0;
    visit(ouro_server_address(server), REQUEST("/"));
    visit(ouro_server_address_at(server, 1), REQUEST("/"));
    expect(ouro_server_stats(server).accepted == 2 || fail_hit());
    ouro_server_drain(server);
    expect(ouro_server_is_draining(server));
    expect(strstr(visit(ouro_server_address(server), REQUEST("/")), " 503 ") || fail_hit());
    expect(ouro_server_stop(server) == NULL);
    return 0;
}

SCENARIO(server, door)
{
    in_loop(open_door);
}

/* Whoever was turned away or not introduced, the door stays open. */
static int open_door_to_proxies(void *arg)
{
    static const char *const proxies[] = {"127.0.0.0/8", NULL};
    (void)arg;
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {.listen = "127.0.0.1:0",
                                          .handler = answer,
                                          .trusted_proxies = proxies,
                                          .proxy_header = OURO_PROXY_PROTOCOL,
                                          .arrivals_per_second_max = 1};
    static const char introduced[] = "PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n" REQUEST("/");
    if (!open_house(&options, &server))
        return 0;
    expect(strstr(visit(ouro_server_address(server), introduced), " 200 ") || fail_hit());
    expect(strstr(visit(ouro_server_address(server), introduced), " 429 ") || fail_hit());
    expect(ouro_server_stop(server) == NULL);
    return 0;
}

SCENARIO(server, proxies)
{
    in_loop(open_door_to_proxies);
}

/* --- the back door ------------------------------------------------------------------------------
 */

static bool is_ready(void *ud)
{
    (void)ud;
    return true;
}

static int empty_room(struct ouro_room *room, void *ud)
{
    struct ouro_input input;
    (void)ud;
    return ouro_room_next(room, OURO_FOREVER, &input);
}

struct seen {
    struct ouro_server *server;
    struct ouro_room *room;
};

static void put_metrics(struct ouro_buf *out, void *ud)
{
    const struct seen *seen = ud;
    ouro_metrics_put(out, "torture_total", "counter", "How often.", 1);
    ouro_metrics_put_loop(out, ouro_loop_self());
    ouro_metrics_put_server(out, seen->server);
    ouro_metrics_put_room(out, seen->room);
}

static void look_in(struct seen *seen)
{
    struct ouro_admin *admin = NULL;
    struct ouro_admin_options options = {"127.0.0.1:0", is_ready, put_metrics, seen};
    if (!went(ouro_admin_start(&options, &admin), -ENOMEM, -EADDRINUSE, AS_THE_SYSTEM_SAYS)) {
        expect(!admin);
        return;
    }
    visit(ouro_admin_address(admin), REQUEST("/healthz"));
    visit(ouro_admin_address(admin), REQUEST("/metrics"));
    expect(ouro_admin_stop(admin) == NULL);
}

static int open_back_door(void *arg)
{
    (void)arg;
    struct seen seen = {NULL, NULL};
    struct ouro_server_options options = {.listen = "127.0.0.1:0", .handler = answer};
    if (!open_house(&options, &seen.server))
        return 0;
    if (went(ouro_room_start(&(struct ouro_room_options){0}, empty_room, NULL, &seen.room),
             -ENOMEM))
        look_in(&seen);
    ouro_room_stop(seen.room);
    ouro_server_stop(seen.server);
    return 0;
}

SCENARIO(server, back_door)
{
    in_loop(open_back_door);
}
