/* logbook_form.h -- the change log as store keys and values.
 *
 *     stream  'F' stream                           whose, what it shows, keeps, and has open
 *     shard   'H' stream shard                     how far it has come
 *     mark    'M' stream shard sequence ordinal    where a stretch of the shard begins
 *     record  'C' stream shard sequence ordinal    one item's change
 *
 * Numbers in keys are big-endian, all u32 but sequence, which is u64. A stream's number is one of
 * those that tables and indexes get (T1).
 *
 * Records of one shard are neighbours in the order of commits, so their end is one range. Marks of
 * a shard form a list, each with the position of the next: whoever has a shard finds them without a
 * walk, which a write function could not make.
 *
 * Memory: what is read borrows from the bytes given. All reads fail with ST_CORRUPT only; all
 * writes go to a buf, whose status the caller asks for.
 */
#ifndef STATOR_ENGINE_LOGBOOK_FORM_H
#define STATOR_ENGINE_LOGBOOK_FORM_H

#include "engine/engine_own.h"
#include "engine/engine_stream.h"

enum {
    LOGBOOK_FORM_STREAM_KEY_BYTES = 1 + 4,
    LOGBOOK_FORM_SHARD_KEY_BYTES = 1 + 4 + 4,
    LOGBOOK_FORM_PLACE_KEY_BYTES = 1 + 4 + 4 + 8 + 4, /* of marks and records */
};

/* Where all streams stand. */
#define LOGBOOK_FORM_STREAM_KEYS                                                                   \
    (struct store_range)                                                                           \
    {                                                                                              \
        SPAN("F"), SPAN("G")                                                                       \
    }

/* A store key with its own bytes: view it with logbook_form_span. */
struct logbook_form_key {
    uint8_t bytes[LOGBOOK_FORM_PLACE_KEY_BYTES + 1]; /* room for a 0 behind it: the key after it */
    uint8_t len;
};

MUST_USE struct logbook_form_key logbook_form_stream_key(uint32_t stream);
MUST_USE struct logbook_form_key logbook_form_shard_key(uint32_t stream, uint32_t shard);
MUST_USE struct logbook_form_key logbook_form_mark_key(uint32_t stream, uint32_t shard,
                                                       struct engine_position at);
MUST_USE struct logbook_form_key logbook_form_record_key(uint32_t stream, uint32_t shard,
                                                         struct engine_position at);

/* What all keys of one kind ('H', 'M', 'C') of a stream begin with; 'F' and the next is above. */
MUST_USE struct logbook_form_key logbook_form_prefix(uint8_t kind, uint32_t stream);

/* The lowest key above `key`. */
MUST_USE struct logbook_form_key logbook_form_after(struct logbook_form_key key);

MUST_USE static inline struct span logbook_form_span(const struct logbook_form_key *key)
{
    return (struct span){key->bytes, key->len};
}

/* The numbers in a key of a stream, a shard, and a mark or record. */
MUST_USE status logbook_form_read_stream_key(struct span key, uint32_t *stream);
MUST_USE status logbook_form_read_shard_key(struct span key, uint32_t *shard);
MUST_USE status logbook_form_read_place(struct span key, struct engine_position *out);

/* ---- streams */

/* What a write looks at comes first; `owner` is for logbook_form_read_owner. */
struct logbook_stream {
    table_stream_view view;
    engine_stream_status status;
    uint64_t made_ms;
    uint64_t ended_ms;
    struct engine_retention retention;
    uint32_t first_shard; /* there is none with a lower number any more */
    uint32_t next_shard;  /* that was not given out yet */
    uint32_t open_count;
    struct span open; /* where each open shard begins, ascending, and its number: u32 each */
    struct span owner;
};

struct logbook_open_shard {
    uint32_t low; /* the first of its hashes' first four bytes; it ends where the next begins */
    uint32_t number;
};
enum { LOGBOOK_OPEN_SHARD_BYTES = 8 };

struct logbook_owner {
    uint32_t table_number;
    struct span space;
    struct span table_name;
    struct table_key key;
};

MUST_USE struct logbook_open_shard logbook_form_open_shard(const struct logbook_stream *stream,
                                                           uint32_t at);
void logbook_form_write_open_shard(struct buf *buf, struct logbook_open_shard open);
void logbook_form_write_owner(struct buf *buf, const struct table *table);
MUST_USE status logbook_form_read_owner(struct span bytes, struct logbook_owner *out);
void logbook_form_write_stream(struct buf *buf, const struct logbook_stream *stream);
MUST_USE status logbook_form_read_stream(struct span bytes, struct logbook_stream *out);

/* ---- shards */

struct logbook_shard {
    uint32_t parent;    /* 0: none */
    uint32_t low, high; /* the first four bytes of its items' hashes, both included */
    uint64_t made_ms;
    uint64_t closed_ms; /* 0: it is open */
    struct engine_position first;
    struct engine_position last;    /* of its last record; all zero: it never had one */
    uint64_t last_ms;               /* no record is younger */
    uint64_t records, bytes;        /* ever appended; bytes as stored, keys included */
    struct engine_position trimmed; /* the last record that is gone; all zero: none is */
    uint64_t trimmed_records, trimmed_bytes;
    struct engine_position oldest_mark, newest_mark; /* all zero: there is none */
    uint64_t mark_ms, mark_records, mark_bytes;      /* of the newest mark */
};

enum { LOGBOOK_SHARD_BYTES = 1 + 3 * 4 + 2 * 8 + 2 * 12 + 3 * 8 + 12 + 2 * 8 + 2 * 12 + 3 * 8 };

void logbook_form_write_shard(uint8_t out[LOGBOOK_SHARD_BYTES], const struct logbook_shard *shard);
MUST_USE status logbook_form_read_shard(struct span bytes, struct logbook_shard *out);

/* ---- marks */

struct logbook_mark {
    uint64_t time_ms;              /* the records before it are no younger */
    uint64_t records, bytes;       /* of the shard before it */
    struct engine_position before; /* the last record of these; all zero: there was none */
    struct engine_position next;   /* the next mark; all zero: it is the newest */
};

enum { LOGBOOK_MARK_BYTES = 1 + 3 * 8 + 2 * 12 };

void logbook_form_write_mark(uint8_t out[LOGBOOK_MARK_BYTES], const struct logbook_mark *mark);
MUST_USE status logbook_form_read_mark(struct span bytes, struct logbook_mark *out);

/* ---- records */

/* record->at is in the key and not written. An image that is VALUE_NONE is left out, so a record
 * may have any of them. */
void logbook_form_write_record(struct buf *buf, const struct engine_record *record);
MUST_USE status logbook_form_read_record(struct span bytes, struct engine_record *out);

#endif
