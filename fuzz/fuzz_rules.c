/* SPDX-License-Identifier: MIT */
/* The classic rules, driven by bytes. The first six make the settings and the seed, each other is
 * one call: three bits of what, five bits of whom and which way. Small fields, so that it gets
 * crowded; after each tick everything that the model knows must hold. */
#include "../tests/snakepit/rules_model.h"

#define HEADER_BYTES 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct classic_settings settings_of(const uint8_t *header)
{
    static const uint32_t rates[] = {0, 60000, 500000, 1000000};
    int length = CLASSIC_LENGTH_MIN + (header[0] & 7);
    int height = 2 * (length + 2) + (header[0] >> 3);
    int width = (height > 19 ? height : 19) + (header[1] & 31);
    return (struct classic_settings){
        .width = width,
        .height = height,
        .length_start = length,
        .digit_ppm = rates[header[2] & 3],
        .stone_ppm = rates[header[2] >> 2 & 3],
        .players_max = 1 + (header[3] & 31),
    };
}

static bool is_in(const struct classic_world *world, uint32_t id)
{
    for (int i = 0; i < world->joined; i++)
        if (world->snakes[i].id == id)
            return true;
    return false;
}

static void join(struct classic_world *world, uint32_t id)
{
    int expected = classic_is_over(world)                         ? -OURO_ECLOSED
                   : is_in(world, id)                             ? -EEXIST
                   : world->joined == world->settings.players_max ? -OURO_ELIMIT
                                                                  : 0;
    ouro_assert(classic_join(world, id) == expected);
}

static void play(struct model *model, uint8_t byte)
{
    enum { JOIN, LEAVE, TURN_LOW, TURN_MIDDLE, TURN_HIGH, RESET } what = byte >> 5;
    struct classic_world *world = model->world;
    uint32_t whom = byte & 31;
    if (what == JOIN) {
        join(world, whom);
    } else if (what == LEAVE) {
        bool in = is_in(world, whom);
        ouro_assert(classic_leave(world, whom) == (in ? 0 : -ENOENT));
    } else if (what <= TURN_HIGH) {
        uint32_t id = (what - TURN_LOW) * 8u + whom / 4;
        ouro_assert((classic_turn(world, id, whom % 4) >= 0) == is_in(world, id));
    } else if (what == RESET && whom % 4 == 0) {
        model_reset(model);
    } else {
        model_tick(model);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;
    struct classic_settings settings = settings_of(data);
    ouro_assert(!classic_settings_fault(&settings));
    struct model model;
    model_init(&model, &settings, data[4] | (uint64_t)data[5] << 8);
    for (size_t i = HEADER_BYTES; i < size; i++)
        play(&model, data[i]);
    model_done(&model);
    return 0;
}
