/* SPDX-License-Identifier: MIT */
/* The beginnings of snapshots and of sections. */
#include "ouro/wire.h"

void ouro_snapshot_write(struct ouro_writer *writer, const struct ouro_snapshot *snapshot)
{
    ouro_writer_bits(writer, OURO_SNAPSHOT, 8);
    ouro_writer_bits(writer, snapshot->flags, 8);
    ouro_writer_varint(writer, snapshot->tick);
    ouro_writer_varint(writer, snapshot->tick - snapshot->base_tick);
    ouro_writer_varint(writer, snapshot->input);
    ouro_writer_varint(writer, snapshot->interval);
}

static uint32_t varint32(struct ouro_reader *reader)
{
    uint64_t value = ouro_reader_varint(reader);
    reader->failed |= value > UINT32_MAX;
    return (uint32_t)value;
}

void ouro_snapshot_read(struct ouro_reader *reader, struct ouro_snapshot *ret_snapshot)
{
    reader->failed |= ouro_reader_bits(reader, 8) != OURO_SNAPSHOT;
    ret_snapshot->flags = (uint8_t)ouro_reader_bits(reader, 8);
    ret_snapshot->tick = varint32(reader);
    ret_snapshot->base_tick = ret_snapshot->tick - varint32(reader);
    ret_snapshot->input = varint32(reader);
    ret_snapshot->interval = varint32(reader);
}

void ouro_section_write(struct ouro_writer *writer, const struct ouro_section *section)
{
    uint64_t head = (uint64_t)section->channel << 4 | section->audience << 2 | section->kind;
    ouro_writer_varint(writer, head);
    ouro_writer_varint(writer, section->bytes);
}

void ouro_section_read(struct ouro_reader *reader, struct ouro_section *ret_section)
{
    uint64_t head = ouro_reader_varint(reader);
    reader->failed |= head >> 36 != 0;
    ret_section->channel = (uint32_t)(head >> 4);
    ret_section->audience = head >> 2 & 3;
    ret_section->kind = head & 3;
    ret_section->bytes = varint32(reader);
    reader->failed |= ret_section->bytes > ouro_reader_left(reader);
}
