/* SPDX-License-Identifier: MIT */
/* clients/vectors/inputs.json, which clients in other languages are tested with, says how inputs
 * look: the server reads them so. */
#include "test.h"

#include "play/said.h"

#include <jansson.h>

static size_t bytes_of(const json_t *test, const char *name, uint8_t ret_bytes[], size_t size)
{
    const char *hex = json_string_value(json_object_get(test, name));
    ck_assert_msg(hex && strlen(hex) / 2 <= size, "%s", name);
    for (size_t i = 0; hex[2 * i]; i++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        ret_bytes[i] = (uint8_t)byte;
    }
    return strlen(hex) / 2;
}

static void check_case(const json_t *test)
{
    uint8_t message[128], payload[128];
    size_t len = bytes_of(test, "message", message, sizeof message);
    size_t payload_len = bytes_of(test, "payload", payload, sizeof payload);
    struct ouro__input input;
    ck_assert_int_eq(ouro__input_read(message, len, &input), 0);
    ck_assert_int_eq(input.sequence, json_integer_value(json_object_get(test, "sequence")));
    ck_assert_int_eq(input.tick, json_integer_value(json_object_get(test, "tick")));
    ck_assert_uint_eq(input.len, payload_len);
    ck_assert_mem_eq(input.bytes, payload, payload_len);
}

TEST(inputs_are_read_as_clients_are_told_to_write_them)
{
    json_t *file = json_load_file(OURO_SOURCE_DIR "/clients/vectors/inputs.json", 0, NULL), *test;
    size_t i;
    ck_assert_uint_gt(json_array_size(json_object_get(file, "cases")), 3);
    json_array_foreach(json_object_get(file, "cases"), i, test) check_case(test);
    json_decref(file);
}
