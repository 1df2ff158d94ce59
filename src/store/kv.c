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

/* A read and a list. */
struct request {
    struct ouro_kv_id id;
    struct ouro__kv_range range;
    struct ouro_kv_item *items;
    size_t count;
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

/* --- writing ----------------------------------------------------------------------------------
 *
 * A transaction costs more than what is in it. So whoever's turn it is writes for those behind,
 * too, who find when their turn comes that it has been done. */

/* What a call of ouro_kv_write() wants. */
struct writer {
    struct ouro_link link; /* of those whom nobody writes for yet; the store's lock */
    struct ouro__kv_batch batch;
    bool taken;    /* no longer one of these; the store's lock, or the thread */
    bool answered; /* its turn has come */
};

static struct writer *first_writer(const struct ouro_store *store)
{
    struct ouro_link *link = ouro_list_first(&store->writers);
    return link ? ouro_container(link, struct writer, link) : NULL;
}

/* In the order in which they came, with no more writes together than one may have. */
static size_t take_writers(struct ouro_store *store, struct ouro__kv_batch **ret_batches)
{
    struct writer *writer;
    size_t taken = 0, writes = 0;
    pthread_mutex_lock(&store->lock);
    while (taken < OURO_KV_WRITES_MAX && (writer = first_writer(store))) {
        writes += writer->batch.count;
        if (taken > 0 && writes > OURO_KV_WRITES_MAX)
            break;
        ouro_unlink(&writer->link);
        writer->taken = true;
        ret_batches[taken++] = &writer->batch;
    }
    pthread_mutex_unlock(&store->lock);
    return taken;
}

static void count_writes(struct ouro_store *store, struct ouro__kv_batch *const *batches,
                         size_t count)
{
    uint64_t written = 0;
    for (size_t i = 0; i < count; i++)
        written += batches[i]->rc == 0;
    pthread_mutex_lock(&store->lock);
    store->stats.writes += written;
    store->stats.commits += written > 0;
    pthread_mutex_unlock(&store->lock);
}

/* What the disk says, it says to all of them. */
static void write_together(struct ouro_store *store, struct ouro__kv_batch *const *batches,
                           size_t count)
{
    int rc = ouro__store_be_open(store);
    if (rc == 0)
        rc = ouro__db_kv_write(&store->db, batches, count);
    for (size_t i = 0; rc < 0 && i < count; i++)
        batches[i]->rc = rc;
    count_writes(store, batches, count);
    ouro__store_answered(store, rc);
}

static int write_values(struct ouro_store *store, void *arg)
{
    struct writer *writer = arg;
    struct ouro__kv_batch *batches[OURO_KV_WRITES_MAX];
    while (!writer->taken)
        write_together(store, batches, take_writers(store, batches));
    writer->answered = true;
    return writer->batch.rc;
}

static void queue_writer(struct ouro_store *store, struct writer *writer)
{
    pthread_mutex_lock(&store->lock);
    ouro_list_push(&store->writers, &writer->link);
    pthread_mutex_unlock(&store->lock);
}

static int nothing(struct ouro_store *store, void *arg)
{
    (void)store, (void)arg;
    return 0;
}

/* Its turn has not come, and rc says why: it goes, unless another one is writing for it, or has.
 * Then it did happen, and is waited for as long as that takes. */
static int withdraw(struct ouro_store *store, struct writer *writer, int rc)
{
    struct ouro_scope shield;
    pthread_mutex_lock(&store->lock);
    ouro_unlink(&writer->link);
    bool taken = writer->taken;
    pthread_mutex_unlock(&store->lock);
    if (!taken)
        return rc;
    ouro_shield_open(&shield, OURO_FOREVER);
    ouro__store_call(store, nothing, NULL, OURO_FOREVER);
    ouro_scope_close(&shield);
    return writer->batch.rc;
}

static int write_checked(struct ouro_store *store, const struct ouro_kv_write *writes, size_t count,
                         int64_t deadline, int64_t *ret_version)
{
    struct writer writer = {.batch = {.writes = writes, .count = count}};
    queue_writer(store, &writer);
    int rc = ouro__store_call(store, write_values, &writer, deadline);
    if (!writer.answered)
        rc = withdraw(store, &writer, rc);
    if (rc == 0 && ret_version)
        *ret_version = writer.batch.version;
    return rc;
}

int ouro_kv_write(struct ouro_store *store, const struct ouro_kv_write *writes, size_t count,
                  int64_t deadline, int64_t *ret_version)
{
    struct ouro_kv_write checked[OURO_KV_WRITES_MAX];
    if (count > OURO_KV_WRITES_MAX)
        return -OURO_ELIMIT;
    for (size_t i = 0; i < count; i++) {
        int rc = check(&writes[i]);
        if (rc < 0)
            return rc;
        checked[i] = writes[i];
        checked[i].id.owner = owner_or_none(writes[i].id.owner);
    }
    return write_checked(store, checked, count, deadline, ret_version);
}
