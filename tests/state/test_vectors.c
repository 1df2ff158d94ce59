/* SPDX-License-Identifier: MIT */
/* What clients in other languages are tested with: clients/vectors. Here it is checked that these
 * are the bytes that the server makes, and that the library's own picture is as they say. */
#include "golden.h"
#include "watcher.h"

#include <ouro/state.h>

#include <inttypes.h>
#include <math.h>

static void put_hex(struct ouro_buf *json, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    ouro_buf_putc(json, '"');
    for (size_t i = 0; i < len; i++)
        ouro_buf_printf(json, "%02x", bytes[i]);
    ouro_buf_putc(json, '"');
}

/* --- bits ------------------------------------------------------------------------------------- */

/* A case: what is written, one after the other. */
struct piece {
    enum { BITS, VARINT, ZIGZAG } kind;
    unsigned bits;
    int64_t value;
};

static void put_piece(struct ouro_buf *json, struct ouro_writer *writer, const struct piece *piece)
{
    if (piece->kind == BITS) {
        ouro_writer_bits(writer, (uint32_t)piece->value, piece->bits);
        ouro_buf_printf(json, "{\"kind\":\"bits\",\"bits\":%u,", piece->bits);
    } else if (piece->kind == VARINT) {
        ouro_writer_varint(writer, (uint64_t)piece->value);
        ouro_buf_puts(json, "{\"kind\":\"varint\",");
    } else {
        ouro_writer_zigzag(writer, piece->value);
        ouro_buf_puts(json, "{\"kind\":\"zigzag\",");
    }
    ouro_buf_printf(json, "\"value\":%" PRId64 "}", piece->value);
}

static void put_bits_case(struct ouro_buf *json, const char *name, const struct piece *pieces,
                          size_t count)
{
    uint8_t bytes[256];
    struct ouro_writer writer;
    ouro_writer_init(&writer, bytes, sizeof bytes);
    ouro_buf_printf(json, " {\"name\":\"%s\",\"reads\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ouro_buf_putc(json, ',');
        put_piece(json, &writer, &pieces[i]);
    }
    int len = ouro_writer_end(&writer);
    ck_assert_int_gt(len, 0);
    ouro_buf_puts(json, "],\"hex\":");
    put_hex(json, bytes, (size_t)len);
    ouro_buf_putc(json, '}');
}

TEST(bits)
{
    static const struct piece plain[] = {{BITS, 5, 5},  {BITS, 6, 55},
                                         {BITS, 1, 1},  {BITS, 32, 3000000000},
                                         {BITS, 12, 0}, {BITS, 32, 4294967295}};
    static const struct piece varints[] = {{VARINT, 0, 0},
                                           {VARINT, 0, 1},
                                           {VARINT, 0, 127},
                                           {VARINT, 0, 128},
                                           {VARINT, 0, 300},
                                           {VARINT, 0, 4294967295},
                                           {VARINT, 0, 9007199254740991}};
    static const struct piece zigzags[] = {{ZIGZAG, 0, 0},
                                           {ZIGZAG, 0, -1},
                                           {ZIGZAG, 0, 1},
                                           {ZIGZAG, 0, -64},
                                           {ZIGZAG, 0, 64},
                                           {ZIGZAG, 0, -2147483648},
                                           {ZIGZAG, 0, -4503599627370496},
                                           {ZIGZAG, 0, 4503599627370495}};
    static const struct piece mixed[] = {
        {BITS, 3, 6}, {VARINT, 0, 1000}, {BITS, 2, 1}, {ZIGZAG, 0, -77}, {BITS, 1, 1}};
    struct ouro_buf json = {0};
    ouro_buf_puts(&json,
                  "{\"about\":\"docs/state.md, The bytes: bits, varints, zigzag\",\"cases\":[\n");
    put_bits_case(&json, "bits", plain, 6);
    ouro_buf_puts(&json, ",\n");
    put_bits_case(&json, "varints", varints, 7);
    ouro_buf_puts(&json, ",\n");
    put_bits_case(&json, "zigzag", zigzags, 8);
    ouro_buf_puts(&json, ",\n");
    put_bits_case(&json, "varints at any bit", mixed, 5);
    ouro_buf_puts(&json, "\n]}\n");
    golden_check("bits.json", &json);
}

/* --- what a client is sent, and what it knows then -------------------------------------------- */

/* A player whose messages are written down. */
struct recorder {
    struct ouro_player player;
    struct ouro_picture *picture;
    struct ouro_view *view;
    struct ouro_buf json; /* of its messages */
    size_t messages;
};

static void put_number(struct ouro_buf *json, double value)
{
    ouro_buf_printf(json, "%.17g", value);
}

static void put_value(struct ouro_buf *json, const struct ouro_field *field, const void *record)
{
    const char *at = (const char *)record + field->offset;
    if (field->type == OURO_FIELD_STRING)
        ouro_buf_putjson(json, at, strlen(at));
    else if (field->type == OURO_FIELD_BOOL)
        ouro_buf_puts(json, *(const bool *)at ? "true" : "false");
    else if (field->type == OURO_FIELD_FLOAT && field->bytes == sizeof(float))
        put_number(json, (double)*(const float *)(const void *)at);
    else if (field->type == OURO_FIELD_FLOAT)
        put_number(json, *(const double *)(const void *)at);
    else if (field->type == OURO_FIELD_UINT)
        ouro_buf_printf(json, "%" PRIu64, *(const uint64_t *)(const void *)at);
    else
        ouro_buf_printf(json, "%" PRId64, *(const int64_t *)(const void *)at);
}

static void put_entity(struct ouro_buf *json, const struct ouro_seen *seen)
{
    const char *comma = "";
    ouro_buf_printf(json, "{\"id\":%u,\"type\":\"%s\",\"fields\":{",
                    seen->generation << OURO_ENTITY_INDEX_BITS | seen->index, seen->type->name);
    for (unsigned i = 0; seen->type->fields[i].name; i++) {
        if (!(seen->known >> i & 1))
            continue;
        ouro_buf_printf(json, "%s\"%s\":", comma, seen->type->fields[i].name);
        put_value(json, &seen->type->fields[i], seen->record);
        comma = ",";
    }
    ouro_buf_puts(json, "}}");
}

static void put_picture(struct ouro_buf *json, const struct ouro_picture *picture)
{
    const struct ouro_snapshot *snapshot = ouro_picture_snapshot(picture);
    const char *comma = "";
    struct ouro_seen seen;
    ouro_buf_printf(json, "{\"tick\":%u,\"step\":%u,\"input\":%u,\"interval\":%u,\"entities\":[",
                    snapshot->tick, snapshot->tick - snapshot->base_tick, snapshot->input,
                    snapshot->interval);
    for (uint32_t i = 0; ouro_picture_next(picture, i, &seen); i = seen.index + 1) {
        ouro_buf_puts(json, comma);
        put_entity(json, &seen);
        comma = ",";
    }
    ouro_buf_puts(json, "]}");
}

static void record(struct recorder *recorder, const uint8_t *message, size_t len)
{
    int rc = ouro_picture_apply(recorder->picture, message, len);
    ck_assert_int_ge(rc, 0);
    ouro_buf_puts(&recorder->json, recorder->messages++ > 0 ? ",\n  {\"hex\":" : "\n  {\"hex\":");
    put_hex(&recorder->json, message, len);
    ouro_buf_puts(&recorder->json, ",\"picture\":");
    if (rc == 1)
        put_picture(&recorder->json, recorder->picture);
    else
        ouro_buf_puts(&recorder->json, "null");
    ouro_buf_putc(&recorder->json, '}');
}

static size_t recorder_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static int recorder_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        record(ouro_container(player, struct recorder, player), payload, len);
    }
    return 0;
}

static void recorder_start(struct recorder *recorder, const struct ouro_type *types)
{
    static const struct ouro_player_ops ops = {
        .send = recorder_send,
        .backlog_bytes = recorder_backlog,
        .close = watcher_close,
        .released = watcher_released,
    };
    *recorder = (struct recorder){.player = {.ops = &ops}};
    ck_assert_int_eq(ouro_picture_new(types, &recorder->picture), 0);
}

/* As one case of a file. */
static void recorder_stop(struct recorder *recorder, const char *name,
                          const struct ouro_type *types, struct ouro_buf *json)
{
    recorder->view = ouro_view_free(recorder->view);
    recorder->picture = ouro_picture_free(recorder->picture);
    ck_assert_uint_gt(recorder->messages, 0);
    ouro_buf_printf(json, " {\"name\":\"%s\",\"schema\":", name);
    ouro_types_json(types, json);
    ouro_buf_puts(json, ",\"messages\":[");
    ouro_buf_append(json, recorder->json.data, recorder->json.len);
    ouro_buf_puts(json, "\n ]}");
    ouro_buf_done(&recorder->json);
}

/* --- fields of all types ---------------------------------------------------------------------- */

struct all {
    bool flag;
    uint64_t bits, many;
    int64_t signed_bits, signed_many;
    double share, exact;
    float plain;
    char text[16];
};

#define ALL(member) OURO_FIELD(struct all, member)
static const struct ouro_field all_fields[] = {
    {ALL(flag), OURO_FIELD_BOOL},
    {ALL(bits), OURO_FIELD_UINT, .bits = 10},
    {ALL(many), OURO_FIELD_UINT},
    {ALL(signed_bits), OURO_FIELD_INT, .bits = 5},
    {ALL(signed_many), OURO_FIELD_INT},
    {ALL(share), OURO_FIELD_FLOAT, .bits = 10, .min = -100, .max = 411.5}, /* steps of 0.5 */
    {ALL(exact), OURO_FIELD_FLOAT},
    {ALL(plain), OURO_FIELD_FLOAT},
    {ALL(text), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_type all_types[] = {{"all", all_fields, sizeof(struct all)}, {0}};

static void change_all(struct all *all, int round)
{
    static const struct all rounds[] = {
        {.text = "nothing"},
        {true, 1023, UINT64_C(1) << 53, -16, -(INT64_C(1) << 52), -100, M_PI, -1.5F,
         "\xc3\xa9 snail"},
        {false, 512, 300, 15, 300, 411.5, -0.1, 0.1F, ""},
        {false, 512, 300, -1, 300, 0, 1e300, 1e30F, "\"\xf0\x9f\x90\x8d\""},
    };
    *all = rounds[round];
}

static void record_fields(struct ouro_buf *json)
{
    const struct ouro_state_options options = {.types = all_types};
    struct recorder recorder;
    struct ouro_state *state;
    struct ouro_entity entity;
    ck_assert_int_eq(ouro_state_new(&options, &state), 0);
    recorder_start(&recorder, all_types);
    ck_assert_int_eq(ouro_view_new(state, &recorder.player, NULL, &recorder.view), 0);
    ck_assert_int_eq(ouro_entity_new(state, 0, &entity), 0);
    for (int round = 0; round < 4; round++) {
        change_all(ouro_entity_record(state, entity), round);
        ouro_view_input(recorder.view, (uint32_t)round * 100);
        ouro_state_publish(state, 1000u + 3u * (uint32_t)round);
    }
    recorder_stop(&recorder, "fields of all types", all_types, json);
    ouro_state_free(state);
}

/* --- the widest ------------------------------------------------------------------------------- */

#define FLAGS (OURO_FIELDS_MAX - 4)

/* As many fields as there may be, and numbers of as many bits. */
struct wide {
    uint64_t most;
    int64_t least;
    double seventh, step;
    bool flags[FLAGS];
};

static const struct ouro_type *wide_types(void)
{
    static struct ouro_field fields[OURO_FIELDS_MAX + 1] = {
        {OURO_FIELD(struct wide, most), OURO_FIELD_UINT, .bits = 32},
        {OURO_FIELD(struct wide, least), OURO_FIELD_INT, .bits = 32},
        {OURO_FIELD(struct wide, seventh), OURO_FIELD_FLOAT, .bits = 3, .max = 1},
        {OURO_FIELD(struct wide, step), OURO_FIELD_FLOAT, .bits = 32, .min = -1, .max = 1},
    };
    static const struct ouro_type types[] = {{"wide", fields, sizeof(struct wide)}, {0}};
    static char names[FLAGS][8];
    for (unsigned i = 0; i < FLAGS; i++) {
        snprintf(names[i], sizeof names[i], "flag%u", i);
        fields[4 + i] = (struct ouro_field){names[i], (uint16_t)(offsetof(struct wide, flags) + i),
                                            1, OURO_FIELD_BOOL};
    }
    return types;
}

static void record_wide(struct ouro_buf *json)
{
    static const struct wide rounds[] = {
        {UINT32_MAX, INT32_MIN, 1.0 / 7, -1, {[0] = true, [FLAGS - 1] = true}},
        {UINT32_MAX, INT32_MIN, 1.0 / 7, -1, {[0] = true}}, /* the last bit of the mask, alone */
        {UINT64_C(1) << 31, INT32_MAX, 3.0 / 7, 1, {[FLAGS - 2] = true}},
        {0, -1, 1, 1.0 / 3, {[FLAGS - 1] = true}},
    };
    const struct ouro_type *types = wide_types();
    const struct ouro_state_options options = {.types = types};
    struct recorder recorder;
    struct ouro_state *state;
    struct ouro_entity entity;
    ck_assert_int_eq(ouro_state_new(&options, &state), 0);
    recorder_start(&recorder, types);
    ck_assert_int_eq(ouro_view_new(state, &recorder.player, NULL, &recorder.view), 0);
    ck_assert_int_eq(ouro_entity_new(state, 0, &entity), 0);
    for (uint32_t round = 0; round < 4; round++) {
        memcpy(ouro_entity_record(state, entity), &rounds[round], sizeof rounds[round]);
        ouro_state_publish(state, UINT32_MAX - 3 + round);
    }
    recorder_stop(&recorder, "the widest", types, json);
    ouro_state_free(state);
}

/* --- a world ---------------------------------------------------------------------------------- */

struct snail {
    double x, y;
    uint64_t hp;
    int64_t secret;
    char name[8];
};

static const struct ouro_field snail_fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_FLOAT, .bits = 10, .max = 1023, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_FLOAT, .bits = 10, .max = 1023, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, hp), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, secret), OURO_FIELD_INT, .who = OURO_WHO_OWNER},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_field sun_fields[] = {
    {OURO_FIELD(struct snail, hp), OURO_FIELD_UINT, .bits = 8},
    {0},
};
static const struct ouro_type world_types[] = {
    {"snail", snail_fields, sizeof(struct snail)},
    {"sun", sun_fields, sizeof(struct snail), .everywhere = true},
    {0},
};

#define SNAILS 12
#define ROUNDS 40
#define CELL   100

struct world {
    struct ouro_state *state;
    struct ouro_entity snails[SNAILS], sun;
    struct ouro_rng rng;
};

static void add_snail(struct world *world, unsigned i)
{
    const struct ouro_audience audience = {.owner = i + 1, .team = i % 2 + 1};
    ck_assert_int_eq(ouro_entity_new(world->state, 0, &world->snails[i]), 0);
    ck_assert_int_eq(ouro_entity_show(world->state, world->snails[i], &audience), 0);
    struct snail *snail = ouro_entity_record(world->state, world->snails[i]);
    snail->x = ouro_rng_below(&world->rng, 400);
    snail->y = ouro_rng_below(&world->rng, 400);
    snprintf(snail->name, sizeof snail->name, "s%u", i);
}

static void move_snail(struct world *world, unsigned i)
{
    struct snail *snail = ouro_entity_record(world->state, world->snails[i]);
    uint32_t what = ouro_rng_below(&world->rng, 20);
    if (what == 0) {
        ouro_entity_end(world->state, world->snails[i]);
        add_snail(world, i);
    } else if (what < 12) {
        snail->x = (double)((uint32_t)(snail->x + 395 + ouro_rng_below(&world->rng, 60)) % 400);
        snail->y = (double)((uint32_t)(snail->y + 395 + ouro_rng_below(&world->rng, 11)) % 400);
    } else if (what < 15) {
        snail->hp = ouro_rng_below(&world->rng, 1000);
        snail->secret = -(int64_t)ouro_rng_below(&world->rng, 1000);
    }
}

static void play(struct world *world, struct ouro_view *view)
{
    for (unsigned round = 1; round <= ROUNDS; round++) {
        struct snail *sun = ouro_entity_record(world->state, world->sun);
        for (unsigned i = 0; i < SNAILS; i++)
            move_snail(world, i);
        sun->hp = round / 8;
        if (round % 8 == 1) /* elsewhere, wider, and in the other team */
            ouro_view_look(view, &(struct ouro_rect){50 + 9 * round, 200, 100 + 5 * round, 150});
        if (round == 20)
            ouro_view_join(view, 2);
        if (round == 30)
            ouro_view_reset(view);
        ouro_state_publish(world->state, round);
    }
}

static void record_world(struct ouro_buf *json, const char *name, struct ouro_view_options view)
{
    const struct ouro_state_options options = {.types = world_types, .cell = CELL};
    struct recorder recorder;
    struct world world;
    ouro_rng_seed(&world.rng, 7);
    ck_assert_int_eq(ouro_state_new(&options, &world.state), 0);
    ck_assert_int_eq(ouro_entity_new(world.state, 1, &world.sun), 0);
    for (unsigned i = 0; i < SNAILS; i++)
        add_snail(&world, i);
    recorder_start(&recorder, world_types);
    ck_assert_int_eq(ouro_view_new(world.state, &recorder.player, &view, &recorder.view), 0);
    play(&world, recorder.view);
    recorder_stop(&recorder, name, world_types, json);
    ouro_state_free(world.state);
}

/* --- in parts --------------------------------------------------------------------------------- */

/* What the server does only with more than 65,000 bytes, or not yet, by hand. */

struct draft {
    uint8_t bytes[256];
    struct ouro_writer writer;
};

static void draft_begin(struct draft *draft, uint8_t flags, uint32_t tick, uint32_t step)
{
    ouro_writer_init(&draft->writer, draft->bytes, sizeof draft->bytes);
    ouro_snapshot_write(&draft->writer, &(struct ouro_snapshot){flags, tick, tick - step, 0, 2});
}

static void draft_end(struct draft *draft, struct recorder *recorder)
{
    record(recorder, draft->bytes, (size_t)ouro_writer_end(&draft->writer));
}

/* With a sun in it that comes. */
static void draft_section(struct draft *draft, struct ouro_section section, uint32_t index,
                          uint8_t hp)
{
    uint8_t inside[32];
    struct ouro_writer records;
    ouro_writer_init(&records, inside, sizeof inside);
    ouro_writer_bits(&records, OURO_RECORD_ENTER, 2);
    ouro_writer_varint(&records, index);
    ouro_writer_bits(&records, 1, OURO_GENERATION_BITS);
    ouro_writer_bits(&records, 1, 8);
    ouro_record_write(&records, &world_types[1], &(struct snail){.hp = hp}, 1);
    ouro_writer_bits(&records, OURO_RECORD_END, 2);
    section.bytes = (uint32_t)ouro_writer_end(&records);
    ouro_section_write(&draft->writer, &section);
    ouro_writer_bytes(&draft->writer, inside, section.bytes);
}

static void record_part(struct recorder *recorder, uint8_t flags, uint32_t index, uint8_t hp)
{
    struct draft draft;
    draft_begin(&draft, flags, 50, 0);
    draft_section(&draft, (struct ouro_section){index, 0, OURO_SECTION_KEYFRAME, 0}, index, hp);
    draft_end(&draft, recorder);
}

static void record_parts(struct ouro_buf *json)
{
    struct recorder recorder;
    recorder_start(&recorder, world_types);
    record_part(&recorder, OURO_SNAPSHOT_FRESH | OURO_SNAPSHOT_MORE, 1, 11);
    record_part(&recorder, OURO_SNAPSHOT_MORE, 2, 22);
    record_part(&recorder, 0, 3, 33);
    recorder_stop(&recorder, "in parts", world_types, json);
}

/* --- of a server to come ---------------------------------------------------------------------- */

#define FLAGS_UNKNOWN 0xfc
#define KIND_UNKNOWN  3
#define CHANNEL_LAST  ((1 << 20) - 1)
#define INDEX_LAST    (OURO_ENTITIES_MAX - 1)

static void draft_unknown(struct draft *draft, uint32_t channel, uint8_t audience, uint8_t kind)
{
    static const uint8_t nothing_known[] = {0xff, 0xff, 0xff, 0xff, 0xff};
    const struct ouro_section section = {channel, audience, kind, sizeof nothing_known};
    ouro_section_write(&draft->writer, &section);
    ouro_writer_bytes(&draft->writer, nothing_known, sizeof nothing_known);
}

/* Flags to be ignored, sections to be skipped; several of one channel; the largest numbers. */
static void record_unknown(struct ouro_buf *json)
{
    struct recorder recorder;
    struct draft draft;
    recorder_start(&recorder, world_types);
    draft_begin(&draft, OURO_SNAPSHOT_FRESH | FLAGS_UNKNOWN, 7, 0);
    draft_unknown(&draft, 5, 0, KIND_UNKNOWN);
    draft_section(&draft, (struct ouro_section){5, 0, OURO_SECTION_KEYFRAME, 0}, 0, 11);
    draft_section(&draft, (struct ouro_section){5, 0, OURO_SECTION_DELTA, 0}, 200, 22);
    draft_unknown(&draft, 5, OURO_WHO_COUNT, OURO_SECTION_KEYFRAME);
    draft_section(&draft, (struct ouro_section){CHANNEL_LAST, 0, OURO_SECTION_KEYFRAME, 0},
                  INDEX_LAST, 255);
    draft_end(&draft, &recorder);
    draft_begin(&draft, FLAGS_UNKNOWN, 9, 2);
    ouro_section_write(&draft.writer, &(struct ouro_section){5, 0, OURO_SECTION_FORGET, 0});
    draft_unknown(&draft, 5, OURO_WHO_COUNT, OURO_SECTION_DELTA);
    draft_end(&draft, &recorder);
    recorder_stop(&recorder, "of a server to come", world_types, json);
}

/* --- the file --------------------------------------------------------------------------------- */

STATE_TEST(snapshots)
{
    struct ouro_buf json = {0};
    ouro_buf_puts(&json, "{\"about\":\"docs/state.md: what a client is sent, and what it knows "
                         "then\",\"cases\":[\n");
    record_fields(&json);
    ouro_buf_puts(&json, ",\n");
    record_wide(&json);
    ouro_buf_puts(&json, ",\n");
    record_parts(&json);
    ouro_buf_puts(&json, ",\n");
    record_unknown(&json);
    ouro_buf_puts(&json, ",\n");
    record_world(&json, "a player", (struct ouro_view_options){.owner = 3, .team = 1});
    ouro_buf_puts(&json, ",\n");
    record_world(&json, "one with few bytes",
                 (struct ouro_view_options){.owner = 2, .team = 2, .bytes_max = 60, .divisor = 2});
    ouro_buf_puts(&json, "\n]}\n");
    golden_check("snapshots.json", &json);
    return 0;
}
