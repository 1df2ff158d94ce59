/* SPDX-License-Identifier: MIT */
#include "web/ws_extension.h"

#include "ouro/base.h"

#include <string.h>

#define FIELD   "Sec-WebSocket-Extensions"
#define DEFLATE "permessage-deflate"

/* --- the grammar ------------------------------------------------------------------------------ */

/* What an offer or an answer says: a window of 0 is not mentioned. */
struct deflate {
    bool server_no_context, client_no_context;
    bool client_window; /* mentioned, perhaps without a value */
    uint8_t server_bits, client_bits;
};

/* One element of the field:
 *
 *      name *( ";" parameter [ "=" ( token | quoted token ) ] )
 *      ^^^^    ^^^^^^^^^
 */
struct element {
    struct ouro__slice rest; /* from a ';' on, or empty */
    struct ouro__slice name, value;
    bool has_value;
};

static struct ouro__slice without_spaces(struct ouro__slice slice)
{
    while (slice.len > 0 && (slice.at[0] == ' ' || slice.at[0] == '\t'))
        slice = (struct ouro__slice){slice.at + 1, slice.len - 1};
    while (slice.len > 0 && (slice.at[slice.len - 1] == ' ' || slice.at[slice.len - 1] == '\t'))
        slice.len--;
    return slice;
}

/* What stands before the first `separator`; without one, all. */
static struct ouro__slice before(struct ouro__slice slice, char separator)
{
    const char *found = slice.len ? memchr(slice.at, separator, slice.len) : NULL;
    return (struct ouro__slice){slice.at, found ? (size_t)(found - slice.at) : slice.len};
}

static struct ouro__slice behind(struct ouro__slice slice, size_t len)
{
    return (struct ouro__slice){slice.at + len, slice.len - len};
}

/* What is quoted must be a token too (RFC 6455 9.1), so that no separator can hide in it. */
static struct ouro__slice unquoted(struct ouro__slice text)
{
    bool quoted = text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"';
    return quoted ? (struct ouro__slice){text.at + 1, text.len - 2} : text;
}

/* False: it breaks the grammar. */
static bool take_part(struct element *element, struct ouro__slice part)
{
    struct ouro__slice name = before(part, '=');
    element->has_value = name.len < part.len;
    element->name = without_spaces(name);
    element->value = element->has_value ? unquoted(without_spaces(behind(part, name.len + 1)))
                                        : (struct ouro__slice){0};
    return ouro__http_is_token(element->name) &&
           (!element->has_value || ouro__http_is_token(element->value));
}

static bool begin_element(struct element *element, struct ouro__slice text)
{
    struct ouro__slice part = before(text, ';');
    element->rest = behind(text, part.len);
    return take_part(element, part) && !element->has_value;
}

/* The next parameter; the rest is not empty. */
static bool next_parameter(struct element *element)
{
    struct ouro__slice rest = behind(element->rest, 1), part = before(rest, ';');
    element->rest = behind(rest, part.len);
    return take_part(element, part);
}

/* --- parameters of permessage-deflate --------------------------------------------------------- */

/* 8 to 15, without a leading zero (RFC 7692 7.1.2); else 0. */
static uint8_t window_bits(struct ouro__slice value)
{
    if (value.len == 1 && (value.at[0] == '8' || value.at[0] == '9'))
        return (uint8_t)(value.at[0] - '0');
    if (value.len == 2 && value.at[0] == '1' && value.at[1] >= '0' && value.at[1] <= '5')
        return (uint8_t)(10 + value.at[1] - '0');
    return 0;
}

static bool take_flag(const struct element *element, bool *flag)
{
    bool fine = !*flag && !element->has_value;
    *flag = true;
    return fine;
}

static bool take_window(const struct element *element, uint8_t *bits)
{
    bool fine = *bits == 0;
    *bits = window_bits(element->value);
    return fine && *bits != 0;
}

/* Names of parameters have case, as all tokens whose definition does not say otherwise. */
static bool take_parameter(const struct element *element, struct deflate *deflate)
{
    if (ouro__slice_same(element->name, "server_no_context_takeover"))
        return take_flag(element, &deflate->server_no_context);
    if (ouro__slice_same(element->name, "client_no_context_takeover"))
        return take_flag(element, &deflate->client_no_context);
    if (ouro__slice_same(element->name, "server_max_window_bits"))
        return take_window(element, &deflate->server_bits);
    if (!ouro__slice_same(element->name, "client_max_window_bits") || deflate->client_window)
        return false;
    deflate->client_window = true;
    return !element->has_value || take_window(element, &deflate->client_bits);
}

/* 1: permessage-deflate, with parameters that make sense. 0: something else. */
static int read_element(struct ouro__slice text, struct deflate *ret_deflate)
{
    struct element element;
    if (!begin_element(&element, text))
        return -OURO_EMALFORMED;
    bool fine = ouro__slice_same(element.name, DEFLATE);
    *ret_deflate = (struct deflate){0};
    while (element.rest.len > 0) {
        if (!next_parameter(&element))
            return -OURO_EMALFORMED;
        fine = fine && take_parameter(&element, ret_deflate);
    }
    return fine;
}

/* --- a server's choice ------------------------------------------------------------------------ */

static uint8_t lesser(uint8_t bits, uint8_t other)
{
    return bits && bits < other ? bits : other;
}

static char *put(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len + 1);
    return at + len;
}

/* Not with snprintf(): its frame is larger than all others of a connection's task together. */
static char *put_bits(char *at, const char *parameter, uint8_t bits)
{
    const char digits[] = {(char)('0' + bits / 10), (char)('0' + bits % 10), '\0'};
    at = put(at, parameter);
    return put(at, bits < 10 ? digits + 1 : digits);
}

_Static_assert(sizeof DEFLATE "; server_no_context_takeover; client_no_context_takeover"
                              "; server_max_window_bits=15; client_max_window_bits=15" <=
                   OURO__WS_EXTENSION_BYTES,
               "the longest answer fits; an offer is shorter");

/* Ours is to have no context of our own; the client's, if we may say so and don't want it. */
static void accept_offer(const struct deflate *offer, const struct ouro__ws_wish *wish,
                         struct ouro__ws_terms *terms, char value[OURO__WS_EXTENSION_BYTES])
{
    *terms = (struct ouro__ws_terms){
        .send_bits = lesser(offer->server_bits, wish->window_bits),
        .context = wish->context && !offer->client_no_context,
    };
    char *at = put(value, DEFLATE "; server_no_context_takeover");
    if (!terms->context)
        at = put(at, "; client_no_context_takeover");
    if (offer->server_bits || terms->send_bits < OURO__WS_WINDOW_BITS_MAX)
        at = put_bits(at, "; server_max_window_bits=", terms->send_bits);
    uint8_t client_bits = lesser(offer->client_bits, wish->window_bits);
    if (offer->client_window && client_bits < OURO__WS_WINDOW_BITS_MAX)
        put_bits(at, "; client_max_window_bits=", client_bits);
}

int ouro__ws_extension_choose(const struct ouro__http_head *head, const struct ouro__ws_wish *wish,
                              struct ouro__ws_terms *ret_terms,
                              char ret_value[OURO__WS_EXTENSION_BYTES])
{
    struct ouro__http_list list = {.head = head, .name = FIELD};
    struct ouro__slice text;
    struct deflate offer, first = {0};
    bool found = false;
    while (ouro__http_list_next(&list, &text)) {
        int rc = read_element(text, &offer);
        if (rc < 0)
            return rc;
        if (rc > 0 && !found)
            first = offer;
        found |= rc > 0;
    }
    *ret_terms = (struct ouro__ws_terms){0};
    ret_value[0] = '\0';
    if (found && wish->on)
        accept_offer(&first, wish, ret_terms, ret_value);
    return 0;
}

/* --- a client's offer ------------------------------------------------------------------------- */

void ouro__ws_extension_offer(const struct ouro__ws_wish *wish,
                              char ret_value[OURO__WS_EXTENSION_BYTES])
{
    ret_value[0] = '\0';
    if (!wish->on)
        return;
    char *at = put(ret_value, DEFLATE);
    at = put(at, wish->context ? "" : "; server_no_context_takeover");
    at = put(at, "; client_no_context_takeover; client_max_window_bits");
    if (wish->window_bits < OURO__WS_WINDOW_BITS_MAX)
        put_bits(at, "; server_max_window_bits=", wish->window_bits);
}

/* A server may grant less than was offered, never more (RFC 7692 7.1). */
static bool fits_offer(const struct deflate *answer, const struct ouro__ws_wish *wish)
{
    if (!wish->on || (!wish->context && !answer->server_no_context))
        return false;
    if (answer->client_window && answer->client_bits == 0) /* here the value must be there */
        return false;
    return wish->window_bits == OURO__WS_WINDOW_BITS_MAX ||
           (answer->server_bits && answer->server_bits <= wish->window_bits);
}

int ouro__ws_extension_check(const struct ouro__http_head *head, const struct ouro__ws_wish *wish,
                             struct ouro__ws_terms *ret_terms)
{
    struct ouro__http_list list = {.head = head, .name = FIELD};
    struct ouro__slice text;
    struct deflate answer;
    struct ouro__ws_terms terms = {0};
    while (ouro__http_list_next(&list, &text)) {
        if (terms.send_bits || read_element(text, &answer) <= 0 || !fits_offer(&answer, wish))
            return -OURO_EMALFORMED;
        terms.send_bits = lesser(answer.client_bits, wish->window_bits);
        terms.context = !answer.server_no_context;
    }
    *ret_terms = terms;
    return 0;
}
