/* SPDX-License-Identifier: MIT */
#include "server/settings.h"

#include <ouro/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_UNSET UINT64_MAX /* no flag can say that: its bound is half of it */

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* --- types of our own ------------------------------------------------------------------------ */

/* "50x25": two whole numbers; whether a game can be played there is for the rules to say. */
static int parse_field(const char *text, void *ret_member)
{
    struct classic_settings *rules = ret_member;
    char width[8];
    const char *x = strchr(text, 'x');
    size_t len = x ? (size_t)(x - text) : sizeof width;
    if (len >= sizeof width)
        return -EINVAL;
    memcpy(width, text, len);
    width[len] = '\0';
    int64_t columns, rows;
    if (ouro_setting_integer.number(width, &columns) < 0 ||
        ouro_setting_integer.number(x + 1, &rows) < 0 || columns > CLASSIC_SIDE_MAX ||
        rows > CLASSIC_SIDE_MAX)
        return -EINVAL;
    rules->width = (int)columns;
    rules->height = (int)rows;
    return 0;
}

static const struct ouro_setting_type field = {
    .takes =
        "a WIDTHxHEIGHT in cells such as 50x25, with " TEXT(CLASSIC_SIDE_MAX) " at most for each",
    .parse = parse_field,
};

/* As browsers write it, or it would never match: no slash at the end. "null" is a page from a
 * file. */
static bool is_origin(const char *text)
{
    const char *host = strstr(text, "://");
    return strcmp(text, "*") == 0 || strcmp(text, "null") == 0 ||
           (host && host > text && host[3] && !strpbrk(host + 3, "/ ?#@"));
}

static int parse_origins(const char *text, void *ret_member)
{
    struct snakepit_origins *origins = ret_member;
    origins->items = NULL;
    if (strcmp(text, "own") == 0)
        return 0;
    if (ouro_setting_list.parse(text, &origins->list) < 0)
        return -EINVAL;
    origins->items = origins->list.items;
    for (const char *const *item = origins->items; *item; item++)
        if (!is_origin(*item))
            return -EINVAL;
    return 0;
}

static const struct ouro_setting_type origins = {
    .takes = "*, own, or a list of " TEXT(
        OURO_SETTING_ITEMS_MAX) " origins at most such as "
                                "https://example.org,http://localhost:3000 (no path, no slash at the end)",
    .parse = parse_origins,
};

/* One of some words, which count from 0. */
static int parse_word(const char *text, const char *const *words, int *ret_number)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_number = i;
            return 0;
        }
    return -EINVAL;
}

static int parse_proxy_header(const char *text, void *ret_member)
{
    static const char *const words[] = {[OURO_PROXY_X_FORWARDED_FOR] = "x-forwarded-for",
                                        [OURO_PROXY_FORWARDED] = "forwarded",
                                        [OURO_PROXY_PROTOCOL] = "proxy-protocol",
                                        NULL};
    int number;
    if (parse_word(text, words, &number) < 0)
        return -EINVAL;
    *(enum ouro_proxy_header *)ret_member = (enum ouro_proxy_header)number;
    return 0;
}

static const struct ouro_setting_type proxy_header = {
    .takes = "x-forwarded-for, forwarded or proxy-protocol",
    .parse = parse_proxy_header,
};

static int parse_tls_version(const char *text, void *ret_member)
{
    static const char *const words[] = {[OURO_TLS_1_2] = "1.2", [OURO_TLS_1_3] = "1.3", NULL};
    int number;
    if (parse_word(text, words, &number) < 0)
        return -EINVAL;
    *(enum ouro_tls_version *)ret_member = (enum ouro_tls_version)number;
    return 0;
}

static const struct ouro_setting_type tls_version = {
    .takes = "1.2 or 1.3",
    .parse = parse_tls_version,
};

/* --- the tables ------------------------------------------------------------------------------ */

#define AT(member) OURO_SETTING_MEMBER(struct snakepit_settings, member)

static const struct ouro_setting server_rows[] = {
    {"listen", "LIST", &ouro_setting_addresses, "127.0.0.1:8080", AT(listen),
     .help = "where players connect; *:8080 is for all, port 0 picks a free one"},
    {"listen-plain", "LIST", &ouro_setting_addresses, .unset = "none", AT(listen_plain),
     .help = "more such addresses, where no TLS is spoken, whatever --tls-cert says"},
    {"socket-mode", "MODE", &ouro_setting_mode, .unset = "as the umask has it", AT(socket.mode),
     .help = "of the files of UNIX sockets"},
    {"backlog", "N", &ouro_setting_integer, "4096", .least = "1", .most = "65535",
     AT(socket.backlog), .help = "connections that wait to be accepted, at each address"},
    {"admin", "LIST", &ouro_setting_addresses, .unset = "none", AT(admin),
     .help = "where GET /healthz and GET /metrics are answered, for those who look after it"},
    {"data", "DIR", &ouro_setting_text,
     .unset = "snakepit in $XDG_DATA_HOME or ~/.local/share; else ./data", AT(data),
     .help = "the folder where the scores are kept"},
    {"pages", "DIR", &ouro_setting_text, .unset = "the page that is in the program", AT(pages),
     .help = "a folder to serve instead; changes in it show at once"},
    {"origins", "LIST", &origins, "*", AT(origins),
     .help = "whose pages may connect: *, own (this server's), or https://a,https://b"},
    {"hosts", "LIST", &ouro_setting_hosts, .unset = "any", AT(hosts),
     .help = "the names that this server goes by; requests for others are answered 421"},
    {"access-log", "on|off", &ouro_setting_switch, "off", AT(access_log),
     .help = "a line of JSON in the log for each HTTP request"},
    {"drain-time", "TIME", &ouro_setting_duration, "0s", .least = "0s", .most = "24h", AT(drain_ns),
     .help = "for how long who plays may go on after SIGTERM, while nobody else is let in"},
    {0},
};

static const struct ouro_setting tls_rows[] = {
    {"tls-cert", "LIST", &ouro_setting_list, .unset = "none: no TLS", AT(tls.certificates),
     .help = "files with certificates (PEM, each with its chain); SIGHUP loads them again"},
    {"tls-key", "LIST", &ouro_setting_list, .unset = "none", AT(tls.keys),
     .help = "files with the keys of these, in the same order"},
    {"tls-version-min", "1.2|1.3", &tls_version, "1.2", AT(tls.version_min),
     .help = "the oldest version of TLS that is spoken"},
    {"tls-handshakes-max", "N", &ouro_setting_integer, "256", .least = "1", .most = "65535",
     AT(tls.handshakes_max), .help = "handshakes at a time; more wait for their turn"},
    {"tls-handshakes-per-address-max", "N", &ouro_setting_integer, "64", .least = "1",
     .most = "65535", AT(tls.handshakes_per_address_max),
     .help = "of these, from one address; more are refused"},
    {0},
};

static const struct ouro_setting proxy_rows[] = {
    {"trusted-proxies", "LIST", &ouro_setting_networks, .unset = "none", AT(trusted_proxies),
     .help = "networks (10.0.0.0/8, ::1, unix) that are believed on whom they speak for"},
    {"proxy-header", "HEADER", &proxy_header, "x-forwarded-for", AT(proxy_header),
     .help = "how they tell it: x-forwarded-for, forwarded, or proxy-protocol (v1 and v2)"},
    {0},
};

static const struct ouro_setting game_rows[] = {
    {"field", "WxH", &field, "50x25", AT(rules), .help = "the field, in cells"},
    {"tick-hz", "HZ", &ouro_setting_hertz, "2.3", .least = "0.1", .most = "1000", AT(tick_ns),
     .help = "steps of all snakes, per second"},
    {"players", "N", &ouro_setting_integer, "10", .least = "1", .most = TEXT(CLASSIC_PLAYERS_MAX),
     AT(rules.players_max), .help = "snakes alive at a time; anyone else watches"},
    {"length", "N", &ouro_setting_integer, "3", .least = TEXT(CLASSIC_LENGTH_MIN),
     .most = TEXT(CLASSIC_SIDE_MAX), AT(rules.length_start), .help = "of a new snake, in cells"},
    {"digit-rate", "SHARE", &ouro_setting_share, "6%", .least = "0%", .most = "100%",
     AT(rules.digit_ppm), .help = "chance of each snake to leave a digit, at each step"},
    {"stone-rate", "SHARE", &ouro_setting_share, "6%", .least = "0%", .most = "100%",
     AT(rules.stone_ppm), .help = "chance of a stone to fall, at each step"},
    {"top", "N", &ouro_setting_integer, "15", .least = "1", .most = TEXT(OURO_BOARD_TOP_MAX),
     AT(top), .help = "best scores that are shown"},
    {"seed", "N", &ouro_setting_integer, .unset = "another one at each start", .least = "0",
     .most = "9223372036854775807", AT(seed),
     .help = "where all chance of the game comes from: the same seed, the same luck"},
    {0},
};

static const struct ouro_setting arena_rows[] = {
    {"arena-size", "N", &ouro_setting_integer, "1000", .least = TEXT(ARENA_SIDE_MIN),
     .most = TEXT(ARENA_SIDE_MAX), AT(arena.side), .help = "each side of its world, in cells"},
    {"arena-tick-hz", "HZ", &ouro_setting_hertz, "10", .least = "1", .most = "60",
     AT(arena.tick_ns), .help = "steps of all its snakes, per second"},
    {"arena-players-max", "N", &ouro_setting_integer, "10000", .least = "1",
     .most = TEXT(ARENA_SNAKES_MAX), AT(arena.players_max),
     .help = "players in it at a time, those that watch included"},
    {"arena-bots", "N", &ouro_setting_integer, "40", .least = "0", .most = "5000", AT(arena.bots),
     .help = "as many snakes live in it while somebody is there, if need be of our own; 0: none"},
    {"arena-bot-processes", "N", &ouro_setting_integer, "0", .least = "0", .most = "64",
     AT(arena.bot_processes), .help = "where these find their way; 0: in threads of the server"},
    {"arena-food", "SHARE", &ouro_setting_share, "1%", .least = "0%", .most = "20%",
     AT(arena.food_ppm), .help = "cells that have food, without what the dead leave"},
    {"arena-record", "DIR", &ouro_setting_text, .unset = "off", AT(arena.record),
     .help = "the folder for recordings of the arena"},
    {"arena-record-bytes-max", "SIZE", &ouro_setting_size, "256m", .least = "64k", .most = "16g",
     AT(arena.record_bytes_max), .help = "of one recording, which ends there"},
    {"arena-recordings-max", "N", &ouro_setting_integer, "100", .least = "1", .most = "1000000",
     AT(arena.recordings_max), .help = "in the folder; the oldest are removed for new ones"},
    {"arena-delay", "TIME", &ouro_setting_duration, "0s", .least = "0s", .most = "5m",
     AT(arena.delay_ns),
     .help = "who watches live sees what was that long ago; 0s: nobody watches live"},
    {"arena-seed", "N", &ouro_setting_integer, .unset = "another one at each start", .least = "0",
     .most = "9223372036854775807", AT(arena.seed), .help = "as --seed, for the arena"},
    {0},
};

static const struct ouro_setting limit_rows[] = {
    {"connections-max", "N", &ouro_setting_integer, "16384", .least = "1",
     .most = TEXT(SNAKEPIT_CONNECTIONS_MAX), AT(connections_max), .help = "connections at a time"},
    {"connections-per-address-max", "N", &ouro_setting_integer, "4096", .least = "1",
     .most = TEXT(SNAKEPIT_CONNECTIONS_MAX), AT(connections_per_address_max),
     .help = "connections at a time from one address; a school may share one"},
    {"arrivals-per-address-max", "N", &ouro_setting_integer, "5000", .least = "1",
     .most = TEXT(SNAKEPIT_CONNECTIONS_MAX), AT(arrivals_per_address_max),
     .help = "connections and upgrades to WebSocket from one address, per second"},
    {"messages-per-address-max", "N", &ouro_setting_integer, "50000", .least = "1",
     .most = TEXT(SNAKEPIT_CONNECTIONS_MAX), AT(messages_per_address_max),
     .help = "messages from all clients of one address together, per second"},
    {"joins-per-second-max", "N", &ouro_setting_integer, "1000", .least = "1", .most = "1000000",
     AT(joins_per_second_max),
     .help = "into the arena; who comes beyond, after an article about the game, waits in a queue"},
    {"message-bytes-max", "SIZE", &ouro_setting_size, "4k", .least = "128", .most = "64k",
     AT(message_bytes_max),
     .help = "of a message in the classic game (64k in the arena); a longer one closes with 1009"},
    {"messages-per-second-max", "N", &ouro_setting_integer, "60", .least = "1", .most = "10000",
     AT(messages_per_second_max),
     .help = "from one client, in the long run; a short burst may be faster"},
    {"bad-messages-max", "N", &ouro_setting_integer, "3", .least = "1", .most = "1000",
     AT(bad_messages_max), .help = "from one client; the last of them closes with 1008"},
    {"queue-bytes-max", "SIZE", &ouro_setting_size, "256k", .least = "16k", .most = "64m",
     AT(queue_bytes_max), .help = "that may wait for a client which does not read"},
    {"ping-interval", "TIME", &ouro_setting_duration, "20s", .least = "100ms", .most = "1h",
     AT(ping_ns), .help = "silence after which a client is asked whether it is there"},
    {"idle-timeout", "TIME", &ouro_setting_duration, "60s", .least = "200ms", .most = "24h",
     AT(idle_ns_max), .help = "silence after which it is taken for gone"},
    {"new-player-timeout", "TIME", &ouro_setting_duration, "10s", .least = "100ms", .most = "1h",
     AT(new_player_ns_max), .help = "for the first message of a client"},
    {"hello-timeout", "TIME", &ouro_setting_duration, "10s", .least = "100ms", .most = "1h",
     AT(hello_ns_max), .help = "for the handshake of TLS, and the header of the PROXY protocol"},
    {"request-timeout", "TIME", &ouro_setting_duration, "10s", .least = "100ms", .most = "1h",
     AT(http.head_ns_max), .help = "for the head of an HTTP request to arrive"},
    {"send-timeout", "TIME", &ouro_setting_duration, "30s", .least = "100ms", .most = "1h",
     AT(http.send_ns_max), .help = "for a client to take an answer"},
    {"keep-alive-timeout", "TIME", &ouro_setting_duration, "60s", .least = "100ms", .most = "1h",
     AT(http.idle_ns_max), .help = "between two HTTP requests of a connection"},
    {"requests-per-connection-max", "N", &ouro_setting_integer, "1000", .least = "1",
     .most = "1000000", AT(http.requests_max), .help = "HTTP requests of one connection"},
    {"tcp-user-timeout", "TIME", &ouro_setting_duration, "60s", .least = "0s", .most = "1h",
     AT(socket.unacked_ns_max),
     .help = "after which a machine that acknowledges nothing is given up; 0s: the system's"},
    {"tcp-keepalive", "TIME", &ouro_setting_duration, "0s", .least = "0s", .most = "24h",
     AT(socket.keepalive_ns), .help = "silence after which TCP asks by itself; 0s: never"},
    {0},
};

static const struct ouro_setting_table tables[] = {
    {"Server", server_rows, 0},
    {"TLS", tls_rows, 0},
    {"Proxies", proxy_rows, 0},
    {"Game", game_rows, 0},
    {"Arena", arena_rows, 0},
    {"Limits", limit_rows, 0},
    {0},
};

const struct ouro_settings snakepit_settings = {
    .program = "snakepit",
    .version = SNAKEPIT_VERSION,
    .summary = "a game of snakes for all who open its page",
    .environment = "SNAKEPIT_",
    .also = "       snakepit replay FILE [--verify]    a recording of the arena: what is in it\n",
    .tables = tables,
};

/* --- what only together can be wrong --------------------------------------------------------- */

/* As the XDG base directory specification has it: a path that is not absolute is to be ignored. */
static int find_data(char *const *env, char ret_path[SNAKEPIT_DATA_BYTES_MAX + 1])
{
    const char *xdg = ouro_settings_variable(env, "XDG_DATA_HOME");
    const char *home = ouro_settings_variable(env, "HOME");
    size_t size = SNAKEPIT_DATA_BYTES_MAX + 1;
    int len;
    if (xdg && *xdg == '/')
        len = snprintf(ret_path, size, "%s/snakepit", xdg);
    else if (home && *home == '/')
        len = snprintf(ret_path, size, "%s/.local/share/snakepit", home);
    else
        len = snprintf(ret_path, size, "./data");
    return (size_t)len < size ? 0 : -ENAMETOOLONG;
}

static int judge_data(char *const *env, struct snakepit_settings *settings, char *ret_fault)
{
    bool given = settings->data;
    if (!given)
        settings->data = settings->data_by_default;
    if (given ? strlen(settings->data) <= SNAKEPIT_DATA_BYTES_MAX
              : find_data(env, settings->data_by_default) == 0)
        return 0;
    snprintf(
        ret_fault, OURO_SETTINGS_FAULT_BYTES,
        "--data: the folder's path is too long: " TEXT(SNAKEPIT_DATA_BYTES_MAX) " bytes at most");
    return -OURO_ECONFIG;
}

static int judge_rules(const struct classic_settings *rules, char *ret_fault)
{
    const char *fault = classic_settings_fault(rules);
    if (!fault)
        return 0;
    /* Every other setting of the rules has bounds of its own, which it is within. */
    snprintf(ret_fault, OURO_SETTINGS_FAULT_BYTES, "--field %dx%d with --length %d: %s",
             rules->width, rules->height, rules->length_start, fault);
    return -OURO_ECONFIG;
}

static size_t count_of(const struct ouro_setting_items *items)
{
    size_t count = 0;
    while (items->items[count])
        count++;
    return count;
}

static int judge_tls(const struct snakepit_tls *tls, char *ret_fault)
{
    size_t certificates = count_of(&tls->certificates), keys = count_of(&tls->keys);
    if (certificates == keys)
        return 0;
    snprintf(ret_fault, OURO_SETTINGS_FAULT_BYTES,
             "--tls-cert and --tls-key go together, file by file: %zu and %zu of them were given",
             certificates, keys);
    return -OURO_ECONFIG;
}

static int judge_times(const struct snakepit_settings *settings, char *ret_fault)
{
    if (settings->ping_ns < settings->idle_ns_max)
        return 0;
    snprintf(ret_fault, OURO_SETTINGS_FAULT_BYTES,
             "--ping-interval must be shorter than --idle-timeout, or a client is taken for gone "
             "before it is asked");
    return -OURO_ECONFIG;
}

/* Five times what is sown, so that there is room for what the dead leave; as much as with the usual
 * seed where less is sown, or nothing. As far as there may be so much. */
static uint32_t food_max(const struct snakepit_arena *arena)
{
    uint32_t usual_ppm = arena_settings_default().food_ppm;
    uint32_t ppm = arena->food_ppm > usual_ppm ? arena->food_ppm : usual_ppm;
    uint64_t food = 5 * ((uint64_t)arena->side * arena->side * ppm / 1000000);
    return food < ARENA_FOOD_MAX ? (uint32_t)food : ARENA_FOOD_MAX;
}

/* Everybody in it may have a snake, and so may the bots. */
static int judge_arena(struct snakepit_arena *arena, char *ret_fault)
{
    struct arena_settings *rules = &arena->rules;
    *rules = arena_settings_default();
    rules->width = rules->height = (int)arena->side;
    rules->snakes_max = arena->players_max + arena->bots;
    rules->food_ppm = arena->food_ppm;
    rules->food_max = food_max(arena);
    const char *fault = arena_settings_fault(rules);
    if (!fault)
        return 0;
    snprintf(ret_fault, OURO_SETTINGS_FAULT_BYTES,
             "--arena-players-max %u, --arena-bots %u, --arena-size %u with that --arena-food: %s",
             arena->players_max, arena->bots, arena->side, fault);
    return -OURO_ECONFIG;
}

int snakepit_settings_load(char *const *argv, char *const *env, struct snakepit_settings *ret,
                           char ret_fault[OURO_SETTINGS_FAULT_BYTES])
{
    *ret = (struct snakepit_settings){.seed = SEED_UNSET, .arena.seed = SEED_UNSET};
    int rc = ouro_settings_load(&snakepit_settings, argv, env, ret, ret_fault);
    if (rc != 0)
        return rc;
    ret->seed_is_set = ret->seed != SEED_UNSET;
    ret->arena.seed_is_set = ret->arena.seed != SEED_UNSET;
    if ((rc = judge_data(env, ret, ret_fault)) == 0 &&
        (rc = judge_rules(&ret->rules, ret_fault)) == 0 &&
        (rc = judge_arena(&ret->arena, ret_fault)) == 0 &&
        (rc = judge_tls(&ret->tls, ret_fault)) == 0)
        rc = judge_times(ret, ret_fault);
    return rc;
}
