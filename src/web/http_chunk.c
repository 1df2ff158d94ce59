/* SPDX-License-Identifier: MIT */
#include "web/http_chunk.h"

#include "ouro/base.h"

/*
 *   SIZE_FIRST -> SIZE -> [EXTENSION] -> SIZE_LF -+-> DATA -> DATA_CR -> DATA_LF -> SIZE_FIRST
 *                                                 |
 *      the size is 0:  .--------------------------+
 *                      v
 *                   TRAILER -> NAME -> VALUE -> TRAILER_LF -> TRAILER
 *                      |
 *                      +-> END_LF -> OVER
 */
enum stage {
    SIZE_FIRST, /* the first digit of a size */
    SIZE,       /* a further digit, or what ends the size */
    EXTENSION,  /* behind the ';' */
    SIZE_LF,    /* the LF of the size line */
    DATA,       /* chunk_left bytes of content */
    DATA_CR,    /* the CR behind the content */
    DATA_LF,    /* its LF */
    TRAILER,    /* the first byte of a trailer line, or the CR of the empty line */
    NAME,       /* in a trailer's name */
    VALUE,      /* in its value */
    TRAILER_LF, /* the LF of a trailer line */
    END_LF,     /* the LF of the empty line */
    OVER,
};

void ouro__chunk_init(struct ouro__chunk *chunk, uint64_t body_bytes_max)
{
    *chunk = (struct ouro__chunk){.stage = SIZE_FIRST, .body_left = body_bytes_max};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Go to `next` when the byte is the one that must come. */
static int expect(struct ouro__chunk *chunk, char c, char wanted, enum stage next)
{
    chunk->stage = (uint8_t)next;
    return c == wanted ? 0 : -OURO_EMALFORMED;
}

/* A byte of an extension or a trailer's value: text or a tab. Counted, because it is worth
 * nothing to us. */
static int take_extra(struct ouro__chunk *chunk, char c)
{
    unsigned char byte = (unsigned char)c;
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        return -OURO_EMALFORMED;
    return ++chunk->extra_bytes <= OURO__CHUNK_EXTRA_BYTES_MAX ? 0 : -OURO_EMALFORMED;
}

static int take_digit(struct ouro__chunk *chunk, char c)
{
    int digit = hex_value(c);
    if (digit < 0)
        return -OURO_EMALFORMED;
    /* Compared before it can overflow: size * 16 + digit > body_left. */
    uint64_t room = chunk->body_left / 16;
    if (chunk->chunk_left > room ||
        (chunk->chunk_left == room && (uint64_t)digit > chunk->body_left % 16))
        return -OURO_ELIMIT;
    chunk->chunk_left = chunk->chunk_left * 16 + (uint64_t)digit;
    chunk->stage = SIZE;
    return 0;
}

static int take_size(struct ouro__chunk *chunk, char c)
{
    if (c == '\r')
        return expect(chunk, c, '\r', SIZE_LF);
    if (c == ';')
        return expect(chunk, c, ';', EXTENSION);
    return take_digit(chunk, c);
}

static int end_size_line(struct ouro__chunk *chunk, char c)
{
    chunk->body_left -= chunk->chunk_left;
    chunk->line_bytes = 0;
    return expect(chunk, c, '\n', chunk->chunk_left > 0 ? DATA : TRAILER);
}

static int begin_trailer(struct ouro__chunk *chunk, char c)
{
    if (c == '\r')
        return expect(chunk, c, '\r', END_LF);
    chunk->stage = NAME;
    return ouro__http_is_token_char((unsigned char)c) ? take_extra(chunk, c) : -OURO_EMALFORMED;
}

static int take_name(struct ouro__chunk *chunk, char c)
{
    if (c == ':')
        return expect(chunk, c, ':', VALUE);
    return ouro__http_is_token_char((unsigned char)c) ? take_extra(chunk, c) : -OURO_EMALFORMED;
}

/* A byte outside of the content. Lines end in CR LF; a CR or LF elsewhere is no text. */
static int take_byte(struct ouro__chunk *chunk, char c)
{
    if (++chunk->line_bytes > OURO__CHUNK_LINE_BYTES_MAX)
        return -OURO_EMALFORMED;
    switch ((enum stage)chunk->stage) {
    case SIZE_FIRST:
        return take_digit(chunk, c);
    case SIZE:
        return take_size(chunk, c);
    case EXTENSION:
        return c == '\r' ? expect(chunk, c, '\r', SIZE_LF) : take_extra(chunk, c);
    case SIZE_LF:
        return end_size_line(chunk, c);
    case DATA_CR:
        return expect(chunk, c, '\r', DATA_LF);
    case DATA_LF:
        chunk->line_bytes = 0;
        return expect(chunk, c, '\n', SIZE_FIRST);
    case TRAILER:
        return begin_trailer(chunk, c);
    case NAME:
        return take_name(chunk, c);
    case VALUE:
        return c == '\r' ? expect(chunk, c, '\r', TRAILER_LF) : take_extra(chunk, c);
    case TRAILER_LF:
        chunk->line_bytes = 0;
        return expect(chunk, c, '\n', TRAILER);
    case END_LF:
        return expect(chunk, c, '\n', OVER);
    case DATA:
    case OVER:
        break;
    }
    ouro_assert(!"a chunk decoder that is over must not be fed");
    return -OURO_EMALFORMED;
}

static struct ouro__slice take_data(struct ouro__chunk *chunk, const char *data, size_t len)
{
    if (len > chunk->chunk_left)
        len = (size_t)chunk->chunk_left;
    chunk->chunk_left -= len;
    if (chunk->chunk_left == 0)
        chunk->stage = DATA_CR;
    return (struct ouro__slice){data, len};
}

int ouro__chunk_next(struct ouro__chunk *chunk, const char *data, size_t len, size_t *ret_used,
                     struct ouro__slice *ret_data)
{
    for (size_t at = 0; at < len;) {
        if (chunk->stage == DATA) {
            *ret_data = take_data(chunk, data + at, len - at);
            *ret_used = at + ret_data->len;
            return OURO__CHUNK_DATA;
        }
        int rc = take_byte(chunk, data[at++]);
        if (rc < 0)
            return rc;
        if (chunk->stage == OVER) {
            *ret_used = at;
            return OURO__CHUNK_END;
        }
    }
    *ret_used = len;
    return OURO__CHUNK_MORE;
}
