/* SPDX-License-Identifier: MIT */
/* The arena's rules, driven by bytes. The first five make the settings and the seed, each other is
 * one call: three bits of what, five bits of whom or which way. A small field, so that it gets
 * crowded; after each tick all that the model knows must hold. */
#include "../tests/snakepit/arena_model.h"

#define HEADER_BYTES 5
#define TICKS_MAX    150

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena_settings settings_of(const uint8_t *header)
{
    static const uint32_t rates[] = {0, 10000, 100000, 500000};
    struct arena_settings settings = {
        .width = ARENA_SIDE_MIN,
        .height = ARENA_SIDE_MIN,
        .length_start = ARENA_LENGTH_MIN + (header[0] & 15),
        .snakes_max = 1 + (header[1] & 31),
        .food_ppm = rates[header[2] & 3],
    };
    settings.food_max = arena__food_wanted(&settings) + (header[2] >> 2) * 16;
    return settings;
}

static void play(struct model *model, uint8_t byte, uint32_t *whom)
{
    enum { JOIN, LEAVE, CHOOSE, INPUT, INPUT_TICK, TICKS } what = byte >> 5;
    uint32_t low = byte & 31;
    if (what == JOIN)
        model_join(model, low + 1);
    else if (what == LEAVE)
        model_leave(model, low + 1);
    else if (what == CHOOSE)
        *whom = low + 1;
    else if (what <= INPUT_TICK)
        model_input(model, *whom, low & 15);
    for (uint32_t i = what < INPUT_TICK ? 0 : what == INPUT_TICK ? 1 : 1 + low % 8; i > 0; i--)
        model_tick(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;
    struct arena_settings settings = settings_of(data);
    ouro_assert(!arena_settings_fault(&settings));
    struct model model;
    uint32_t whom = 1;
    model_init(&model, &settings, data[3] | (uint64_t)data[4] << 8);
    for (size_t i = HEADER_BYTES; i < size && model.ticks < TICKS_MAX; i++)
        play(&model, data[i], &whom);
    model_done(&model);
    return 0;
}
