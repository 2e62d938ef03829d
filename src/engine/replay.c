/* replay.c -- notes of tokens in the store.
 *
 *     key     'D' | stretch, u32 big-endian | hash of the token, 16 bytes
 *     value   hash of the request, 16 | time in ms, u64 | count, u32 | write units, u32 each
 *
 * A stretch is ten minutes, so a note that counts lies in this stretch or the one
 * before: two lookups find it, and one range delete drops all that is older (K2). Hashes are keyed
 * by the database's secret: nobody can make two tokens meet. The write units are kept because a
 * repeated request reports what reading those items costs, and a deleted item tells no size.
 *
 * The time is that of the wall clock when the engine was opened, and goes on from there by the
 * clock that nobody puts back: a wall clock that is put back by a second may lie in the stretch
 * before, in which no note of the last second would be found, and its transactions would happen
 * twice. It begins no earlier than the newest stretch that there is a note of, for the same reason:
 * the wall clock may have been put back before a restart.
 */
#include "engine/replay.h"

#include <assert.h>
#include <string.h>

#include "base/reader.h"

enum {
    REPLAY_MS = 10 * 60 * 1000,
    NOTE_BYTES_MAX = HASH_BYTES + 8 + 4 + 4 * LIMIT_TRANSACTION_ITEMS,
};

static uint32_t stretch_of(uint64_t time_ms)
{
    return (uint32_t)(time_ms / REPLAY_MS);
}

status replay_begin(struct engine *engine, struct store_view *view)
{
    struct store_cursor *cursor = NULL;
    struct span key = {0}, note = {0};
    uint32_t stretch = 0;
    bool found = false;
    const struct store_range notes = {SPAN("D"), SPAN("E")};
    TRY(store_view_walk(view, notes, true, &cursor));
    status st = store_cursor_next(cursor, &key, &note, &found);
    if (st == ST_OK && found) {
        if (key.len != REPLAY_KEY_BYTES)
            st = ST_CORRUPT;
        else
            stretch = bytes_load_u32_be(key.ptr + 1);
    }
    store_cursor_close(cursor);
    if (st != ST_OK) return st;
    const uint64_t newest_ms = (uint64_t)stretch * REPLAY_MS;
    const uint64_t now_ms = os_now_ms(engine->os);
    engine->tokens_from_ms = now_ms > newest_ms ? now_ms : newest_ms;
    engine->tokens_from_ns = os_ticks_ns(engine->os);
    return ST_OK;
}

static uint64_t now_ms_of(const struct engine *engine)
{
    return engine->tokens_from_ms + (os_ticks_ns(engine->os) - engine->tokens_from_ns) / 1000000;
}

static void key_write(uint8_t key[REPLAY_KEY_BYTES], uint32_t stretch,
                      const uint8_t hash[HASH_BYTES])
{
    key[0] = 'D';
    bytes_store_u32_be(key + 1, stretch);
    memcpy(key + 5, hash, HASH_BYTES);
}

void replay_make(struct engine *engine, struct span text, struct span fingerprint,
                 struct replay *out)
{
    uint8_t hash[HASH_BYTES];
    out->engine = engine;
    out->now_ms = now_ms_of(engine);
    hash_128(engine->hash, text, hash);
    hash_128(engine->hash, fingerprint, out->fingerprint);
    const uint32_t stretch = stretch_of(out->now_ms);
    key_write(out->keys[0], stretch, hash);
    key_write(out->keys[1], stretch == 0 ? 0 : stretch - 1, hash);
}

/* ---- finding */

static status read_units(struct reader *reader, const struct engine_many *many)
{
    uint32_t count = 0;
    TRY(reader_u32(reader, &count));
    if (count != many->count) return ST_CORRUPT; /* equal requests have as many */
    for (uint32_t i = 0; i < count; i++) TRY(reader_u32(reader, &many->writes[i].write_units));
    return ST_OK;
}

static status read_note(const struct replay *token, struct span note,
                        const struct engine_many *many, replay_found *out)
{
    struct reader reader = {note};
    struct span fingerprint = {0};
    uint64_t time_ms = 0;
    TRY(reader_take(&reader, HASH_BYTES, &fingerprint));
    TRY(reader_u64(&reader, &time_ms));
    if (token->now_ms >= time_ms + REPLAY_MS) return ST_OK;
    *out = REPLAY_OTHER;
    if (memcmp(fingerprint.ptr, token->fingerprint, HASH_BYTES) != 0) return ST_OK;
    *out = REPLAY_SAME;
    return read_units(&reader, many);
}

status replay_find(struct store_txn *txn, const struct replay *token,
                   const struct engine_many *many, replay_found *out)
{
    *out = REPLAY_NEW;
    for (size_t i = 0; i < REPLAY_KEYS && *out == REPLAY_NEW; i++) {
        struct span note = {0};
        bool found = false;
        TRY(store_txn_get(txn, (struct span){token->keys[i], REPLAY_KEY_BYTES}, &note, &found));
        if (found) TRY(read_note(token, note, many, out));
    }
    return ST_OK;
}

/* ---- keeping */

/* Drop the stretches before the last one, the first time that a new one is seen. A sweep that is
 * lost with a failed write is made up for by the next stretch's, or after the next start. */
static status sweep(struct store_txn *txn, const struct replay *token)
{
    const uint32_t stretch = stretch_of(token->now_ms);
    if (stretch == 0 || atomic_load(&token->engine->tokens_swept) >= stretch) return ST_OK;
    atomic_store(&token->engine->tokens_swept, stretch);
    uint8_t end[5];
    end[0] = 'D';
    bytes_store_u32_be(end + 1, stretch - 1);
    return store_txn_delete_range(txn, (struct store_range){
                                           SPAN("D"), (struct span){end, sizeof end}
    });
}

status replay_put(struct store_txn *txn, const struct replay *token, const struct engine_many *many)
{
    uint8_t note[NOTE_BYTES_MAX];
    const size_t len = HASH_BYTES + 8 + 4 + (size_t)4 * many->count;
    assert(len <= sizeof note);
    memcpy(note, token->fingerprint, HASH_BYTES);
    bytes_store_u64(note + HASH_BYTES, token->now_ms);
    bytes_store_u32(note + HASH_BYTES + 8, many->count);
    for (uint32_t i = 0; i < many->count; i++)
        bytes_store_u32(note + HASH_BYTES + 12 + (size_t)4 * i, many->writes[i].write_units);
    TRY(sweep(txn, token));
    return store_txn_put(txn, (struct span){token->keys[0], REPLAY_KEY_BYTES},
                         (struct span){note, len});
}
