/* SPDX-License-Identifier: MIT */
/* server: settings, and the front door with a guest in it. */
#include "torture.h"

#include <stdio.h>

/* --- settings -----------------------------------------------------------------------------------
 */

struct values {
    int64_t count, share_ppm, period_ns, idle_ns, bytes;
    const char *text, *address;
    struct ouro_setting_items items;
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
    {0},
};
/* clang-format on */

static const struct ouro_setting_table tables[] = {{"All", rows, 0}, {0}};

/* Takes no memory but for the help. */
SCENARIO(server, settings)
{
    static const struct ouro_settings settings = {"torture", "1", "Is tortured.", "TORTURE_TEST_",
                                                  tables};
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
    (void)ud;
    ouro_guest_unref(ouro_guest_ref(guest));
    return ouro_http_respond_text(http, 200, "welcome");
}

static void visit(const char *address)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    struct ouro_stream *stream = NULL;
    char heard[1024];
    int got = 0;
    if (!went(ouro_connect(address, SOON, &stream), -ENOMEM, -ETIMEDOUT, AS_THE_SYSTEM_SAYS))
        return;
    if (went(ouro_write(stream, request, strlen(request), SOON), -EPIPE, -ECONNRESET,
             AS_THE_SYSTEM_SAYS))
        got = ouro_read(stream, heard, sizeof heard, SOON);
    expect(got > 0 || fail_hit());
    ouro_stream_close(stream);
}

/* Whatever happens to one guest, the next finds the door open. */
static int open_door(void *arg)
{
    (void)arg;
    struct ouro_server *server = NULL;
    struct ouro_server_options options = {.listen = "127.0.0.1:0", .handler = answer};
    expect(ouro_server_allow_connections(10) >= 10 || fail_hit());
    if (!went(ouro_server_start(&options, &server), -ENOMEM, -EADDRINUSE, AS_THE_SYSTEM_SAYS)) {
        expect(!server);
        return 0;
    }
    visit(ouro_server_address(server));
    visit(ouro_server_address(server));
    expect(ouro_server_stats(server).accepted == 2 || fail_hit());
    expect(ouro_server_stop(server) == NULL);
    return 0;
}

SCENARIO(server, door)
{
    in_loop(open_door);
}
