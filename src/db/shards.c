/* shards.c -- see shards.h. */
#include "db/shards.h"

#include <string.h>

#include "base/mem.h"
#include "db/answer.h"

enum { FIRST_ROOM = 4 };

void shards_deinit(struct shards *shards)
{
    if (shards->all != NULL) mem_free(mem_heap(), shards->all, shards->room * sizeof *shards->all);
    *shards = (struct shards){0};
}

bool shards_copy(struct span text, char *out, size_t size)
{
    if (text.len >= size) return false;
    if (text.len > 0) memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

/* ---- the row */

static struct shard *find(const struct shards *shards, struct span id)
{
    for (size_t i = 0; i < shards->count; i++)
        if (span_eq(span_of(shards->all[i].id), id)) return &shards->all[i];
    return NULL;
}

static status add(struct shards *shards, struct span id, struct shard **out)
{
    if (shards->count == shards->room) {
        const size_t room = shards->room == 0 ? FIRST_ROOM : shards->room * 2;
        struct shard *all = mem_new_array(mem_heap(), room, sizeof *all);
        if (all == NULL) return ST_NO_MEMORY;
        if (shards->count > 0) memcpy(all, shards->all, shards->count * sizeof *all);
        if (shards->all != NULL)
            mem_free(mem_heap(), shards->all, shards->room * sizeof *shards->all);
        shards->all = all;
        shards->room = room;
    }
    struct shard *shard = &shards->all[shards->count];
    *shard = (struct shard){.at = SHARDS_AT_HORIZON};
    if (id.len == 0 || !shards_copy(id, shard->id, sizeof shard->id)) return ST_PROTOCOL;
    shards->count++;
    *out = shard;
    return ST_OK;
}

/* ---- what the service tells */

static bool is_closed(struct value told)
{
    const struct value range = answer_member(told, "SequenceNumberRange", VALUE_M);
    return answer_member(range, "EndingSequenceNumber", VALUE_S).type == VALUE_S;
}

status shards_learn(struct shards *shards, struct value told, shards_at fresh)
{
    const struct span id = answer_member(told, "ShardId", VALUE_S).body;
    const struct span parent = answer_member(told, "ParentShardId", VALUE_S).body;
    struct shard *shard = find(shards, id);
    if (shard == NULL) {
        TRY(add(shards, id, &shard));
        shard->at = fresh;
        if (fresh == SHARDS_AT_LATEST && is_closed(told)) shard->at = SHARDS_AT_END;
    }
    shard->is_told = true;
    return shards_copy(parent, shard->parent, sizeof shard->parent) ? ST_OK : ST_PROTOCOL;
}

void shards_expect(struct shards *shards)
{
    for (size_t i = 0; i < shards->count; i++) shards->all[i].is_told = false;
}

bool shards_forget(struct shards *shards)
{
    size_t kept = 0;
    bool is_whole = true;
    for (size_t i = 0; i < shards->count; i++) {
        const struct shard *shard = &shards->all[i];
        if (!shard->is_told && shard->at == SHARDS_AT_END) continue;
        is_whole = is_whole && shard->is_told;
        if (kept != i) shards->all[kept] = *shard;
        kept++;
    }
    shards->count = kept;
    return is_whole;
}

/* ---- whose turn it is */

static bool is_ready(const struct shards *shards, const struct shard *shard)
{
    if (shard->at == SHARDS_AT_END) return false;
    const struct span id = span_of(shard->parent);
    const struct shard *parent = id.len > 0 ? find(shards, id) : NULL;
    return parent == NULL || parent->at == SHARDS_AT_END;
}

size_t shards_ready_count(const struct shards *shards)
{
    size_t count = 0;
    for (size_t i = 0; i < shards->count; i++) count += is_ready(shards, &shards->all[i]);
    return count;
}

struct shard *shards_next(struct shards *shards)
{
    for (size_t i = 0; i < shards->count; i++) {
        struct shard *shard = &shards->all[(shards->turn + i) % shards->count];
        if (!is_ready(shards, shard)) continue;
        shards->turn = (shards->turn + i + 1) % shards->count;
        return shard;
    }
    return NULL;
}

bool shards_are_over(const struct shards *shards)
{
    for (size_t i = 0; i < shards->count; i++)
        if (shards->all[i].at != SHARDS_AT_END) return false;
    return true;
}

/* ---- positions */

void shards_write(const struct shards *shards, struct buf *out)
{
    buf_put_text(out, shards->arn);
    for (size_t i = 0; i < shards->count; i++) {
        const struct shard *shard = &shards->all[i];
        buf_put_u8(out, i == 0 ? '|' : ',');
        buf_put_text(out, shard->id);
        buf_put_u8(out, '=');
        if (shard->at == SHARDS_AT_NUMBER)
            buf_put_text(out, shard->number);
        else
            buf_put_u8(out, (uint8_t)shard->at);
    }
}

/* What stands before `end`, or all; taken off with it. */
static struct span take(struct span *text, uint8_t end)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] != end) len++;
    const struct span taken = span_take(*text, len);
    *text = span_drop(*text, len < text->len ? len + 1 : len);
    return taken;
}

static bool is_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
    return text.len > 0;
}

static bool read_mark(struct span mark, struct shard *shard)
{
    static const char letters[] = {SHARDS_AT_HORIZON, SHARDS_AT_LATEST, SHARDS_AT_END};
    for (size_t i = 0; i < sizeof letters; i++) {
        if (mark.len != 1 || mark.ptr[0] != (uint8_t)letters[i]) continue;
        shard->at = (shards_at)letters[i];
        return true;
    }
    shard->at = SHARDS_AT_NUMBER;
    return is_number(mark) && shards_copy(mark, shard->number, sizeof shard->number);
}

static status read_shard(struct shards *shards, struct span text)
{
    struct shard *shard = NULL;
    const struct span id = take(&text, '=');
    if (id.len == 0 || id.len > SHARDS_ID_BYTES || find(shards, id) != NULL) return ST_VALIDATION;
    TRY(add(shards, id, &shard));
    return read_mark(text, shard) ? ST_OK : ST_VALIDATION;
}

status shards_read(struct shards *shards, struct span text)
{
    const struct span arn = take(&text, '|');
    if (arn.len == 0 || text.len == 0 || !shards_copy(arn, shards->arn, sizeof shards->arn))
        return ST_VALIDATION;
    while (text.len > 0) TRY(read_shard(shards, take(&text, ',')));
    return ST_OK;
}
