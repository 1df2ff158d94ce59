/* SPDX-License-Identifier: MIT */
/* Players' data: what is asked is judged here, and done by the thread. */
#include "store/store.h"

#include <string.h>

/* --- what may be asked ----------------------------------------------------------------------- */

static bool valid(const char *text, size_t bytes_max)
{
    size_t len = strnlen(text, bytes_max + 1);
    return len <= bytes_max && ouro_utf8_valid(text, len);
}

static bool valid_place(const char *owner, const char *collection)
{
    return valid(owner, OURO_OWNER_BYTES_MAX) && collection && collection[0] &&
           valid(collection, OURO_KV_COLLECTION_BYTES_MAX);
}

static bool valid_id(const struct ouro_kv_id *id)
{
    return valid_place(id->owner, id->collection) && id->key && id->key[0] &&
           valid(id->key, OURO_KV_KEY_BYTES_MAX);
}

/* Nobody's is the empty owner's. */
static const char *owner_or_none(const char *owner)
{
    return owner ? owner : "";
}

static int check(const struct ouro_kv_write *write)
{
    struct ouro_kv_id id = write->id;
    id.owner = owner_or_none(id.owner);
    if (!valid_id(&id) || write->version < OURO_KV_ABSENT)
        return -EINVAL;
    return write->value && write->len > OURO_KV_VALUE_BYTES_MAX ? -OURO_ELIMIT : 0;
}

/* --- asking ---------------------------------------------------------------------------------- */

/* A read and a list, or the writes. */
struct request {
    struct ouro_kv_id id;
    const struct ouro_kv_write *writes;
    size_t count;
    struct ouro__kv_range range;
    struct ouro_kv_item *items;
    struct ouro_buf *values;
    int64_t version;
};

static int read_value(struct ouro_store *store, void *arg)
{
    struct request *request = arg;
    int rc = ouro__store_be_open(store);
    if (rc == 0)
        rc = ouro__db_kv_read(&store->db, &request->id, request->values, &request->version);
    return ouro__store_answered(store, rc);
}

static int write_values(struct ouro_store *store, void *arg)
{
    struct request *request = arg;
    int rc = ouro__store_be_open(store);
    if (rc == 0)
        rc = ouro__db_kv_write(&store->db, request->writes, request->count, &request->version);
    return ouro__store_answered(store, rc);
}

static int list_values(struct ouro_store *store, void *arg)
{
    struct request *request = arg;
    int rc = ouro__store_be_open(store);
    if (rc == 0)
        rc = ouro__db_kv_list(&store->db, &request->range, request->items, request->count,
                              request->values);
    return ouro__store_answered(store, rc);
}

int ouro_kv_read(struct ouro_store *store, struct ouro_kv_id id, int64_t deadline,
                 struct ouro_buf *ret_value, int64_t *ret_version)
{
    struct request request = {.id = id, .values = ret_value};
    size_t before = ret_value ? ret_value->len : 0;
    request.id.owner = owner_or_none(id.owner);
    if (!valid_id(&request.id))
        return -EINVAL;
    int rc = ouro__store_call(store, read_value, &request, deadline);
    if (rc <= 0)
        return rc < 0 ? rc : -ENOENT;
    if (ret_value && ouro_buf_failed(ret_value)) {
        ret_value->len = before;
        return -ENOMEM;
    }
    if (ret_version)
        *ret_version = request.version;
    return 0;
}

int ouro_kv_write(struct ouro_store *store, const struct ouro_kv_write *writes, size_t count,
                  int64_t deadline, int64_t *ret_version)
{
    struct ouro_kv_write checked[OURO_KV_WRITES_MAX];
    struct request request = {.writes = checked, .count = count};
    if (count > OURO_KV_WRITES_MAX)
        return -OURO_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        int rc = check(&writes[i]);
        if (rc < 0)
            return rc;
        checked[i] = writes[i];
        checked[i].id.owner = owner_or_none(writes[i].id.owner);
    }
    int rc = ouro__store_call(store, write_values, &request, deadline);
    if (rc == 0 && ret_version)
        *ret_version = request.version;
    return rc;
}

static bool valid_range(const struct ouro__kv_range *range)
{
    return valid_place(range->owner, range->collection) &&
           valid(range->prefix, OURO_KV_KEY_BYTES_MAX) &&
           (!range->after || (valid(range->after, OURO_KV_KEY_BYTES_MAX) &&
                              strncmp(range->after, range->prefix, strlen(range->prefix)) == 0));
}

int ouro_kv_list(struct ouro_store *store, const char *owner, const char *collection,
                 const char *prefix, const char *after, int64_t deadline,
                 struct ouro_kv_item *ret_items, size_t items_max, struct ouro_buf *ret_values)
{
    struct request request = {
        .range = {owner_or_none(owner), collection, prefix ? prefix : "", after},
        .items = ret_items,
        .count = items_max < OURO_KV_LIST_MAX ? items_max : OURO_KV_LIST_MAX,
        .values = ret_values,
    };
    size_t before = ret_values ? ret_values->len : 0;
    if (!valid_range(&request.range))
        return -EINVAL;
    int rc = ouro__store_call(store, list_values, &request, deadline);
    bool failed = ret_values && ouro_buf_failed(ret_values);
    if (ret_values && (rc < 0 || failed))
        ret_values->len = before;
    return rc >= 0 && failed ? -ENOMEM : rc;
}
