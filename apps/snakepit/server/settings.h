/* SPDX-License-Identifier: MIT */
/* What an operator can tell Snakepit: by flags, by SNAKEPIT_ variables. docs/settings.md has them
 * all; this is what they become. */
#ifndef SNAKEPIT_SETTINGS_H
#define SNAKEPIT_SETTINGS_H

#include "rules/arena.h"
#include "rules/classic.h"

#include <ouro/server.h>

#define SNAKEPIT_CONNECTIONS_MAX 1000000
#define SNAKEPIT_DATA_BYTES_MAX  4000 /* of the folder's path: a file's name has to go behind it */

/* Pages of which origins may connect, as ouro_ws_options wants it. */
struct snakepit_origins {
    const char *const *items; /* into `list`; NULL: those of the host that was asked */
    struct ouro_setting_items list;
};

/* Names of files, pairwise; none: no TLS. */
struct snakepit_tls {
    struct ouro_setting_items certificates, keys;
    enum ouro_tls_version version_min;
    uint32_t handshakes_max, handshakes_per_address_max;
};

/* Of the arena, where all play in one world. */
struct snakepit_arena {
    uint32_t side; /* of the world, in cells */
    int64_t tick_ns;
    uint32_t players_max; /* in it at a time, those that watch included */
    uint32_t bots, bot_processes;
    uint32_t food_ppm;
    const char *record; /* the folder of recordings; NULL: nothing is recorded */
    uint64_t record_bytes_max;
    uint32_t recordings_max;
    int64_t delay_ns; /* of who watches live; 0: nobody does */
    uint64_t seed;    /* meaningless unless it is set */
    bool seed_is_set;
    struct arena_settings rules; /* what these make; faultless */
};

/* Points into itself: stays where it was loaded. Texts live as long as argv and the environment. */
struct snakepit_settings {
    const char *listen;               /* as ouro_server_options takes it */
    const char *listen_plain, *admin; /* the same, or NULL */
    struct ouro_listen_options socket;
    struct snakepit_tls tls;
    struct ouro_setting_items trusted_proxies, hosts; /* empty: none; any */
    enum ouro_proxy_header proxy_header;
    int64_t drain_ns;
    const char *data;  /* the folder of the scores; it may not be there yet */
    const char *pages; /* the folder of the page; NULL: the embedded one */
    struct snakepit_origins origins;
    bool access_log; /* a line for each request */

    struct classic_settings rules; /* faultless */
    int64_t tick_ns;
    uint64_t seed; /* meaningless unless it is set */
    bool seed_is_set;
    uint32_t top; /* scores that are shown */
    struct snakepit_arena arena;

    uint32_t connections_max;
    uint32_t connections_per_address_max;
    uint32_t arrivals_per_address_max, messages_per_address_max; /* per second */
    int64_t hello_ns_max;
    struct ouro_http_options http; /* the bounds of it */
    uint32_t message_bytes_max;
    uint32_t messages_per_second_max;
    uint32_t joins_per_second_max;
    uint32_t bad_messages_max;
    uint32_t queue_bytes_max;
    int64_t ping_ns, idle_ns_max; /* the second is the longer one */
    int64_t new_player_ns_max;

    char data_by_default[SNAKEPIT_DATA_BYTES_MAX + 1];
};

/** The tables, for --help. */
extern const struct ouro_settings snakepit_settings;

/**
 * Read them all, as ouro_settings_load() does, and judge what only together can be wrong. 0;
 * -OURO_ECONFIG with a sentence; what was asked for instead of a start: ouro_settings_tell() knows.
 */
int snakepit_settings_load(char *const *argv, char *const *env, struct snakepit_settings *ret,
                           char ret_fault[OURO_SETTINGS_FAULT_BYTES]);

#endif
