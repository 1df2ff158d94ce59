/* SPDX-License-Identifier: MIT */
/* Snapshots, as a client reads them. The input is a row of messages, each with its length in two
 * bytes in front. Each lies in memory of its own, so that a read beyond it is seen. */
#include <ouro/wire.h>

#include <stdlib.h>
#include <string.h>

struct snail {
    float x, y, angle;
    double plain;
    uint64_t shell;
    int16_t mood;
    bool asleep;
    char name[16];
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_FLOAT, .bits = 12, .max = 1000, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_FLOAT, .bits = 12, .max = 1000, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, angle), OURO_FIELD_FLOAT},
    {OURO_FIELD(struct snail, plain), OURO_FIELD_FLOAT, .who = OURO_WHO_OWNER},
    {OURO_FIELD(struct snail, shell), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, mood), OURO_FIELD_INT, .bits = 5},
    {OURO_FIELD(struct snail, asleep), OURO_FIELD_BOOL},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING},
    {0},
};
static const struct ouro_type types[] = {
    {"snail", fields, sizeof(struct snail)}, {"leaf", fields + 5, sizeof(struct snail)}, {0}};

static int apply(struct ouro_picture *picture, const uint8_t *data, size_t len)
{
    uint8_t *message = malloc(len ? len : 1);
    if (!message)
        abort();
    memcpy(message, data, len);
    int rc = ouro_picture_apply(picture, message, len);
    free(message);
    return rc;
}

/* What is known is in order: as many as are counted, and texts that end. */
static void look(const struct ouro_picture *picture)
{
    struct ouro_seen seen;
    size_t count = 0;
    for (uint32_t i = 0; ouro_picture_next(picture, i, &seen); i = seen.index + 1) {
        const struct snail *snail = seen.record;
        if (memchr(snail->name, 0, sizeof snail->name) == NULL)
            abort();
        count++;
    }
    if (count != ouro_picture_count(picture))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ouro_picture *picture;
    if (ouro_picture_new(types, &picture) < 0)
        abort();
    while (len >= 2) {
        size_t bytes = (size_t)data[0] | (size_t)data[1] << 8;
        data += 2;
        len -= 2;
        bytes = bytes < len ? bytes : len;
        apply(picture, data, bytes);
        look(picture);
        data += bytes;
        len -= bytes;
    }
    ouro_picture_free(picture);
    return 0;
}
